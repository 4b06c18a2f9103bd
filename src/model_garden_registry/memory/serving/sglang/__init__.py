"""
What SGLang needs, and what it can serve.

A file of this wing imports only from files above it in this list:

- loading: the bytes of weights on each GPU once they are loaded.
- share: what of a GPU weights and pools may take, and what is left free.
- pools: the pools that tokens, windows and states are in.
- sglang_estimate: what must fit into a GPU, and what it then can serve.
"""
