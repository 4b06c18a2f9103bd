"""
A network in numbers, and the bytes of its parts.

A file of this wing imports only from files above it in this list:

- layers: the matrices of a layer, and what an entry states of its network.
- states: what a layer keeps for one sequence where it has no cache.
- mixers: attention, and mixers that keep a state instead of a cache.
- groups: groups of layers that are alike.
- weight_formats: bits of a weight, by number format.
- shape: the numbers of a network that the formulas need, all present.
- weights: bytes of the weights.
- kv_cache: bytes of the key and value cache.
- adapters: which layers get an adapter, and how large it is.
- images: tokens of an image, and what encoding it takes.
- towers: matrices of a vision tower, and what its layers compute with.
"""
