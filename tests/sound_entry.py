"""One sound entry, and ways to change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.hardware.demand import demand_of
from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.checks.validation import Candidate
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.reports import Report

ENTRY: dict[str, Any] = {
    "id": "org/model",
    "name": "Model",
    "category": "text-llm",
    "provider": "org",
    "base_architecture": "llama",
    "parameters": "8B",
    "description": "Eight billion parameters.",
    "tags": ["small"],
    "status": "stable",
    "quantization": {"method": None, "type": None},
    "architecture": {
        "model_type": "llama",
        "parameters": 8_000_000_000,
        "num_attention_heads": 32,
        "max_position_embeddings": 8192,
    },
    "requirements": {"min_vram_gb": 20, "recommended_vram_gb": 24, "min_ram_gb": 16, "min_gpus": 1},
    "capabilities": {
        "training": True,
        "inference": True,
        "vision": False,
        "structured_outputs": True,
        "streaming": True,
    },
    "training_defaults": {
        "hyperparameters": {
            "learning_rate": 0.0002,
            "num_epochs": 3,
            "batch_size": 2,
            "gradient_accumulation_steps": 4,
            "warmup_steps": 10,
            "max_seq_length": 2048,
            "optim": "adamw_8bit",
            "lr_scheduler_type": "linear",
        },
        "lora_config": {"r": 16, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": ["q_proj", "v_proj"]},
    },
    "inference_defaults": {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.9},
    "urls": {"huggingface": None, "docs": None},
}

Changes = Mapping[str, Any]


def changed_entry(changes: Changes) -> dict[str, Any]:
    """Copy the sound entry and set what stands at dotted paths."""
    entry = deepcopy(ENTRY)
    for path, value in changes.items():
        *parents, key = path.split(".")
        inner = entry
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[key] = value
    return entry


def without_shape() -> dict[str, Any]:
    """Copy the sound entry as older files have it: the size of its network is a word, and nothing else is stated."""
    return {key: deepcopy(value) for key, value in ENTRY.items() if key not in ("architecture", "quantization")}


def document_of(*entries: dict[str, Any]) -> dict[str, Any]:
    """Put entries into a registry of two categories, under their ids."""
    category = {"name": "Name", "description": "Text."}
    return {
        "version": "1.1.0",
        "last_updated": "2026-11-23T00:00:00Z",
        "categories": {"text-llm": category, "vision-vlm": category, "own": category},
        "models": {entry["id"]: entry for entry in entries},
    }


@pytest.fixture
def raw_with() -> Callable[[Changes], dict[str, Any]]:
    """Give a maker of raw entries: the sound one with changes at dotted paths."""
    return changed_entry


@pytest.fixture
def entry_with() -> Callable[[Changes], ModelInfo]:
    """Give a maker of entries: the sound one with changes at dotted paths."""
    return lambda changes: ModelInfo.model_validate(changed_entry(changes))


@pytest.fixture
def document() -> Callable[..., dict[str, Any]]:
    """Give a maker of documents from raw entries."""
    return document_of


@pytest.fixture
def file_of() -> Callable[..., RegistryFile]:
    """Give a maker of registry files from raw entries."""
    return lambda *entries: RegistryFile(document_of(*entries), Path("registry.json"))


def judged(entry: ModelInfo, task: Task, settings: Settings | None, **asked: Any) -> Report:
    """Judge an entry with merged settings, as the registry does once it has looked them up."""
    hardware, flaws = asked.pop("hardware", None), tuple(asked.pop("flaws", ()))
    candidate = Candidate(subject=asked.pop("subject", entry.id), entry=entry, task=task, flaws=flaws)
    case = candidate.case(demand_of(entry, task, settings), machine_of(hardware) if hardware else None)
    return Assessment(replace(case, **asked)).report
