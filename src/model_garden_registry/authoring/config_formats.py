"""The number format of the published weights, from config.json or from the name of a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.config_parts import text_config
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.visible_text import visible

#: Method and type of an entry's quantisation.
Format = tuple[str, str]

#: `quant_method` of config.json and its deciding value → number format.
_FORMATS: Mapping[tuple[str, object], Format] = {
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
    ("modelopt", "MIXED_PRECISION"): ("mixed", "modelopt"),
}
#: Weights and inputs of a compressed-tensors group → number format.
_GROUPS: Mapping[tuple[object, object, object], str] = {
    ("float", 8, 8): "fp8",
    ("float", 8, None): "fp8",
    ("float", 4, 4): "nvfp4",
    ("float", 4, None): "nvfp4",
    ("int", 8, 8): "w8a8",
    ("int", 8, None): "w8a16",
    ("int", 4, None): "w4a16",
}
#: Every format of `mgr new --quantization`.
FORMATS = tuple(dict.fromkeys((*_FORMATS.values(), ("w8a16", "compressed-tensors"))))

#: Where ModelOpt keeps the number format, beside config.json.
MODELOPT_FILE = "hf_quant_config.json"

#: Words for number formats in repository names.
_NAMED = re.compile(
    r"(?<![a-z0-9])(fp8|nvfp4|mxfp4|fp4|awq|gptq|int4|int8|w4a16|w8a8|w8a16|bnb|4bit|8bit|gguf|exl2|mlx)(?![a-z0-9])"
)
#: Formats of ModelOpt repositories, by the word in their names.
_MODELOPT: Mapping[str, Format] = {"fp8": ("fp8", "modelopt"), "nvfp4": ("nvfp4", "modelopt")}
_MODELOPT_PUBLISHERS = ("nvidia",)

_TELL = "name the nearest with --quantization METHOD/TYPE, such as fp8/fp8, or none"


def quantization_of(config: Mapping[str, Any], path: Path) -> Quantization:
    """
    Return the number format of the published weights.

    Raises:
        RegistryReadError: It is one that entries cannot state.
    """
    stated = _stated(config)
    if stated is None:
        return Quantization(method=None, type=None)
    name, told = _told(stated)
    found = _of_groups(stated, path) if name == "compressed-tensors" else None
    found = found or next((ours for theirs, ours in _FORMATS.items() if theirs == (name, told)), None)
    if found is None:
        what = visible(name)[:40] + ("" if told is None else f" ({visible(str(told))[:40]})")
        raise RegistryReadError(path, f"quantises by {what}, which entries cannot state: {_TELL}")
    if found == ("4bit", "bitsandbytes") and _skips_layers(stated):
        found = ("4bit", "bitsandbytes-dynamic")
    return Quantization.model_validate({"method": found[0], "type": found[1], **_group_size(stated, name)})


def with_modelopt(config: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a config.json with the number format of ModelOpt's file beside it, if it states none.

    Args:
        beside: Content of ``hf_quant_config.json``.
    """
    stated = beside.get("quantization")
    if _stated(config) is not None or not isinstance(stated, Mapping) or not stated.get("quant_algo"):
        return dict(config)
    return {**config, "quantization_config": {**stated, "quant_method": "modelopt"}}


def format_by_name(model_id: str, config: Mapping[str, Any], path: Path) -> Format | None:
    """
    Return the number format in the name of a repository whose config.json states none; None: no format.

    NVIDIA's ModelOpt writes it to a file of its own, which may be missing.

    Raises:
        RegistryReadError: The name has a format that is ambiguous.
    """
    publisher, _, name = model_id.lower().rpartition("/")
    word = _NAMED.search(name)
    if word is None or _stated(config) is not None:
        return None
    if publisher in _MODELOPT_PUBLISHERS and word[1] in _MODELOPT:
        return _MODELOPT[word[1]]
    raise RegistryReadError(path, f"states no quantization_config, though {word[1]} is in the name: {_TELL}")


def _stated(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for part in (config, text_config(config)):
        for key in ("quantization_config", "compression_config"):
            if isinstance(part.get(key), Mapping):
                stated: Mapping[str, Any] = part[key]
                return stated
    return None


def _told(stated: Mapping[str, Any]) -> tuple[str, object]:
    """Return the quantisation method, and its deciding value."""
    producer = stated.get("producer")
    made_by = producer.get("name") if isinstance(producer, Mapping) else None
    name = str(stated.get("quant_method") or made_by or "an unnamed method")
    told: Mapping[str, object] = {
        "bitsandbytes": _bits_of_bitsandbytes(stated),
        "compressed-tensors": stated.get("format"),
        "modelopt": stated.get("quant_algo"),
        **dict.fromkeys(("awq", "gptq"), stated.get("bits", stated.get("w_bit", 4))),
    }
    return name, told.get(name)


def _bits_of_bitsandbytes(stated: Mapping[str, Any]) -> int | None:
    for bits in (4, 8):
        if stated.get(f"load_in_{bits}bit") or stated.get(f"_load_in_{bits}bit"):
            return bits
    return None


def _skips_layers(stated: Mapping[str, Any]) -> bool:
    """Return whether some layers are not quantised, so that only the files tell the number of bytes."""
    skipped = stated.get("llm_int8_skip_modules")
    return isinstance(skipped, list) and any(re.search(r"layers?\.\d", str(name)) for name in skipped)


def _of_groups(stated: Mapping[str, Any], path: Path) -> Format | None:
    """Return the format of compressed-tensors groups, by their bits; None without groups."""
    groups = stated.get("config_groups")
    if not isinstance(groups, Mapping) or not groups:
        return None
    found = set()
    for group in groups.values():
        weights, inputs = (_part(group, key) for key in ("weights", "input_activations"))
        told = (weights.get("type"), weights.get("num_bits"), inputs.get("num_bits"))
        method = _GROUPS.get(told) if all(isinstance(one, str | int | None) for one in told) else None
        if method == "nvfp4" and str(stated.get("format")).startswith("mxfp4"):
            method = "mxfp4"
        if method is None:
            what = visible(f"{told[0]} weights of {told[1]} bits by inputs of {told[2] or 16}")[:80]
            raise RegistryReadError(path, f"quantises to {what}, which entries cannot state: {_TELL}")
        found.add(method)
    return ("mixed" if len(found) > 1 else found.pop(), "compressed-tensors")


def _part(group: object, key: str) -> Mapping[str, Any]:
    part = group.get(key) if isinstance(group, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _group_size(stated: Mapping[str, Any], name: str) -> dict[str, int]:
    """Return the number of weights per scale, if the format leaves it open."""
    size = stated.get("group_size", stated.get("q_group_size"))
    groups = stated.get("config_groups")
    if name == "compressed-tensors" and isinstance(groups, Mapping):
        each = [_part(group, "weights") for group in groups.values()]
        sizes = {one.get("group_size") for one in each if one.get("type") == "int" and _is_size(one.get("group_size"))}
        size = sizes.pop() if len(sizes) == 1 else None
    opens = name in ("awq", "gptq", "compressed-tensors")
    return {"group_size": size} if opens and _is_size(size) else {}


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6
