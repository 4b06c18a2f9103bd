"""Measurements that an entry states, each beside the estimate for the same run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.provenance import Benchmark
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import stack_of, stack_package
from model_garden_registry.families.versions import release_of
from model_garden_registry.memory.gpu_memory import gpu_memory
from model_garden_registry.units import GB, GIB, MIB

_UNITS = {"GB": GB, "GiB": GIB, "MB": 10**6, "MiB": MIB}
#: Quantities that an estimate has, by what is counted.
_READINGS: Mapping[str | None, Literal["allocated", "reserved"]] = {
    "peak_reserved": "reserved",
    "peak_allocated": "allocated",
}
_SEVERAL = re.compile(r"(?:[2-9]|[1-9][0-9]+) ?x", re.IGNORECASE)
#: Shortest context of an entry, in tokens.
_SHORTEST = 128
_REQUEST = re.compile(r"one request: (\d{1,9}) tokens of prompt, (\d{1,9}) new ones")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    A measurement of memory, and the estimate for it.

    Args:
        result: As the entry states it.

        measured_bytes: The same in bytes.

        expected_bytes: The estimate for its settings, of what was counted; None: it cannot be compared.

        why_not: Why it cannot be compared, as half a sentence; None: it can.

        estimated_as: The release that the estimate is for, where it is not the measured one: the oldest whose facts are
            known.
    """

    result: Benchmark
    measured_bytes: int
    expected_bytes: int | None = None
    why_not: str | None = None
    estimated_as: str | None = None

    @property
    def difference(self) -> float | None:
        """The estimate's difference from the measurement, as a share of that: 0.1 is ten percent too much."""
        return None if self.expected_bytes is None else self.expected_bytes / self.measured_bytes - 1


def evidence_of(entry: ModelInfo, task: Task | None = None) -> tuple[Evidence, ...]:
    """
    Return the measurements of memory that an entry states, beside the estimates for them.

    Args:
        task: Only those of this task; None: of both.
    """
    return tuple(
        _evidence(entry, result)
        for result in entry.benchmarks
        if is_measurement(result) and task in (None, result.task)
    )


def is_measurement(result: Benchmark) -> bool:
    """Return whether a result is the memory of a run."""
    return result.task is not None and result.unit in _UNITS and result.value > 0


def _evidence(entry: ModelInfo, result: Benchmark) -> Evidence:
    measured = round(result.value * _UNITS[result.unit])
    why_not = _why_not(entry, result)
    expected = None
    if why_not is None:
        try:
            expected = _expected(entry, result)
        except RegistryError:
            why_not = "the entry or its settings do not allow it"
    release = None if expected is None else _release(result)
    return Evidence(
        result=result,
        measured_bytes=measured,
        expected_bytes=expected,
        why_not=why_not,
        estimated_as=None if release == result.version else release,
    )


def _why_not(entry: ModelInfo, result: Benchmark) -> str | None:
    """Return why the entry does not state enough of a run to estimate it."""
    if result.quantity not in _READINGS:
        return "no estimate is of this quantity"
    if _SEVERAL.match(result.gpu or ""):
        return "it does not state how the GPUs shared it"
    if result.task == "inference":
        return None if _request(result) else "it does not state the length of the request"
    has_experts = entry.architecture is not None and entry.architecture.moe is not None
    if has_experts and result.settings.get("method") == "qlora" and _release(result) != result.version:
        return "experts are quantised by release, and its release is older than those that are known"
    is_known = "gradient_checkpointing" in result.settings or (
        result.stack is not None and stack_of(result.stack).gradient_checkpointing
    )
    return None if is_known else "it does not state gradient_checkpointing"


def _expected(entry: ModelInfo, result: Benchmark) -> int:
    """
    Return the estimate for a run.

    Raises:
        RegistryError: Its settings are not possible, or the entry does not state its shape.
    """
    tool = "stack" if result.task == "training" else "engine"
    tools = {"stack": result.stack, "engine": result.engine, f"{tool}_version": _release(result)}
    alone = {"n_gpus": 1} if result.task == "training" else {"tensor_parallel_size": 1}
    layer = Layer({**alone, **result.settings, **{name: tool for name, tool in tools.items() if tool}})
    reading = _READINGS[result.quantity]
    if result.task == "training":
        return _training(entry, merge(entry, "training", layer), reading)
    request = _request(result)
    length = Layer({"max_model_len": max(sum(request), _SHORTEST)})
    return _inference(entry, merge(entry, "inference", length, layer), reading, request)


def _release(result: Benchmark) -> str | None:
    """Return the release to estimate for: the measured one, or the oldest whose facts are known; None: the default."""
    if result.version is None or release_of(result.version) is None:
        return None
    if result.stack is not None:
        package = stack_package(result.stack)
    elif result.engine is not None:
        package = engine_package(result.engine)
    else:
        return None
    return result.version if package.covers(result.version) else package.oldest


def _request(result: Benchmark) -> tuple[int, ...]:
    """Return the tokens of the prompt and of the answer, as the conditions of a run state them; else nothing."""
    match = _REQUEST.fullmatch(result.conditions or "")
    return tuple(map(int, match.groups())) if match else ()


def _training(entry: ModelInfo, settings: TrainingSettings, reading: Literal["allocated", "reserved"]) -> int:
    from model_garden_registry.memory.training.runtime import training_runtime
    from model_garden_registry.memory.training.training_estimate import estimate_training

    published = entry.architecture.dtype if entry.architecture else None
    runtime = replace(training_runtime(settings, gpu_memory(None), published=published), reading=reading)
    return estimate_training(entry, settings, runtime=runtime).expected_bytes


def _inference(
    entry: ModelInfo, settings: InferenceSettings, reading: Literal["allocated", "reserved"], request: tuple[int, ...]
) -> int:
    from model_garden_registry.memory.serving.runtime import InferenceRuntime
    from model_garden_registry.memory.serving.serving_estimate import estimate_inference

    prompt, answer = request
    runtime = InferenceRuntime(reading=reading, prompt_tokens=prompt, new_tokens=answer)
    return estimate_inference(entry, settings, runtime=runtime).expected_bytes
