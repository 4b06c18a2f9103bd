"""
Configurations for building a family whose class defaults are unusable or omit a kind of layer.

Each is what `config.json` would state beside `model_type`; the numbers are those of a published checkpoint where one is
named. Read with transformers 5.24.0.
"""

from __future__ import annotations

from typing import Any

_SIGLIP = {"model_type": "siglip_vision_model", "hidden_size": 1152, "intermediate_size": 4304}
_SIGLIP |= {"num_hidden_layers": 27, "num_attention_heads": 16, "image_size": 364, "patch_size": 14}

#: LFM2-1.2B: six layers of attention among convolutions.
_LFM2 = {
    "hidden_size": 2048,
    "intermediate_size": 12288,
    "num_hidden_layers": 16,
    "full_attn_idxs": [2, 5, 8, 10, 12, 14],
}
#: LFM2-8B-A1B; its class has no default for `layer_types`.
_LFM2_MOE = {
    "num_hidden_layers": 24,
    "layer_types": ["full_attention" if index in {2, 6, 10, 14, 18, 21} else "conv" for index in range(24)],
}
#: Granite 4.0 H Tiny.
_GRANITE_H = {
    "vocab_size": 100352,
    "hidden_size": 1536,
    "intermediate_size": 512,
    "shared_intermediate_size": 1024,
    "num_hidden_layers": 40,
    "num_attention_heads": 12,
    "num_key_value_heads": 4,
    "num_local_experts": 64,
    "num_experts_per_tok": 6,
    "mamba_n_heads": 48,
    "mamba_d_head": 64,
    "mamba_d_state": 128,
    "layer_types": ["attention" if index in {5, 15, 25, 35} else "mamba" for index in range(40)],
}
#: Gemma 4 E2B: embeddings for each layer, and layers that reuse a cache.
_GEMMA4_TEXT = {
    "hidden_size": 1536,
    "intermediate_size": 6144,
    "num_hidden_layers": 35,
    "num_attention_heads": 8,
    "num_key_value_heads": 1,
    "num_kv_shared_layers": 20,
    "layer_types": ["full_attention" if (index + 1) % 5 == 0 else "sliding_attention" for index in range(35)],
    "use_double_wide_mlp": True,
}
#: Gemma 4 26B-A4B: experts beside a dense layer, and layers without a matrix of values.
_GEMMA4_EXPERTS = {
    "hidden_size": 2816,
    "intermediate_size": 2112,
    "num_hidden_layers": 30,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "num_global_key_value_heads": 2,
    "hidden_size_per_layer_input": 0,
    "attention_k_eq_v": True,
    "enable_moe_block": True,
    "num_experts": 128,
    "top_k_experts": 8,
    "moe_intermediate_size": 704,
}

#: Experts of DeepSeek-V2-Lite.
_DEEPSEEK_V2 = {"num_experts_per_tok": 6, "n_routed_experts": 64, "n_shared_experts": 2, "first_k_dense_replace": 1}

#: Gemma 4 12B: layers that attend fully have one wide key head, whose keys are the values too.
_GEMMA4_12B = {
    "hidden_size": 3840,
    "intermediate_size": 15360,
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "num_global_key_value_heads": 1,
    "attention_k_eq_v": True,
    "layer_types": ["full_attention" if (index + 1) % 6 == 0 else "sliding_attention" for index in range(48)],
}
#: North Mini Code 1.0: a dense layer first.
_NORTH_MINI_CODE = {
    "vocab_size": 262144,
    "hidden_size": 2048,
    "intermediate_size": 768,
    "prefix_dense_intermediate_size": 3072,
    "first_k_dense_replace": 1,
    "num_hidden_layers": 49,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "num_experts": 128,
    "num_experts_per_tok": 8,
}
#: MiniMax-M3: three dense layers first, and an indexer in all others.
_MINIMAX_M3 = {
    "num_hidden_layers": 60,
    "dense_intermediate_size": 12288,
    "layer_types": ["full_attention"] * 3 + ["minimax_m3_sparse"] * 57,
    "mlp_layer_types": ["dense"] * 3 + ["sparse"] * 57,
}

#: By `model_type`.
DEFAULT_CONFIGS: dict[str, dict[str, Any]] = {
    # Its class leaves open how many experts work on a token: those of DeepSeek-V2-Lite.
    "deepseek_v2": _DEEPSEEK_V2,
    "aya_vision": {"vision_config": _SIGLIP},
    "gemma4": {"text_config": {"model_type": "gemma4_text", **_GEMMA4_TEXT}, "vision_config": {}, "audio_config": {}},
    "gemma4_text": _GEMMA4_TEXT,
    "granitemoehybrid": _GRANITE_H,
    "lfm2": _LFM2,
    "lfm2_moe": _LFM2_MOE,
    "lfm2_vl": {"text_config": {"model_type": "lfm2", **_LFM2}},
    "nemotron": {"num_key_value_heads": 8, "head_dim": 128},
}

#: Further shapes of a family: layers or matrices that its config.json switches on, by `model_type` and by a word.
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "deepseek_v2": {"one query": _DEEPSEEK_V2 | {"q_lora_rank": None}},
    **{name: {"one query": {"q_lora_rank": None}} for name in ("deepseek_v3", "glm4_moe_lite")},
    "cohere2_moe": {"a dense layer": _NORTH_MINI_CODE},
    "falcon": {"two norms": {"new_decoder_architecture": True, "num_kv_heads": 71}},
    # Kimi K3 has two, as DeepSeek-V3 has; the class of kimi_linear one.
    **{name: {"two queries": {"q_lora_rank": 1536}} for name in ("bailing_hybrid", "kimi_linear")},
    "gemma4": {"experts": {"text_config": {"model_type": "gemma4_text", **_GEMMA4_EXPERTS}, "vision_config": {}}},
    "gemma4_text": {"experts": _GEMMA4_EXPERTS},
    "gemma4_unified": {"keys as values": {"text_config": {"model_type": "gemma4_unified_text", **_GEMMA4_12B}}},
    "glm4_moe": {"query norms": {"use_qk_norm": True}},
    "glm_moe_dsa": {"shared indexers": {"index_topk_freq": 4, "index_skip_topk_offset": 3}},
    "granitemoe_swa": {"a shared expert": {"shared_intermediate_size": 1280}},
    "granitemoehybrid": {"dense": _GRANITE_H | {"num_local_experts": 0}},
    "kimi_k25": {"one query": {"text_config": {"model_type": "deepseek_v3", "q_lora_rank": None}}},
    "llama4": {"dense layers": {"text_config": {"model_type": "llama4_text", "interleave_moe_layer_step": 2}}},
    "llama4_text": {"dense layers": {"interleave_moe_layer_step": 2}},
    "minimax_m3_vl": {"sparse attention": {"text_config": {"model_type": "minimax_m3_vl_text", **_MINIMAX_M3}}},
    "nemotron_h": {"latent experts": {"moe_latent_size": 1024}},
    "qwen3_moe": {"dense layers": {"mlp_only_layers": [0]}},
    "qwen3_vl_moe": {"dense layers": {"text_config": {"model_type": "qwen3_vl_moe_text", "mlp_only_layers": [0]}}},
}
