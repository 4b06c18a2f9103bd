"""
What of a training run is on one of several GPUs.

A file of this wing imports only from files above it in this list:

- sharding: what of each part is on one GPU.
- traffic: what is whole for a moment only, and the buffers for that.
"""
