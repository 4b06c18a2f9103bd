"""Adapters in PEFT's words, and PEFT's matching of module names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.training.adapter_rules import saved_settings
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.families.family import Family, family_of

#: A pattern for modules of the language model only, and the names in it.
_OF_LANGUAGE_MODEL = ".*language_model.*\\.({})"
_NAMES = re.compile(re.escape(_OF_LANGUAGE_MODEL).replace(re.escape("{}"), "(.*)"))
#: Settings of the adapter, by leaf.
ADAPTER = (
    *("r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora"),
    *("target_parameters", "modules_to_save", "use_dora"),
)
ADAPTER_SETTINGS = tuple(f"lora_config.{name}" for name in ADAPTER)


def target_modules(request: ExportRequest) -> list[str] | str:
    """
    Return the names of modules that get an adapter; a pattern if the tower has modules of the same names.

    Raises:
        UnsayableError: PEFT refuses them for this model.

    Source:
        PEFT 0.21.2, `utils/transformers_weight_conversion.py` `_convert_peft_config_moe`; `tuners/lora/layer.py`
        `ParamWrapper`
    """
    family = _family(request)
    _check_experts(request, family)
    targets = request.training.lora_config.target_modules
    if isinstance(targets, str):
        return targets
    if request.entry.is_vision_model and {*targets} & {*family.refused_targets}:
        return _OF_LANGUAGE_MODEL.format("|".join(map(re.escape, targets)))
    return list(targets)


def _check_experts(request: ExportRequest, family: Family) -> None:
    """
    Check how PEFT handles names that match experts.

    Raises:
        UnsayableError: It takes them only together, or without dropout.
    """
    matrices = _expert_matrices(request, family) if family.peft_converts else set()
    if matrices and request.training.lora_config.lora_dropout:
        raise UnsayableError(
            f"PEFT makes these targets parameters of experts in {family.model_type}, which take no lora_dropout"
        )
    check_pairs(request)


def check_pairs(request: ExportRequest) -> None:
    """
    Check that all matrices of a fused expert tensor are named, or none.

    Raises:
        UnsayableError: PEFT would refuse the adapter.
    """
    family = _family(request)
    matrices = _expert_matrices(request, family) if family.peft_converts else set()
    for fused, parts in family.fused_experts.items():
        if 0 < len(matrices & set(parts)) < len(parts):
            raise UnsayableError(f"PEFT adapts {' and '.join(parts)} of experts together, as {fused}: name both")


def left_experts(request: ExportRequest) -> tuple[str, ...]:
    """Return a note if module names appear to match experts but do not reach them."""
    family = _family(request)
    if family.peft_converts or not family.fused_experts or not _expert_matrices(request, family):
        return ()
    names = ", ".join(family.fused_experts)
    missed = f"experts of {family.model_type} are parameters, which these target_modules do not match"
    return (f"{missed}: name {names} as target_parameters to adapt them, which takes more memory than was counted",)


def read_targets(words: Words, key: str) -> Mapping[str, Any]:
    """Return the setting for a key with target modules: names, or ``all-linear``; patterns are not evaluated."""
    value = words.get(key)
    if value is ABSENT or value is None:
        return {}
    if isinstance(value, list):
        return {"lora_config.target_modules": list(dict.fromkeys(map(str, value)))}
    if value == "all-linear":
        return {"lora_config.target_modules": value}
    if found := _NAMES.fullmatch(value):
        return {"lora_config.target_modules": [re.sub(r"\\(.)", r"\1", name) for name in found[1].split("|")]}
    words.leave(key, "a pattern, which is not evaluated")
    return {}


def read_ends(words: Words, key: str) -> Mapping[str, Any]:
    """Return the settings for a key with fully trained modules."""
    value = words.get(key)
    return saved_settings([] if value is ABSENT or not value else value if isinstance(value, list) else [value])


def read_parameters(words: Words, key: str) -> Mapping[str, Any]:
    """Return the setting for a key with parameters; patterns over their names are not evaluated."""
    value = words.get(key) if key in words else None
    if value is None or value is ABSENT:
        return {"lora_config.target_parameters": []}
    if isinstance(value, str) and not re.fullmatch(r"[\w.]+", value):
        words.leave(key, "a pattern, which is not evaluated")
        return {}
    return {"lora_config.target_parameters": [value] if isinstance(value, str) else [str(name) for name in value]}


def _family(request: ExportRequest) -> Family:
    shape = request.entry.architecture
    return family_of(shape.model_type if shape else None)


def _expert_matrices(request: ExportRequest, family: Family) -> set[str]:
    """Return the expert matrices that the target modules name, if the model has fused experts."""
    shape = request.entry.architecture
    if shape is None or shape.moe is None or not family.fused_experts:
        return set()
    every = {matrix for parts in family.fused_experts.values() for matrix in parts}
    targets = request.training.lora_config.target_modules
    if isinstance(targets, str):
        return every if family.peft_converts else set()
    modules = family.expert_modules or family.feed_forward
    apart = family.feed_forward if family.expert_modules else {}
    named = [name for name in targets if name not in apart]
    ended = (name for name in modules if any(target == name or target.endswith(f".{name}") for target in named))
    return every & {matrix for name in ended for matrix in modules[name]}
