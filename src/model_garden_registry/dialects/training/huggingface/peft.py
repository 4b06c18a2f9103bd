"""``LoraConfig`` as JSON: the ``adapter_config.json`` of a LoRA adapter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same
from model_garden_registry.dialects.training.adapter_rules import of_dora, of_parameters, saved_modules
from model_garden_registry.dialects.training.huggingface.adapters import (
    ADAPTER_SETTINGS,
    left_experts,
    read_ends,
    read_parameters,
    read_targets,
    target_modules,
)
from model_garden_registry.entries.settings.task_settings import TrainingSettings, setting_fields


def _write_kind(request: ExportRequest) -> Mapping[str, Any]:
    if request.training.method == "full":
        raise UnsayableError("method full trains no adapter")
    return {"peft_type": "LORA", "bias": "none"}


def _read_kind(words: Words) -> Mapping[str, Any]:
    if "peft_type" in words and words.get("peft_type") != "LORA":
        words.leave("peft_type", "adapters of that kind are not counted")
    if "bias" in words and words.get("bias") != "none":
        words.leave("bias", "trained biases are not counted")
    return {}


def _write_saved(request: ExportRequest) -> Mapping[str, Any]:
    saved = saved_modules(request)
    return {"modules_to_save": saved} if saved else {}


_RULES = (
    Rule(
        keys=("peft_type", "bias"),
        settings=("method",),
        write=_write_kind,
        read=_read_kind,
        says="LORA for lora and qlora: the bits are set where the base is loaded",
    ),
    same("r", "lora_config.r"),
    same("lora_alpha", "lora_config.lora_alpha"),
    same("lora_dropout", "lora_config.lora_dropout"),
    same("use_rslora", "lora_config.use_rslora"),
    Rule(
        keys=("target_modules",),
        settings=("lora_config.target_modules",),
        write=lambda request: {"target_modules": target_modules(request)},
        read=lambda words: read_targets(words, "target_modules"),
        says="names, or all-linear",
    ),
    Rule(
        keys=("modules_to_save",),
        settings=("trains_embeddings", "lora_config.modules_to_save"),
        write=_write_saved,
        read=lambda words: read_ends(words, "modules_to_save"),
        says="embeddings and head, and others",
    ),
    of_parameters("target_parameters", read_parameters, lambda _: False),
    of_dora("use_dora", lambda _: False),
)
_OF_RUN = {"method", "trains_embeddings", "stack", *ADAPTER_SETTINGS}

PEFT = Dialect(
    name="peft",
    task="training",
    model_key="base_model_name_or_path",
    rules=_RULES,
    forms=("json",),
    marks=frozenset({"peft_type", "base_model_name_or_path"}),
    constants={},
    refuses_unknown=False,
    always=lambda _: {"task_type": "CAUSAL_LM", "inference_mode": False},
    notes=left_experts,
    unsaid={
        path: "an adapter's file says nothing of the run"
        for path in setting_fields(TrainingSettings)
        if path not in _OF_RUN and not path.startswith("selective_loss.")
    },
)
