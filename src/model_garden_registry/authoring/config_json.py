"""A model's own config.json becomes its architecture and number format."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.config_layers import (
    layer_groups,
    must_be_listed,
    refuse_unread,
    sparse_layers,
    take_heads,
    window_of,
)
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.errors import RegistryReadError, UnknownArchitectureError
from model_garden_registry.families.config_numbers import family_numbers
from model_garden_registry.families.family import Family, family_of, known_model_types
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import visible

#: Keys of an architecture → keys of config.json that say the same, first match wins.
_KEYS = {
    "num_hidden_layers": ("num_hidden_layers", "n_layer"),
    "hidden_size": ("hidden_size", "n_embd"),
    "intermediate_size": ("intermediate_size", "ffn_hidden_size"),
    "num_attention_heads": ("num_attention_heads", "n_head"),
    "num_key_value_heads": ("num_key_value_heads", "num_attention_heads", "n_head"),
    "head_dim": ("head_dim",),
    "vocab_size": ("vocab_size",),
    "max_position_embeddings": ("max_position_embeddings", "n_positions"),
}
#: More layers than any network has; each is read by itself.
_MOST_LAYERS = 10_000
_NEEDED = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")
_MOE_KEYS = {
    "num_experts": ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts"),
    "num_experts_per_tok": ("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"),
    "moe_intermediate_size": ("moe_intermediate_size",),
    "n_shared_experts": ("n_shared_experts", "moe_num_shared_experts"),
    "shared_expert_intermediate_size": ("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"),
    "first_k_dense_replace": ("first_k_dense_replace",),
    "moe_latent_size": ("moe_latent_size",),
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
    ("compressed-tensors", "mixed-precision"): ("mixed", "compressed-tensors"),
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
    known = known_model_types()
    if not isinstance(model_type, str) or model_type not in known:
        close = close_names(model_type, sorted(known)) if isinstance(model_type, str) else ()
        raise UnknownArchitectureError(model_type if isinstance(model_type, str) else None, close)
    family, text = family_of(model_type), text_config(config)
    if family.refused:
        raise RegistryReadError(path, f"is of {model_type}, whose {family.refused}: no entry can be made of it yet")
    refuse_unread(text, family, path)
    spelled = family_numbers(family, text)
    shape = _picked(text, _KEYS) | {name: value for name, value in spelled.items() if "." not in name}
    if "num_hidden_layers" not in shape and (layers := _layers(text, family)):
        shape["num_hidden_layers"] = layers
    if isinstance(width := shape.get("intermediate_size"), int):
        shape["intermediate_size"] = _width(text, width, path)
    for key in _NEEDED:
        if key not in shape:
            raise RegistryReadError(path, f"states no {key}")
    if not isinstance(layers := shape["num_hidden_layers"], int) or not 0 < layers <= _MOST_LAYERS:
        raise RegistryReadError(path, f"states {visible(str(layers))} as its num_hidden_layers")
    # Where the language model has a part of its own, transformers ties by what stands outside of it.
    tied = config.get("tie_word_embeddings", text.get("tie_word_embeddings"))
    dtype = next((value for value in (_dtype(config), _dtype(text)) if value in _DTYPES), None)
    try:
        parts: dict[str, Any] = {"moe": _moe(text, shape, spelled, path), "mla": _mla(text)}
        groups = layer_groups(text, {**shape, **{key: part for key, part in parts.items() if part}}, family, path)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise RegistryReadError(path, f"does not say in a known form which layer is what: {error}") from None
    shape |= take_heads(groups, text)
    parts |= {"sliding_window": window_of(groups), "layers": groups if must_be_listed(groups, parts["moe"]) else None}
    parts |= {"mtp_layers": _predicting(text), "vision": _tower(config)}
    raw = {
        "model_type": model_type,
        **_class(config),
        **{key: value for key, value in shape.items() if key != "head_dim" or parts["mla"] is None},
        "tie_word_embeddings": family.tied if tied is None else tied,
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
    stated = config.get("quantization_config") or text_config(config).get("quantization_config")
    if not isinstance(stated, Mapping):
        return Quantization(method=None, type=None)
    name = str(stated.get("quant_method"))
    told = {
        "bitsandbytes": 4 if stated.get("load_in_4bit") else 8,
        "compressed-tensors": stated.get("format"),
        "modelopt": stated.get("quant_algo"),
        **dict.fromkeys(("awq", "gptq"), stated.get("bits", 4)),
    }
    found = next((ours for theirs, ours in _FORMATS.items() if theirs == (name, told.get(name))), None)
    if found is None:
        raise RegistryReadError(path, f"quantises by {name!r} ({told.get(name)}), which entries have no word for")
    size = stated.get("group_size")
    groups = {"group_size": size} if name in ("awq", "gptq") and isinstance(size, int) and size > 0 else {}
    return Quantization.model_validate({"method": found[0], "type": found[1], **groups})


def has_vision(config: Mapping[str, Any]) -> bool:
    """Say whether a model takes images."""
    return isinstance(config.get("vision_config"), Mapping)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
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
        if isinstance(value, list) and value and all(one == value[0] for one in value):
            value = value[0]  # one number for each layer or each edge, all alike
        if value is not None and not isinstance(value, list):
            found[ours] = value
    return found


def _width(text: Mapping[str, Any], width: int, path: Path) -> int:
    """Return the width of a feed-forward layer: as stated, or two thirds of it, times a factor, rounded up."""
    if not text.get("block_auto_adjust_ff_dim"):
        return width
    factor, multiple = (text.get(key, 1) for key in ("block_ffn_dim_multiplier", "block_multiple_of"))
    if not all(isinstance(one, int | float) and 0 < one <= width for one in (factor, multiple)):
        stated = visible(f"{factor!r:.40} and {multiple!r:.40}")
        raise RegistryReadError(path, f"states {stated} as block_ffn_dim_multiplier and block_multiple_of")
    times: int = ceil(int(factor * int(2 * width / 3)) / multiple)
    return times * int(multiple)


def _layers(text: Mapping[str, Any], family: Family) -> int | None:
    """Count the layers of a configuration that only lists them."""
    listed = (text.get(kinds.get("key", "")) for kinds in family.layer_kinds)
    return next((len(names) for names in listed if isinstance(names, list | str)), None)


def _dtype(config: Mapping[str, Any]) -> object:
    return config.get("dtype") or config.get("torch_dtype")


def _moe(
    text: Mapping[str, Any], shape: Mapping[str, Any], spelled: Mapping[str, int], path: Path
) -> dict[str, Any] | None:
    own = {name.removeprefix("moe."): value for name, value in spelled.items() if name.startswith("moe.")}
    # A part that is not there may be stated as 0.
    found = {name: value for name, value in (_picked(text, _MOE_KEYS) | own).items() if value}
    if "num_experts" not in found:
        return None
    if "num_experts_per_tok" not in found:
        raise RegistryReadError(path, "states experts, but not how many of them work on a token")
    count = shape["num_hidden_layers"]
    sparse = sparse_layers(text, count)
    found.pop("first_k_dense_replace", None)
    dense = count - len(sparse)
    return {**found, "first_k_dense_replace": dense} if dense and sparse == frozenset(range(dense, count)) else found


def _class(config: Mapping[str, Any]) -> dict[str, str]:
    match config.get("architectures"):
        case [str(name), *_] if name:
            return {"architecture_class": name}
    return {}


def _predicting(text: Mapping[str, Any]) -> int | None:
    """Read how many layers predict further tokens; None where nothing says so."""
    return _picked(text, {"mtp_layers": ("num_nextn_predict_layers", "mtp_num_hidden_layers")}).get("mtp_layers")


def _mla(text: Mapping[str, Any]) -> dict[str, Any] | None:
    found = {key: text[key] for key in _MLA_KEYS if text.get(key) is not None}
    return found if "kv_lora_rank" in found else None


def _tower(config: Mapping[str, Any]) -> dict[str, Any] | None:
    return _picked(config["vision_config"], _TOWER_KEYS) if has_vision(config) else None


def _first_line(error: ValueError) -> str:
    return " ".join(str(error).split()[2:12])
