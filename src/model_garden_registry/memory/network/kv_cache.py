"""Bytes of the key and value cache. Source: docs/memory-model.md#kv-cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape

#: Bytes of a cached element, by `kv_cache_dtype`, with the scales of its block; other values are 16-bit types.
_ELEMENTS: Mapping[str, float] = {
    "fp8": 1,
    "fp8_e4m3": 1,
    "fp8_e5m2": 1,
    "fp8_per_token_head": 1,
    "int8_per_token_head": 1,
    "int4_per_token_head": 1 / 2,
    "nvfp4": 1 / 2 + 1 / 16,
}
#: One scale for the keys of a token in each head, and one for its values. Source: vLLM, `TritonAttentionBackend`.
_SCALE_BYTES = 4


def element_bytes(kv_cache_dtype: str, compute_bytes: int) -> float:
    """Return the bytes of a cached element."""
    return compute_bytes if kv_cache_dtype == "auto" else _ELEMENTS.get(kv_cache_dtype, 2)


def scale_bytes(kv_cache_dtype: str) -> int:
    """Return the bytes of the scale of a token's keys in one head; its values have the same again."""
    return _SCALE_BYTES if kv_cache_dtype.endswith("_per_token_head") else 0


def layer_token_bytes(mixer: TokenMixer, element: float, *, scale: int = 0, parallel: int = 1) -> float:
    """
    Return the bytes of one token in one layer, per GPU.

    Heads are divided among the GPUs, at least one on each; a latent cache is whole on every GPU.
    """
    if mixer.is_latent or not mixer.cached_width:
        return mixer.cached_width * element
    return (mixer.cached_width * element + 2 * mixer.kv_heads * scale) / min(parallel, mixer.kv_heads)


def cache_bytes(shape: Shape, element: float, *, tokens: int, parallel: int = 1) -> float:
    """
    Return the bytes of one sequence per GPU; layers with a window never need more than the window.

    Args:
        tokens: Length of the sequence.
    """
    layers = ((group.layers, group.mixer) for group in shape.groups)
    return layers_bytes(layers, element, tokens=tokens, parallel=parallel)


def layers_bytes(layers: Iterable[tuple[int, TokenMixer]], element: float, *, tokens: int, parallel: int = 1) -> float:
    """
    Return the bytes of one sequence per GPU in some layers.

    Args:
        layers: How many layers there are of each mixer.

        tokens: Length of the sequence.
    """
    total = 0.0
    for count, mixer in layers:
        seen = min(tokens, mixer.window or tokens)
        total += count * seen * layer_token_bytes(mixer, element, parallel=parallel)
    return total
