"""Which linear layers an architecture has, by the names in its checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_garden_registry.entries.model import ModelInfo

_ATTENTION = frozenset({"q_proj", "k_proj", "v_proj", "o_proj"})
_GATED = frozenset({"gate_proj", "up_proj", "down_proj"})
_LLAMA = _ATTENTION | _GATED
_FUSED = frozenset({"qkv_proj", "o_proj", "gate_up_proj", "down_proj"})
_LATENT = _GATED | {"q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"}
_SIGLIP = frozenset({"out_proj", "fc1", "fc2", "q_proj", "k_proj", "v_proj"})
#: Every causal language model has these two, and PEFT can adapt them.
_ENDS = frozenset({"embed_tokens", "lm_head"})

#: By `model_type` of config.json. Source: the module names in transformers' modeling files.
_BY_MODEL_TYPE: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "llama",
            "mistral",
            "qwen2",
            "qwen3",
            "gemma",
            "gemma2",
            "gemma3_text",
            "smollm3",
            "granite",
            "olmo2",
            "cohere2",
        ),
        _LLAMA,
    ),
    "phi": frozenset({"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"}),
    "phi3": _FUSED,
    "mixtral": _ATTENTION | {"w1", "w2", "w3", "gate"},
    "qwen3_moe": _LLAMA | {"gate"},
    "qwen2_moe": _LLAMA | {"gate", "shared_expert_gate"},
    "gpt_oss": _ATTENTION | {"router"},
    "deepseek_v2": _LATENT,
    "deepseek_v3": _LATENT,
    "gemma3": _LLAMA | _SIGLIP,
    "mistral3": _LLAMA | {"linear_1", "linear_2", "merging_layer"},
    "qwen2_vl": _LLAMA | {"qkv", "proj", "fc1", "fc2"},
    "qwen2_5_vl": _LLAMA | {"qkv", "proj"},
    "qwen3_vl": _LLAMA | {"qkv", "proj", "linear_fc1", "linear_fc2"},
}

#: By `base_architecture`, where an entry does not state its `model_type`.
_BY_FAMILY: dict[str, frozenset[str]] = {
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "phi": _BY_MODEL_TYPE["phi"] | _FUSED,
    "qwen-vl": _LLAMA | {"qkv", "proj", "fc1", "fc2", "linear_fc1", "linear_fc2"},
}


def linear_modules(entry: ModelInfo) -> frozenset[str] | None:
    """Give the names of the layers that can get an adapter; None where the architecture is not known here."""
    model_type = entry.architecture.model_type if entry.architecture else None
    known = _BY_MODEL_TYPE.get(model_type) if model_type else _BY_FAMILY.get(entry.base_architecture)
    return known | _ENDS if known else None
