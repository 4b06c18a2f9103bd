"""Habits of architectures that decide what is chosen."""

from __future__ import annotations

from collections.abc import Mapping

_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_LLAMA = (*_ATTENTION, "gate_proj", "up_proj", "down_proj")
_LATENT = ("q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj")

#: Linear layers that get an adapter, by `model_type`: all of the language model. Of a mixture of experts, the
#: attention: transformers 5 keeps all experts of a layer as one tensor, which names of modules do not reach. exaone has
#: other names in transformers than in its checkpoints' own code, so it is not among them.
#: Source: the module names in transformers' modeling files, of remote code in the checkpoints; ``nox -s peft``.
TARGET_MODULES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("cohere", "cohere2", "ernie4_5", "exaone4", "gemma", "gemma2", "gemma3_text", "granite", "internlm3"),
            *("llama", "mimo", "minicpm", "mistral", "olmo2", "olmo3", "qwen2", "qwen3", "seed_oss", "smollm3"),
            *("stablelm", "aya_vision", "exaone4_5", "falcon_h1", "gemma3", "gemma3n", "gemma4", "idefics3"),
            *("internvl", "internvl_chat", "interns1", "llava", "llava_next", "llava_onevision", "minicpmv"),
            *("mistral3", "mllama", "nemotron-nas", "paligemma", "qwen2_5_vl", "qwen2_vl", "qwen3_5"),
            *("qwen3_vl", "smolvlm"),
        ),
        _LLAMA,
    ),
    **dict.fromkeys(
        (
            *("ernie4_5_moe", "glm4_moe", "gpt_oss", "granitemoe", "llama4", "minimax_m2", "mixtral", "olmoe"),
            *("phimoe", "qwen2_moe", "qwen3_5_moe", "qwen3_moe", "qwen3_next", "qwen3_vl_moe", "glm4v_moe"),
            *("ernie4_5_moe_vl",),
        ),
        _ATTENTION,
    ),
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "glm4_moe_lite", "glm_moe_dsa", "kimi_k2", "kimi_vl"), _LATENT),
    **dict.fromkeys(("apertus", "nemotron"), (*_ATTENTION, "up_proj", "down_proj")),
    **dict.fromkeys(("glm", "glm4", "glm4v"), (*_ATTENTION, "gate_up_proj", "down_proj")),
    **dict.fromkeys(("phi3", "phi3_v", "phi4mm"), ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")),
    "phi": ("q_proj", "k_proj", "v_proj", "dense", "fc1", "fc2"),
    "starcoder2": (*_ATTENTION, "c_fc", "c_proj"),
    "internlm2": ("wqkv", "wo", "w1", "w2", "w3"),
    **dict.fromkeys(("lfm2", "lfm2_vl"), ("q_proj", "k_proj", "v_proj", "out_proj", "w1", "w2", "w3")),
    "lfm2_moe": ("q_proj", "k_proj", "v_proj", "out_proj"),
    "granitemoehybrid": (*_ATTENTION, "shared_mlp.input_linear", "shared_mlp.output_linear"),
    "nemotron_h": _ATTENTION,
}

#: Latent attention has one query matrix, or two with a narrow middle.
_ONE_QUERY, _TWO_QUERIES = ("q_proj",), ("q_a_proj", "q_b_proj")
_ALWAYS_NARROW = frozenset({"glm4_moe_lite", "glm_moe_dsa"})

#: Architectures all of whose parameters the memory model's shape counts, up to biases and norms.
COUNTED = frozenset(
    {
        *("apertus", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "ernie4_5", "exaone4", "gemma", "gemma2"),
        *("gemma3_text", "glm", "glm4", "glm4_moe", "gpt_oss", "granite", "internlm2", "internlm3", "llama"),
        *("minicpm", "mistral", "mixtral", "nemotron", "olmo2", "olmo3", "olmoe", "phi", "phi3", "phimoe", "qwen2"),
        *("qwen2_moe", "qwen3", "qwen3_moe", "seed_oss", "smollm3", "starcoder2"),
    }
)

#: Architectures whose configuration classes tie the output head to the embeddings unless config.json says otherwise.
#: Source: transformers 5.24, their default values.
TIED_BY_DEFAULT = frozenset(
    {
        *("aya_vision", "cohere", "cohere2", "ernie4_5", "ernie4_5_moe", "gemma", "gemma2", "gemma3", "gemma3_text"),
        *("gemma3n", "gemma4", "lfm2", "lfm2_moe", "lfm2_vl", "paligemma", "smollm3", "starcoder2"),
    }
)

#: Architectures with layers that keep no key and value cache: linear attention, state spaces, convolutions.
#: Source: their config.json (`layer_types`, `full_attention_interval`, `hybrid_override_pattern`).
HYBRIDS = frozenset(
    {
        *("falcon_h1", "granitemoehybrid", "lfm2", "lfm2_moe", "lfm2_vl", "nemotron_h", "nemotron-nas", "qwen3_5"),
        *("qwen3_5_moe", "qwen3_next"),
    }
)

#: Architectures whose image processors turn a large picture into thousands of tokens unless they are told otherwise.
#: Source: transformers' `Qwen2VLImageProcessor`, whose stock `max_pixels` is worth 16384 tokens.
LARGE_IMAGES = frozenset({"qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe"})

#: Words for a family of architectures, where they are not those of `model_type`.
_BASE_WORDS = {"qwen2_vl": "qwen-vl", "qwen2_5_vl": "qwen-vl", "gemma3_text": "gemma3", "internvl_chat": "internvl"}


def target_modules(model_type: str | None, *, narrows_queries: bool) -> tuple[str, ...] | str:
    """
    Give the layers that get an adapter; of an architecture that is not known here, PEFT's word for all.

    Args:
        narrows_queries: Whether the checkpoint has a `q_lora_rank`.
    """
    known = TARGET_MODULES.get(model_type or "")
    if known is None:
        return "all-linear"
    absent = _ONE_QUERY if narrows_queries or model_type in _ALWAYS_NARROW else _TWO_QUERIES
    return tuple(name for name in known if known is not _LATENT or name not in absent)


def base_architecture(model_type: str) -> str:
    """Give the word for a family of architectures."""
    return _BASE_WORDS.get(model_type, model_type.replace("_", "-"))
