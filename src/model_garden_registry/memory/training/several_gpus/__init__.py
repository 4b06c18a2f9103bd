"""
The part of a training run on one of several GPUs.

A file of this folder imports only from files above it in this list:

- sharding: the share of each part on one GPU.
- traffic: transient full-size tensors, and communication buffers.
"""
