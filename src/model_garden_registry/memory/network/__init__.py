"""
A network as numbers, and the bytes of its parts.

A file of this folder imports only from files above it in this list:

- layers: the matrices of a layer, and what an entry states of its network.
- states: the state that a layer keeps per sequence instead of a cache.
- mixers: attention, and mixers that keep a state instead of a cache.
- groups: groups of layers that are alike.
- weight_formats: bits of a weight, by number format.
- shape: the numbers of a network that the formulas need, all present.
- weights: bytes of the weights.
- kv_cache: bytes of the key and value cache.
- adapters: which layers get an adapter, and how large it is.
- images: tokens of an image, and the memory to encode it.
- towers: matrices of a vision tower, and the tensors its layers read.
"""
