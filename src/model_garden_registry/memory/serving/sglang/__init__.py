"""
Memory that SGLang needs, and its capacity.

A file of this folder imports only from files above it in this list:

- loading: bytes of the weights on each GPU after loading.
- share: the share of a GPU for weights and pools, and the reserve.
- pools: the pools of tokens, windows and states.
- sglang_estimate: the estimate, and the capacity.
"""
