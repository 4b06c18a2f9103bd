"""Bytes of the key and value cache."""

from __future__ import annotations

from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape

#: Bytes of a cached element, by `kv_cache_dtype`; other values are 16-bit types.
_FP8 = frozenset({"fp8", "fp8_e4m3", "fp8_e5m2"})


def element_bytes(kv_cache_dtype: str, compute_bytes: int) -> int:
    """Give the bytes of a cached element."""
    if kv_cache_dtype in _FP8:
        return 1
    return compute_bytes if kv_cache_dtype == "auto" else 2


def layer_token_bytes(mixer: TokenMixer, element: int, *, parallel: int = 1) -> float:
    """
    Give the bytes of one token in one layer, on each GPU.

    Heads are divided among the GPUs, a head at least to each; a latent cache is whole on every GPU.
    """
    if mixer.is_latent or not mixer.cached_width:
        return mixer.cached_width * element
    return mixer.cached_width * element / min(parallel, mixer.kv_heads)


def cache_bytes(shape: Shape, element: int, *, tokens: int, parallel: int = 1) -> float:
    """
    Return the bytes that one sequence takes on each GPU; layers with a window never need more than it.

    Args:
        tokens: Length of the sequence.
    """
    total = 0.0
    for group in shape.groups:
        seen = min(tokens, group.mixer.window or tokens)
        total += group.layers * seen * layer_token_bytes(group.mixer, element, parallel=parallel)
    return total
