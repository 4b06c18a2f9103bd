"""Architecture and number format from a model's own config.json."""

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
from model_garden_registry.authoring.config_parts import OUT_OF_SCOPE, refuse_other_heads, text_config, tower_of
from model_garden_registry.authoring.config_values import MOST, numbers_of, stated_flag, usable, whole
from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.errors import RegistryReadError, UnknownArchitectureError
from model_garden_registry.families.config_numbers import family_numbers
from model_garden_registry.families.family import Family, family_of, other_model_types, readable_model_types
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import visible

#: Keys of an architecture → equivalent keys of config.json, first match wins.
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
#: More layers than any network has; each is read on its own.
_MOST_LAYERS = 10_000
_NEEDED = ("num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size")
_MOE_KEYS = {
    "num_experts": ("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts"),
    "num_experts_per_tok": ("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"),
    "moe_intermediate_size": ("moe_intermediate_size",),
    "n_shared_experts": ("n_shared_experts", "moe_num_shared_experts"),
    "shared_expert_intermediate_size": ("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"),
    "moe_latent_size": ("moe_latent_size",),
}
_MLA_KEYS = ("kv_lora_rank", "qk_rope_head_dim", "q_lora_rank", "qk_nope_head_dim", "v_head_dim")
_MTP_KEYS = {"mtp_layers": ("num_nextn_predict_layers", "mtp_num_hidden_layers")}
_DTYPES = ("bfloat16", "float16", "float32")


def architecture_of(config: Mapping[str, Any], path: Path, *, read_as: str | None = None) -> Architecture:
    """
    Return the shape of a model, without its parameter counts.

    Args:
        config: Content of config.json.

        path: The file, for errors.

        read_as: The `model_type` to read it by, instead of its own.

    Raises:
        UnknownArchitectureError: Its `model_type` is unknown.

        RegistryReadError: It lacks a number, or one is invalid.
    """
    refuse_other_heads(config, path)
    family = _family(config, read_as, path)
    text = usable(text_config(config), family, path)
    refuse_unread(text, family, path)
    spelled = family_numbers(family, text)
    shape = _shape(text, family, spelled, path)
    parts: dict[str, Any] = {"moe": _moe(text, shape, spelled, path), "mla": _mla(text, path)}
    groups = layer_groups(text, {**shape, **{key: part for key, part in parts.items() if part}}, family, path)
    shape |= take_heads(groups, text)
    parts |= {"sliding_window": window_of(groups), "layers": groups if must_be_listed(groups, parts["moe"]) else None}
    # Read as a language model alone, other parts do not count.
    tower = None if read_as and not family.tower else tower_of(config, family, shape["hidden_size"], path)
    parts |= {**numbers_of(text, _MTP_KEYS), "vision": tower}
    # If the language model has a group of its own, transformers reads the flag outside of it.
    tied = stated_flag((config, text), "tie_word_embeddings", path)
    dtype = next((value for value in (_dtype(config), _dtype(text)) if value in _DTYPES), None)
    raw = {
        "model_type": family.model_type,
        **_class(config),
        **{key: value for key, value in shape.items() if key != "head_dim" or parts["mla"] is None},
        "tie_word_embeddings": family.tied if tied is None else tied,
        **({"dtype": dtype} if dtype else {}),
        **{key: part for key, part in parts.items() if part is not None},
    }
    return Architecture.model_validate(raw)


def _family(config: Mapping[str, Any], read_as: str | None, path: Path) -> Family:
    """Return the family record of a configuration."""
    model_type, known = read_as or config.get("model_type"), readable_model_types()
    if isinstance(model_type, str) and model_type in other_model_types():
        what = other_model_types()[model_type]
        raise RegistryReadError(path, f"is of {model_type}, {what}, {OUT_OF_SCOPE}")
    if model_type is None and isinstance(part := config.get("_class_name"), str):
        raise RegistryReadError(path, f"is of {visible(part)[:80]}, a part of a diffusion pipeline, {OUT_OF_SCOPE}")
    if not isinstance(model_type, str) or model_type not in known:
        close = close_names(model_type, sorted(known)) if isinstance(model_type, str) else ()
        raise UnknownArchitectureError(model_type if isinstance(model_type, str) else None, close)
    family = family_of(model_type)
    if family.refused:
        raise RegistryReadError(path, f"is of {model_type}, whose {family.refused}: no entry can be made of it yet")
    return family


def _shape(text: Mapping[str, Any], family: Family, spelled: Mapping[str, int], path: Path) -> dict[str, int]:
    """Return the numbers that every family has."""
    shape = numbers_of(text, _KEYS) | {name: value for name, value in spelled.items() if "." not in name}
    if "num_hidden_layers" not in shape and (layers := _layers(text, family)):
        shape["num_hidden_layers"] = layers
    for key, value in shape.items():
        whole(key, value, path, least=1)
    if "intermediate_size" in shape:
        shape["intermediate_size"] = _width(text, shape["intermediate_size"], path)
    for key in _NEEDED:
        if key not in shape:
            raise RegistryReadError(path, f"states no {key}")
    if shape["num_hidden_layers"] > _MOST_LAYERS:
        raise RegistryReadError(path, f"states {shape['num_hidden_layers']} as its num_hidden_layers")
    return shape


def _width(text: Mapping[str, Any], width: int, path: Path) -> int:
    """Return the width of a feed-forward layer: as stated, or two thirds of it times a factor, rounded up."""
    if not text.get("block_auto_adjust_ff_dim"):
        return width
    factor, multiple = (text.get(key, 1) for key in ("block_ffn_dim_multiplier", "block_multiple_of"))
    if not all(isinstance(one, int | float) and 0 < one <= min(width, MOST / width) for one in (factor, multiple)):
        stated = visible(f"{factor!r:.40} and {multiple!r:.40}")
        raise RegistryReadError(path, f"states {stated} as block_ffn_dim_multiplier and block_multiple_of")
    times: int = ceil(int(factor * int(2 * width / 3)) / multiple)
    return times * int(multiple)


def _layers(text: Mapping[str, Any], family: Family) -> int | None:
    """Return the number of layers of a configuration that only lists them."""
    listed = (text.get(kinds.get("key", "")) for kinds in family.layer_kinds)
    return next((len(names) for names in listed if isinstance(names, list | str)), None)


def _dtype(config: Mapping[str, Any]) -> object:
    stated = config.get("dtype") or config.get("torch_dtype")
    return stated if isinstance(stated, str) else None


def _moe(
    text: Mapping[str, Any], shape: Mapping[str, Any], spelled: Mapping[str, int], path: Path
) -> dict[str, Any] | None:
    own = {name.removeprefix("moe."): value for name, value in spelled.items() if name.startswith("moe.")}
    # A missing part may be stated as 0.
    found = {name: value for name, value in (numbers_of(text, _MOE_KEYS) | own).items() if value}
    for key, value in found.items():
        whole(key, value, path)
    if "num_experts" not in found:
        return None
    if "num_experts_per_tok" not in found:
        raise RegistryReadError(path, "states experts, but not how many are active per token")
    if found["num_experts_per_tok"] > found["num_experts"]:
        working = f"{found['num_experts_per_tok']} of its {found['num_experts']} experts"
        raise RegistryReadError(path, f"has {working} active per token")
    count = shape["num_hidden_layers"]
    sparse = sparse_layers(text, count, path)
    if not sparse:
        raise RegistryReadError(path, f"states experts, but none of its {count} layers has them")
    dense = count - len(sparse)
    return {**found, "first_k_dense_replace": dense} if dense and sparse == frozenset(range(dense, count)) else found


def _class(config: Mapping[str, Any]) -> dict[str, str]:
    match config.get("architectures"):
        case [str(name), *_] if name:
            return {"architecture_class": name}
    return {}


def _mla(text: Mapping[str, Any], path: Path) -> dict[str, int] | None:
    found = {key: text[key] for key in _MLA_KEYS if text.get(key)}
    if "kv_lora_rank" in found and "qk_rope_head_dim" not in found:
        raise RegistryReadError(path, "states kv_lora_rank, but no qk_rope_head_dim")
    return found if "kv_lora_rank" in found else None
