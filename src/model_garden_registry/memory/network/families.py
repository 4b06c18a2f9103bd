"""What the code of a model family does: norms, activation functions, and what they keep for the backward pass."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

#: `model_type` of networks whose feed-forward layers are two matrices, not three. Source: transformers' modeling files.
_UNGATED = frozenset(
    {
        *("apertus", "bloom", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "mpt", "nemotron"),
        *("opt", "phi", "starcoder2", "xglm"),
    }
)


#: `model_type` of networks with LayerNorm, which keeps its input as it is; RMSNorm keeps a float32 copy of it.
_LAYER_NORM = frozenset(
    {
        *("bloom", "cohere", "cohere2", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "mpt"),
        *("nemotron", "olmo", "opt", "phi", "stablelm", "starcoder2", "xglm"),
    }
)
#: Norms of a layer, where they are not two.
_NORMS = {
    **dict.fromkeys(("cohere", "cohere2", "falcon", "gptj", "phi"), 1),
    **dict.fromkeys(("gemma2", "gemma3", "gemma3_text", "glm4"), 4),
}
#: `model_type` of networks that normalise queries and keys.
_HEAD_NORMS = frozenset(
    {
        *("apertus", "gemma3", "gemma3_text", "olmo2", "olmo3", "olmoe", "qwen3", "qwen3_moe", "qwen3_vl"),
        "qwen3_vl_moe",
    }
)
#: `model_type` of networks whose activation function is written out in Python, every step of which keeps a tensor.
_STEPWISE_ACTIVATION = frozenset({"gpt2", "gpt_neo", "gptj", "phi"})


class Family(NamedTuple):
    """
    What the layers of a family are made of.

    Args:
        matrices: Matrices of a feed-forward layer: three where it is gated.

        kept_activations: Tensors of a feed-forward layer's width that its activation function keeps.

        norms: Norms of a layer.

        norm_bytes: Bytes of an element that a norm keeps, at least; those of the residual stream where that is more.

        normalizes_heads: Whether queries and keys are normalised.
    """

    matrices: int
    kept_activations: int
    norms: int
    norm_bytes: int
    normalizes_heads: bool


@cache
def family_of(model_type: str | None) -> Family:
    """Return what the layers of a family are made of; one that is not known here is taken for Llama."""
    name = model_type or ""
    is_gated = name not in _UNGATED
    return Family(
        matrices=3 if is_gated else 2,
        kept_activations=3 if is_gated else 4 if name in _STEPWISE_ACTIVATION else 1,
        norms=_NORMS.get(name, 2),
        norm_bytes=2 if name in _LAYER_NORM else 4,
        normalizes_heads=name in _HEAD_NORMS,
    )
