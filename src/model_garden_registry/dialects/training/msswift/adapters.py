"""Modules that ms-swift adapts, or trains fully beside an adapter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, Words
from model_garden_registry.dialects.training.adapter_rules import (
    of_adapter,
    of_dora,
    of_parameters,
    saved_modules,
    saved_settings,
)
from model_garden_registry.dialects.training.huggingface.adapters import read_parameters
from model_garden_registry.entries.settings.reached_parts import ENDS, reaches_tower
from model_garden_registry.families.family import family_of


def is_full(words: Words) -> bool:
    """Return whether all weights are trained."""
    return bool(words.get("tuner_type") == "full")


def _alpha(words: Words) -> int | None:
    alpha = words.get("lora_alpha")
    if alpha == int(alpha):
        return int(alpha)
    words.leave("lora_alpha", "a fraction, which scales the adapter's output")
    return None


def _targets() -> Rule:
    """Return the rule for targets: names reach a tower too if it has layers of that name; a pattern leaves it out."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        targets = request.value("lora_config.target_modules")
        if request.value("method") == "full":
            return {}
        if isinstance(targets, str):
            return {"target_modules": [targets]}
        return {"target_regex": _pattern(targets)} if _reaches(request, targets) else {"target_modules": list(targets)}

    def read(words: Words) -> Mapping[str, Any]:
        if is_full(words):
            return {}
        pattern = words.get("target_regex")
        targets = _named(words) if pattern is None else _of_pattern(pattern)
        if pattern is not None and targets is None:
            words.leave("target_regex", "a pattern of adapted modules")
        return {} if targets is None else {"lora_config.target_modules": targets}

    return Rule(
        keys=("target_modules", "target_regex"),
        settings=("lora_config.target_modules",),
        write=write,
        read=read,
        says="a pattern if names would match an untrained vision tower",
    )


#: Parts of the names of towers: ``visual``, ``vision_tower``, ``vpm``, ``audio_tower``.
_TOWERS = r"^(?!.*(?:vis|vpm|img|image|audio)).*\.(?:"


def _reaches(request: ExportRequest, targets: Sequence[str]) -> bool:
    """
    Return whether names match layers of a tower that is not to be trained.

    Source:
        4.6, `pipelines/train/tuner.py` get_target_modules: `freeze_vit` applies to `all-linear` only
    """
    if request.value("trains_vision_tower") or not request.entry.is_vision_model:
        return False
    shape = request.entry.architecture
    return reaches_tower(targets, family_of(shape.model_type if shape else None))


def _pattern(targets: Sequence[str]) -> str:
    return f"{_TOWERS}{'|'.join(map(re.escape, targets))})$"


def _of_pattern(pattern: str) -> list[str] | None:
    """Return the names in a pattern that we wrote; None for other patterns."""
    names = pattern.removeprefix(_TOWERS).removesuffix(")$").split("|")
    found = [re.sub(r"\\(.)", r"\1", name) for name in names]
    return found if _pattern(found) == pattern else None


def _named(words: Words) -> str | list[str] | None:
    named = words.get("target_modules")
    targets = [str(one) for one in (named if isinstance(named, list) else [named])]
    groups = [one for one in targets if one.startswith("all-") and one != "all-linear"]
    if groups or (len(targets) > 1 and "all-linear" in targets):
        words.leave("target_modules", "names beside all-linear")
    if "all-linear" in targets:
        return "all-linear"
    return None if groups else targets


def _adapter_dtype() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        dtype = request.value("adapter_dtype")
        return {} if dtype == "float32" else {"lora_dtype": dtype}

    return Rule(
        keys=("lora_dtype",),
        settings=("adapter_dtype",),
        write=write,
        read=lambda words: {"adapter_dtype": words.get("lora_dtype") or "float32"},
        says="not written for float32",
    )


def _saved() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        saved = saved_modules(request)
        return {"modules_to_save": saved} if saved else {}

    def read(words: Words) -> Mapping[str, Any]:
        if is_full(words):
            return {}
        named = words.get("modules_to_save") if "modules_to_save" in words else []
        names = [str(one) for one in (named if isinstance(named, list) else [named])]
        ends = ENDS if "all-embedding" in names else ()
        return saved_settings([*ends, *(name for name in names if name != "all-embedding")])

    return Rule(
        keys=("modules_to_save",),
        settings=("trains_embeddings", "lora_config.modules_to_save"),
        write=write,
        read=read,
        says="names of modules; all-embedding is embeddings and head",
    )


def _tower() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        trains = request.value("trains_vision_tower")
        return {"freeze_vit": not trains} if trains or request.entry.is_vision_model else {}

    return Rule(
        keys=("freeze_vit",),
        settings=("trains_vision_tower",),
        write=write,
        read=lambda words: {"trains_vision_tower": not words.get("freeze_vit")},
        says="the opposite",
    )


RULES = (
    of_adapter("lora_rank", "r", is_full),
    of_adapter("lora_alpha", "lora_alpha", is_full, of=_alpha),
    of_adapter("lora_dropout", "lora_dropout", is_full),
    _targets(),
    of_adapter("use_rslora", "use_rslora", is_full),
    _adapter_dtype(),
    _saved(),
    of_parameters("target_parameters", read_parameters, is_full),
    of_dora("use_dora", is_full),
    _tower(),
)
