"""Lengths, batches and requirements for the machines that defaults must fit, by the memory model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any, NamedTuple, TypeVar

from model_garden_registry.authoring.machines import MACHINES, Machine
from model_garden_registry.authoring.policy import LARGEST_BATCH, LARGEST_CONTEXT, with_batch
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimation import estimate, typical_architecture
from model_garden_registry.memory.fitting.budgets import Measure, fits
from model_garden_registry.memory.fitting.gpu_sizes import (
    gpu_size_gb,
    least_settings,
    required_memory,
    smallest_gpu_gb,
)
from model_garden_registry.memory.fitting.solver import largest, parallel_sizes
from model_garden_registry.memory.network.weights import published_weight_bytes
from model_garden_registry.units import GB

AnySettings = TypeVar("AnySettings", InferenceSettings, TrainingSettings)

#: Main memory for the loader: weights are loaded file by file, half of them at once is enough.
_LEAST_RAM_GB, _RAM_STEP_GB, _RAM_SHARE = 8, 4, 0.5

#: Requirements of a draft until they are computed.
UNSIZED: Mapping[str, Any] = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 0}


class Sized(NamedTuple):
    """
    Defaults of a task that fit.

    Args:
        defaults: The task's defaults as an entry states them.

        requirements: What each GPU must have, as an entry states it.

        source: How it was computed, in a sentence.
    """

    defaults: dict[str, Any]
    requirements: dict[str, Any]
    source: str


def size_training(entry: ModelInfo, defaults: dict[str, Any], *, may_grow: bool = True) -> Sized | None:
    """
    Find the smallest machine for training with these defaults, and the largest batch that fits on it.

    Args:
        entry: A draft with these defaults.

        may_grow: Whether the batch may be chosen.

    Returns:
        None: no machine is enough.
    """
    asked = least_settings(entry, merge(entry, "training"))
    found = _smallest_machine(entry, asked, MACHINES)
    if found is None:
        return None
    least = _on(asked, found)
    batch = _largest_batch(entry, least, found) if may_grow else merge(entry, "training").batch_size
    grown = with_batch(defaults, batch) if may_grow else defaults
    settings = least.model_copy(update={"batch_size": batch})
    what = f"{settings.stack} {settings.method} r={settings.lora_config.r}, {batch} x {settings.max_seq_length} tokens"
    return Sized(grown, *_requirements(entry, settings, found, what))


def size_inference(entry: ModelInfo, defaults: dict[str, Any], *, may_grow: bool = True) -> Sized | None:
    """
    Find the smallest machine for serving with these defaults, and the longest context that fits on it.

    Args:
        entry: A draft with these defaults.

        may_grow: Whether the context may be chosen.

    Returns:
        None: no machine is enough.
    """
    asked = merge(entry, "inference")
    sizes = set(parallel_sizes(entry, asked)) if asked.engine == "vllm" else {1}
    found = _smallest_machine(entry, asked, [machine for machine in MACHINES if machine.gpus in sizes])
    if found is None:
        return None
    settings = _on(asked, found)
    if may_grow:
        # One GB less than the GPU, so that the recommended one leaves a margin.
        most = largest(entry, settings, "max_model_len", gpu_total_bytes=found.gpu_bytes_each - GB) or 0
        longest = max(settings.max_model_len, _longest(entry, most))
        settings = settings.model_copy(update={"max_model_len": longest})
    grown = {**defaults, "max_model_len": settings.max_model_len, "tensor_parallel_size": found.gpus}
    least = least_settings(entry, settings).max_model_len
    shorter = f" ({least} for the minimum)" if least != settings.max_model_len else ""
    what = f"{settings.engine}, one sequence of {settings.max_model_len} tokens{shorter}"
    return Sized(grown, *_requirements(entry, settings, found, what))


def size_stated(
    entry: ModelInfo, defaults: dict[str, Any], needs: Mapping[str, Any], *, may_grow: bool = True
) -> Sized:
    """
    Find the longest context with which serving is expected to stay within a stated minimum.

    A stated minimum is for the entry's own settings, and decides if the shape is guessed: with a context that needs
    more, the entry would pass where it does not run. The context that any machine must serve is the least.

    Args:
        entry: A draft with these defaults.

        needs: Stated requirements of serving, as an entry has them.

        may_grow: Whether the context may be chosen.
    """
    machine = Machine(needs.get("min_gpus", 1), floor(needs["min_vram_gb"]))
    settings = _on(merge(entry, "inference"), machine)
    if may_grow:
        measure = Measure.EXPECTED
        most = largest(entry, settings, "max_model_len", gpu_total_bytes=machine.gpu_bytes_each, measure=measure)
        longest = max(settings.max_model_len, _longest(entry, most or 0))
        settings = settings.model_copy(update={"max_model_len": longest})
    grown = {**defaults, "max_model_len": settings.max_model_len, "tensor_parallel_size": machine.gpus}
    return Sized(grown, dict(needs), f"{settings.engine}, one sequence of {settings.max_model_len} tokens, as stated")


def larger_of(tasks: Mapping[Task, Mapping[str, Any]], ram_gb: int, capability: str) -> dict[str, Any]:
    """Return the requirements of an entry: the larger of its tasks' for each number, and the tasks' own."""
    blocks = tasks.values()
    return {
        "min_vram_gb": max(block["min_vram_gb"] for block in blocks),
        "recommended_vram_gb": max(block["recommended_vram_gb"] for block in blocks),
        "min_ram_gb": ram_gb,
        "cuda_compute_capability": capability,
        "min_gpus": max(block["min_gpus"] for block in blocks),
        **{task: dict(block) for task, block in tasks.items()},
    }


def ram_gb(entry: ModelInfo) -> int:
    """Return the main memory for loading an entry, in decimal GB."""
    try:
        stored = published_weight_bytes(entry)
    except MissingShapeError:
        stored = published_weight_bytes(entry.model_copy(update={"architecture": typical_architecture(entry)}))
    return max(_LEAST_RAM_GB, ceil(stored * _RAM_SHARE / GB / _RAM_STEP_GB) * _RAM_STEP_GB)


def _on(settings: AnySettings, machine: Machine) -> AnySettings:
    """Return the settings for the GPUs of a machine, merged as for an entry with that many."""
    if isinstance(settings, InferenceSettings):
        return settings.model_copy(update={"tensor_parallel_size": machine.gpus})
    split = "device_map" if machine.gpus > 1 else "none"
    return settings.model_copy(update={"n_gpus": machine.gpus, "sharding": split})


def _smallest_machine(entry: ModelInfo, asked: AnySettings, machines: Sequence[Machine]) -> Machine | None:
    """Return the first machine with a comfortable GPU: for each count, the smallest size above the least."""
    for limit in machines:
        least = smallest_gpu_gb(entry, _on(asked, limit))
        if least < limit.gpu_gb:
            return limit._replace(gpu_gb=gpu_size_gb(least + 1))
    return None


def _largest_batch(entry: ModelInfo, least: TrainingSettings, machine: Machine) -> int:
    """Return the largest power-of-two batch that fits on the machine."""
    batch = 1
    while batch < LARGEST_BATCH:
        larger = least.model_copy(update={"batch_size": batch * 2})
        if not fits(entry, larger, gpu_total_bytes=machine.gpu_bytes_each):
            break
        batch *= 2
    return batch


def _longest(entry: ModelInfo, most: int) -> int:
    """Return the longest context that fits: all positions, or a power of two; a usual one if they are unknown."""
    positions = entry.architecture.max_position_embeddings if entry.architecture else None
    if positions and most >= positions:
        return positions
    return 1 << max(min(most, positions or LARGEST_CONTEXT).bit_length() - 1, 0)


def _requirements(entry: ModelInfo, settings: Settings, machine: Machine, what: str) -> tuple[dict[str, Any], str]:
    """Return the requirements as ``mgr lint --fix`` would write them, and their source."""
    found = estimate(entry, settings, gpu_total_bytes=machine.gpu_bytes_each)
    gpus = f"{machine.gpus} GPUs, each" if machine.gpus > 1 else "one GPU"
    accuracy = "as a typical network of this size" if found.is_coarse else f"{found.expected_bytes / GB:.1f} GB"
    need = {**required_memory(entry, settings)._asdict(), "min_gpus": machine.gpus}
    return need, f"{what}, {gpus} {accuracy} + {found.margin:.0%}"
