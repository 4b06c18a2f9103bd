"""
The estimate for serving, by engine.

A file of this wing imports only from files above it in this list:

- engines: what each serving engine needs beside weights and cache.
- serving_estimate: the estimate.
"""
