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
_CLIP = frozenset({"fc1", "fc2", "q_proj", "k_proj", "v_proj", "out_proj"})
_PROJECTOR = frozenset({"linear_1", "linear_2"})
_SPARSE_INDEX = frozenset({"weights_proj", "wk", "wq_b"})
_DELTA_RULE = frozenset({"in_proj_qkv", "in_proj_z", "in_proj_a", "in_proj_b", "out_proj"})
_QWEN_TOWER = frozenset({"qkv", "proj", "fc1", "fc2"})
_QWEN3_TOWER = frozenset({"qkv", "proj", "linear_fc1", "linear_fc2"})
_SSM = frozenset({"in_proj", "out_proj"})
#: Every causal language model has these two, and PEFT can adapt them.
_ENDS = frozenset({"embed_tokens", "lm_head"})

#: By `model_type` of config.json. Experts that transformers 4 has as layers of their own are counted in: checkpoints
#: and adapters of that time name them. Source: the module names in transformers' modeling files, and of code that comes
#: with checkpoints.
_BY_MODEL_TYPE: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            *("cohere", "cohere2", "ernie4_5", "exaone4", "gemma", "gemma2", "gemma3_text", "granite", "internlm3"),
            *("llama", "mimo", "minicpm", "mistral", "nemotron-nas", "olmo2", "olmo3", "qwen2", "qwen3", "seed_oss"),
            *("smollm3", "stablelm"),
        ),
        _LLAMA,
    ),
    **dict.fromkeys(("glm4_moe", "ernie4_5_moe", "minimax_m2", "olmoe", "qwen3_moe"), _LLAMA | {"gate"}),
    **dict.fromkeys(("qwen2_moe", "qwen3_next"), _LLAMA | {"gate", "shared_expert_gate"}),
    **dict.fromkeys(("mixtral", "phimoe"), _ATTENTION | {"w1", "w2", "w3", "gate"}),
    "gpt_oss": _ATTENTION | {"router"},
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "glm4_moe_lite", "kimi_k2"), _LATENT),
    **dict.fromkeys(("deepseek_v32", "glm_moe_dsa"), _LATENT | _SPARSE_INDEX),
    **dict.fromkeys(("apertus", "nemotron"), _ATTENTION | {"up_proj", "down_proj"}),
    "exaone": _LLAMA | {"out_proj", "c_fc_0", "c_fc_1", "c_proj"},
    "falcon_h1": _LLAMA | _SSM,
    **dict.fromkeys(("glm", "glm4"), _ATTENTION | {"gate_up_proj", "down_proj"}),
    "granitemoehybrid": _ATTENTION | _SSM | {"input_linear", "output_linear"},
    "granitemoe": _ATTENTION | {"input_linear", "output_linear"},
    "internlm2": frozenset({"wqkv", "wo", "w1", "w2", "w3"}),
    **dict.fromkeys(("lfm2", "lfm2_moe"), frozenset({"q_proj", "k_proj", "v_proj", "w1", "w2", "w3"}) | _SSM),
    "nemotron_h": _ATTENTION | _SSM | {"up_proj", "down_proj"},
    "phi": frozenset({"q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"}),
    "phi3": _FUSED,
    "starcoder2": _ATTENTION | {"c_fc", "c_proj"},
    # With images.
    **dict.fromkeys(("aya_vision", "llava", "llava_next", "llava_onevision"), _LLAMA | _CLIP | _PROJECTOR),
    **dict.fromkeys(("gemma3", "idefics3", "smolvlm"), _LLAMA | _CLIP | {"proj"}),
    **dict.fromkeys(("gemma3n", "gemma4"), _LLAMA | {"per_layer_input_gate", "per_layer_projection"}),
    **dict.fromkeys(("exaone4_5", "glm4v_moe", "qwen2_5_vl"), _LLAMA | {"qkv", "proj"}),
    "ernie4_5_moe_vl": _LLAMA | _QWEN_TOWER,
    "glm4v": _LLAMA | {"gate_up_proj", "qkv", "proj"},
    **dict.fromkeys(("interns1", "internvl", "internvl_chat"), _LLAMA | {"qkv", "proj", "fc1", "fc2"}),
    "kimi_vl": _LATENT | {"wqkv", "wo", "fc0", "fc1"} | _PROJECTOR,
    "lfm2_vl": frozenset({"q_proj", "k_proj", "v_proj", "w1", "w2", "w3"}) | _SSM | _CLIP | _PROJECTOR,
    "llama4": _LLAMA | {"router", "fc1", "fc2", "linear_1"},
    "minicpmv": _LLAMA | _CLIP,
    "mistral3": _LLAMA | _PROJECTOR | {"merging_layer"},
    "mllama": _LLAMA | {"fc1", "fc2", "multi_modal_projector"},
    "molmo": frozenset({"att_proj", "attn_out", "ff_proj", "ff_out"}),
    "molmo2": _LLAMA | {"fc1", "fc2", "patch_embedding"},
    "paligemma": _LLAMA | _CLIP | {"linear"},
    **dict.fromkeys(("phi3_v", "phi4mm"), _FUSED | _CLIP),
    "qwen2_vl": _LLAMA | _QWEN_TOWER,
    "qwen3_5": _LLAMA | _DELTA_RULE | _QWEN3_TOWER,
    "qwen3_5_moe": _LLAMA | _DELTA_RULE | _QWEN3_TOWER | {"gate", "shared_expert_gate"},
    "qwen3_vl": _LLAMA | _QWEN3_TOWER,
    "qwen3_vl_moe": _LLAMA | _QWEN3_TOWER | {"gate"},
    "deepseek_vl_v2": _LLAMA | _CLIP | {"qkv_proj"},
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
