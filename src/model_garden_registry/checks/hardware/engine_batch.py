"""The batch that an engine chooses by what a GPU is, not only by its memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

from model_garden_registry.checks.hardware.fit import Machine
from model_garden_registry.checks.hardware.need import Demand
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import engine_of
from model_garden_registry.hardware.gpus import Device


def demand_on(demand: Demand, machine: Machine | None) -> Demand:
    """
    Return a demand with the batch that its engine takes on the largest GPU of a machine, where that is an exception.

    vLLM takes a small batch on an A100 of any size: the memory of the GPU alone does not say so.
    """
    device = machine.largest if machine else None
    if device is None or not isinstance(demand.settings, InferenceSettings):
        return demand
    changes = _exception(demand.settings, device)
    if not changes:
        return demand
    settings = with_changes(demand.settings, changes, f"{demand.settings.engine}, chosen for {device.name}")
    return replace(demand, settings=settings, own=demand.own and demand_on(demand.own, machine))


def _exception(settings: InferenceSettings, device: Device) -> Mapping[str, int]:
    """Give what of the batch nobody has set and the engine chooses otherwise than for other GPUs of the size."""
    engine, total = engine_of(settings.engine, settings.engine_version), device.total_bytes
    if not engine.batches or not isinstance(total, int):
        return {}
    usual, here = engine.batch_on(total), engine.batch_on(total, **_told(device))
    chosen = {"max_num_seqs": (usual.sequences, here.sequences), "max_num_batched_tokens": (usual.tokens, here.tokens)}
    return {
        name: after
        for name, (before, after) in chosen.items()
        if after is not None and after != before and getattr(settings, name) is None
    }


class _Told(TypedDict):
    gpu_name: str
    capability: tuple[int, int] | None


def _told(device: Device) -> _Told:
    name, capability = device.name, device.compute_capability
    return {
        "gpu_name": name if isinstance(name, str) else "",
        "capability": capability if isinstance(capability, tuple) else None,
    }
