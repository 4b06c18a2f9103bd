"""
The estimate for serving, by engine.

A file of this wing imports only from files above it in this list:

- runtime: what a serving process does beside what settings say.
- engines: what each serving engine needs beside weights and cache.
- serving_estimate: the estimate.
"""
