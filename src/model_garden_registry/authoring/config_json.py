"""A model's own config.json becomes its architecture and number format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.families import TARGET_MODULES, TIED_BY_DEFAULT
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.errors import RegistryReadError, UnknownArchitectureError
from model_garden_registry.near_names import close_names

#: Keys of an architecture → keys of config.json that say the same, first match wins.
_KEYS = {
    "num_hidden_layers": ("num_hidden_layers", "n_layer"),
    "hidden_size": ("hidden_size", "n_embd"),
    "intermediate_size": ("intermediate_size", "ffn_hidden_size"),
    "num_attention_heads": ("num_attention_heads", "n_head"),
    "num_key_value_heads": ("num_key_value_heads", "num_attention_heads"),
    "head_dim": ("head_dim",),
    "vocab_size": ("vocab_size",),
    "max_position_embeddings": ("max_position_embeddings", "n_positions"),
}
_NEEDED = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")
_MOE_KEYS = {
    "num_experts": ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts"),
    "num_experts_per_tok": ("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"),
    "moe_intermediate_size": ("moe_intermediate_size",),
    "n_shared_experts": ("n_shared_experts", "moe_num_shared_experts"),
    "shared_expert_intermediate_size": ("shared_expert_intermediate_size",),
    "first_k_dense_replace": ("first_k_dense_replace",),
}
_MLA_KEYS = ("kv_lora_rank", "qk_rope_head_dim", "q_lora_rank", "qk_nope_head_dim", "v_head_dim")
_TOWER_KEYS = {
    "num_hidden_layers": ("num_hidden_layers", "depth"),
    "hidden_size": ("embed_dim", "hidden_size"),
    "intermediate_size": ("intermediate_size",),
    "num_attention_heads": ("num_attention_heads", "num_heads"),
    "patch_size": ("patch_size",),
    "spatial_merge_size": ("spatial_merge_size",),
    "image_size": ("image_size",),
}
_DTYPES = ("bfloat16", "float16", "float32")

#: `quant_method` of config.json, and what of it decides → number format.
_FORMATS: Mapping[tuple[str, object], tuple[str, str]] = {
    ("bitsandbytes", 4): ("4bit", "bitsandbytes"),
    ("bitsandbytes", 8): ("8bit", "bitsandbytes"),
    ("awq", 4): ("awq", "awq"),
    ("gptq", 4): ("gptq", "gptq"),
    ("gptq", 8): ("8bit", "gptq"),
    ("fp8", None): ("fp8", "fp8"),
    ("mxfp4", None): ("mxfp4", "mxfp4"),
    ("compressed-tensors", "float-quantized"): ("fp8", "compressed-tensors"),
    ("compressed-tensors", "pack-quantized"): ("w4a16", "compressed-tensors"),
    ("compressed-tensors", "int-quantized"): ("w8a8", "compressed-tensors"),
    ("compressed-tensors", "nvfp4-pack-quantized"): ("nvfp4", "compressed-tensors"),
    ("modelopt", "FP8"): ("fp8", "modelopt"),
    ("modelopt", "NVFP4"): ("nvfp4", "modelopt"),
}


def architecture_of(config: Mapping[str, Any], path: Path) -> Architecture:
    """
    Read the shape of a model, parameters aside.

    Args:
        config: Content of config.json.

        path: The file, for errors.

    Raises:
        UnknownArchitectureError: Its `model_type` is not one that entries can be made for.

        RegistryReadError: It lacks a number, or one is not what it should be.
    """
    model_type = config.get("model_type")
    if model_type not in TARGET_MODULES:
        close = close_names(model_type, sorted(TARGET_MODULES)) if isinstance(model_type, str) else ()
        raise UnknownArchitectureError(model_type if isinstance(model_type, str) else None, close)
    text = _text_config(config)
    shape = _picked(text, _KEYS)
    for key in _NEEDED:
        if key not in shape:
            raise RegistryReadError(path, f"states no {key}")
    tied = text.get("tie_word_embeddings", config.get("tie_word_embeddings"))
    dtype = next((value for value in (_dtype(config), _dtype(text)) if value in _DTYPES), None)
    parts = {"sliding_window": _window(text, shape), "moe": _moe(text), "mla": _mla(text), "vision": _tower(config)}
    raw = {
        "model_type": model_type,
        **({"architecture_class": config["architectures"][0]} if config.get("architectures") else {}),
        **{key: value for key, value in shape.items() if key != "head_dim" or parts["mla"] is None},
        "tie_word_embeddings": model_type in TIED_BY_DEFAULT if tied is None else tied,
        **({"dtype": dtype} if dtype else {}),
        **{key: part for key, part in parts.items() if part is not None},
    }
    try:
        return Architecture.model_validate(raw)
    except ValueError as error:
        raise RegistryReadError(path, f"is no config.json of a model: {_first_line(error)}") from None


def quantization_of(config: Mapping[str, Any], path: Path) -> Quantization:
    """
    Read the number format of the published weights.

    Raises:
        RegistryReadError: It is one that entries have no word for.
    """
    stated = config.get("quantization_config") or _text_config(config).get("quantization_config")
    if not isinstance(stated, Mapping):
        return Quantization(method=None, type=None)
    name = str(stated.get("quant_method"))
    told = {
        "bitsandbytes": 4 if stated.get("load_in_4bit") else 8,
        "compressed-tensors": stated.get("format"),
        "modelopt": stated.get("quant_algo"),
        **dict.fromkeys(("awq", "gptq"), stated.get("bits", 4)),
    }
    found = _FORMATS.get((name, told.get(name)))
    if found is None:
        raise RegistryReadError(path, f"quantises by {name!r} ({told.get(name)}), which entries have no word for")
    return Quantization.model_validate({"method": found[0], "type": found[1]})


def has_vision(config: Mapping[str, Any]) -> bool:
    """Say whether a model takes images."""
    return isinstance(config.get("vision_config"), Mapping)


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the language model's part: a group of its own where there are images."""
    for key in ("text_config", "llm_config", "language_config"):
        if isinstance(config.get(key), Mapping):
            part: Mapping[str, Any] = config[key]
            return part
    return config


def _picked(config: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    found = {}
    for ours, theirs in keys.items():
        value = next((config[key] for key in theirs if config.get(key) is not None), None)
        if value is not None:
            found[ours] = value
    return found


def _dtype(config: Mapping[str, Any]) -> object:
    return config.get("dtype") or config.get("torch_dtype")


def _window(text: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read which layers look at a window only; of those that switch it off, none."""
    window, kinds = text.get("sliding_window"), text.get("layer_types")
    positions = shape.get("max_position_embeddings")
    if not window or text.get("use_sliding_window") is False or (positions and window >= positions):
        return None
    if isinstance(kinds, list):
        layers = Counter(kinds)["sliding_attention"]
    elif isinstance(pattern := text.get("sliding_window_pattern"), int):
        layers = shape["num_hidden_layers"] - shape["num_hidden_layers"] // pattern
    else:
        layers = shape["num_hidden_layers"]
    return {"window": window, "num_layers": layers} if layers else None


def _moe(text: Mapping[str, Any]) -> dict[str, Any] | None:
    found = _picked(text, _MOE_KEYS)
    return found if "num_experts" in found and "num_experts_per_tok" in found else None


def _mla(text: Mapping[str, Any]) -> dict[str, Any] | None:
    found = {key: text[key] for key in _MLA_KEYS if text.get(key) is not None}
    return found if "kv_lora_rank" in found else None


def _tower(config: Mapping[str, Any]) -> dict[str, Any] | None:
    return _picked(config["vision_config"], _TOWER_KEYS) if has_vision(config) else None


def _first_line(error: ValueError) -> str:
    return " ".join(str(error).split()[2:12])
