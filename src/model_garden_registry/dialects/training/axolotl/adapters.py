"""The method of an axolotl file, and its adapters."""

from __future__ import annotations

import re
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.adapter_rules import of_dora, saved_modules, saved_settings
from model_garden_registry.dialects.training.axolotl.patterns import matched_names
from model_garden_registry.dialects.training.huggingface.adapters import check_pairs, read_parameters
from model_garden_registry.entries.settings.reached_parts import reaches_tower
from model_garden_registry.families.family import family_of

#: Adapters of plug-ins that work like LoRA.
_LIKE_LORA = ("mixlora", "mora", "multilora")


def _write_method(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    if settings.method == "qlora":
        return {"adapter": "qlora", "load_in_4bit": True}
    if settings.method == "lora":
        return {"adapter": "lora", "load_in_8bit": settings.base_quantization == "8bit"}
    return {}


def _read_method(words: Words) -> dict[str, Any]:
    """
    Return the method, and whether the base model is quantised.

    Source:
        axolotl, `utils/schemas/peft.py` LoraConfig; `loaders/model.py` _set_quantization_config: qlora is in 4 bits and
        lora in 8 or 16, whatever else the file says
    """
    adapter, in_4bit, in_8bit = words.get("adapter"), words.get("load_in_4bit"), words.get("load_in_8bit")
    if not adapter:
        for key in ("load_in_8bit", "load_in_4bit"):
            if words.get(key):
                raise RefusedValueError(key, "needs an adapter")
        return {"method": "full", "base_quantization": None}
    if adapter == "qlora":
        if in_8bit:
            raise RefusedValueError("load_in_8bit", "cannot be combined with adapter: qlora")
        if not in_4bit:
            raise RefusedValueError("adapter", "qlora needs load_in_4bit: true")
        return {"method": "qlora", "base_quantization": None}
    if adapter != "lora":
        if adapter not in _LIKE_LORA:
            raise RefusedValueError("adapter", f"takes lora, qlora or that of a plugin, not {adapter}")
        words.doubt("adapter", f"{adapter} is counted as lora")
        return {"method": "qlora" if in_4bit else "lora", "base_quantization": None}
    if in_4bit:
        words.doubt("load_in_4bit", "does nothing with adapter: lora, the model stays in 16 bits; write adapter: qlora")
    return {"method": "lora", "base_quantization": "8bit" if in_8bit else None}


def _write_rank(request: ExportRequest) -> dict[str, Any]:
    if request.training.method == "full":
        return {}
    adapter = request.training.lora_config
    return {
        "lora_r": adapter.r,
        "lora_alpha": adapter.lora_alpha,
        "lora_dropout": float(adapter.lora_dropout),
        "peft_use_rslora": adapter.use_rslora,
    }


def _read_rank(words: Words) -> dict[str, Any]:
    if not words.get("adapter"):
        return {}
    if "lora_model_dir" in words:
        words.doubt("lora_model_dir", "has its own rank, which is assumed to be this file's")
    dropout = words.get("lora_dropout")
    if not 0 <= dropout < 1:
        raise RefusedValueError("lora_dropout", f"must be at least 0 and less than 1, not {dropout}")
    found: dict[str, Any] = {
        "lora_config.lora_dropout": dropout,
        "lora_config.use_rslora": bool(words.get("peft_use_rslora")),
    }
    for key, setting in (("lora_r", "lora_config.r"), ("lora_alpha", "lora_config.lora_alpha")):
        number = words.get(key)
        if number is not None and number < 1:
            raise RefusedValueError(key, f"must be at least 1, not {number}")
        if number is not None:
            found[setting] = number
        elif "lora_model_dir" not in words:
            raise RefusedValueError(key, "is missing: axolotl has no default for it")
    return found


def _write_targets(request: ExportRequest) -> dict[str, Any]:
    """
    Return the layers with adapters, and whether the tower is frozen that these or full fine-tuning would reach.

    Raises:
        UnsayableError: The tower is to be trained, and no layer name in the file reaches it; or PEFT refuses the names.
    """
    settings, entry = request.training, request.entry
    targets = settings.lora_config.target_modules
    found: dict[str, Any] = {}
    if settings.method != "full":
        if isinstance(targets, str):
            found["lora_target_linear"] = True
        else:
            check_pairs(request)
            found["lora_target_modules"] = list(targets)
        if saved := saved_modules(request):
            found["lora_modules_to_save"] = saved
        if settings.lora_config.target_parameters:
            found["lora_target_parameters"] = list(settings.lora_config.target_parameters)
    family = family_of(entry.architecture.model_type if entry.architecture else None)
    reached = entry.is_vision_model and (settings.method == "full" or reaches_tower(targets, family))
    if settings.trains_vision_tower and not reached:
        raise UnsayableError("axolotl trains a vision tower only if target_modules names its layers")
    return found | ({"freeze_mm_modules": True} if reached and not settings.trains_vision_tower else {})


def _read_targets(words: Words) -> dict[str, Any]:
    frozen = {"trains_vision_tower": False} if words.get("freeze_mm_modules") else {}
    if not words.get("adapter"):
        return frozen
    found: dict[str, Any] = {**saved_settings(words.get("lora_modules_to_save") or ()), **frozen}
    found |= read_parameters(words, "lora_target_parameters")
    targets = words.get("lora_target_modules")
    if words.get("lora_target_linear") or targets == "all-linear":
        return found | {"lora_config.target_modules": "all-linear"}
    if isinstance(targets, str):
        return found | _of_pattern(words, targets)
    if targets:
        return found | {"lora_config.target_modules": [str(target) for target in targets]}
    if "lora_target_parameters" not in words and "lora_model_dir" not in words:
        raise RefusedValueError("lora_target_modules", "is missing, and so is lora_target_linear: no layer is named")
    return found


def _of_pattern(words: Words, pattern: str) -> dict[str, Any]:
    """Return the names that a pattern over whole module names ends with, and what it means for the tower."""
    try:
        names = matched_names(pattern)
    except ValueError as error:
        raise RefusedValueError("lora_target_modules", str(error)) from None
    if not names:
        words.leave("lora_target_modules", "a pattern that matches no known layer")
        return {}
    in_text = re.search(r"language_model|text_model", pattern) and not re.search("visual|vision", pattern)
    return {"lora_config.target_modules": names} | ({"trains_vision_tower": False} if in_text else {})


def _write_experts(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    if not settings.expert_quantization:
        return {}
    if settings.method != "qlora" and settings.base_quantization is None:
        raise UnsayableError("axolotl quantises experts only with method qlora, or with base_quantization 8bit")
    if isinstance(settings.lora_config.target_modules, str):
        raise UnsayableError("axolotl quantises experts only if target_modules is a list of names")
    return {"quantize_moe_experts": True}


def _read_experts(words: Words) -> dict[str, Any]:
    asked = bool(words.get("quantize_moe_experts"))
    if asked and words.get("lora_target_linear"):
        raise RefusedValueError("quantize_moe_experts", "cannot be combined with lora_target_linear")
    if asked and words.get("adapter") not in ("lora", "qlora"):
        raise RefusedValueError("quantize_moe_experts", "needs adapter: lora or qlora")
    if asked and not (words.get("load_in_4bit") or words.get("load_in_8bit")):
        raise RefusedValueError("quantize_moe_experts", "needs load_in_4bit or load_in_8bit")
    return {"expert_quantization": asked}


RULES = (
    Rule(
        keys=("adapter", "load_in_4bit", "load_in_8bit"),
        settings=("method", "base_quantization"),
        write=_write_method,
        read=_read_method,
        says="qlora with load_in_4bit, lora with or without load_in_8bit; no adapter is full",
        said_by={"base_quantization": ("load_in_8bit",)},
    ),
    Rule(
        keys=("lora_r", "lora_alpha", "lora_dropout", "peft_use_rslora", "lora_model_dir"),
        settings=("lora_config.r", "lora_config.lora_alpha", "lora_config.lora_dropout", "lora_config.use_rslora"),
        write=_write_rank,
        read=_read_rank,
        said_by={
            "lora_config.r": ("lora_r",),
            "lora_config.lora_alpha": ("lora_alpha",),
            "lora_config.lora_dropout": ("lora_dropout",),
            "lora_config.use_rslora": ("peft_use_rslora",),
        },
    ),
    Rule(
        keys=(
            "lora_target_modules", "lora_target_linear", "lora_target_parameters", "lora_modules_to_save",
            "freeze_mm_modules",
        ),
        settings=(
            "lora_config.target_modules", "lora_config.target_parameters", "lora_config.modules_to_save",
            "trains_embeddings", "trains_vision_tower",
        ),
        write=_write_targets,
        read=_read_targets,
        says="lora_target_linear is all-linear; a pattern is read as the names that it ends with; "
        "freeze_mm_modules is trains_vision_tower false",
        said_by={
            "trains_embeddings": ("lora_modules_to_save",),
            "lora_config.modules_to_save": ("lora_modules_to_save",),
            "lora_config.target_parameters": ("lora_target_parameters",),
            "trains_vision_tower": ("freeze_mm_modules",),
        },
    ),
    of_dora("peft_use_dora", lambda words: not words.get("adapter")),
    Rule(
        keys=("quantize_moe_experts",),
        settings=("expert_quantization",),
        write=_write_experts,
        read=_read_experts,
    ),
)  # fmt: skip
