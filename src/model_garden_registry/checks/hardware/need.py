"""What a task needs: of each GPU, by what the entry declares and by what is estimated for the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

from model_garden_registry.checks.entry.limits import declared_capability
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import own_settings
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    OriginKind,
    Settings,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Device
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import largest_share
from model_garden_registry.memory.gpu_memory import GpuMemory, gpu_memory
from model_garden_registry.memory.network.shape import states_shape
from model_garden_registry.units import GB, gigabytes_text

_CHOSEN = (OriginKind.FILE, OriginKind.OVERRIDE)
#: A GPU by which needs are compared where none is named: every engine's choices for large ones hold.
_ANY_GPU_BYTES = 80 * GB
#: Where a tiny GPU has no memory beside CUDA graphs, nothing fits it.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What each of some GPUs must have.

    Args:
        least_bytes: Memory of the GPU below which it does not work; 0: nothing is needed, as far as is known.

        comfortable_bytes: Memory of the GPU from which it works with a margin.

        used_bytes: What of it is used: the estimate itself, of which an engine may fill a share only, or what a person
            stated. None: all that is needed.

        taken_bytes: What an engine takes of it at its start, whatever it needs, and without which it does not start; 0
            where it takes only what it needs.

        is_stated: Whether ``least_bytes`` is a number that a person declared or measured, not an estimate.

        compute_capability: Major and minor that a person stated; None where nobody did.

        explanation: Where the least comes from, when it is no number that stands anywhere else; else empty.
    """

    least_bytes: int
    comfortable_bytes: int
    used_bytes: int | None = None
    taken_bytes: int = 0
    is_stated: bool = False
    compute_capability: tuple[int, int] | None = None
    explanation: str = ""

    @property
    def free_bytes(self) -> int:
        """What must be free to start: what is used, or what is taken at once."""
        used = self.least_bytes if self.used_bytes is None else self.used_bytes
        return max(used, self.taken_bytes)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """
    What a task with its settings asks of hardware.

    Of what the entry requires, only what a person declared or measured binds; what was derived from an estimate never
    refuses anything, since the estimate for the settings, the split and the GPU in question says it better.

    Args:
        settings: None where the entry has none for the task.

        own: The demand of the entry's own settings, which its minimum is for; None where these are they.
    """

    entry: ModelInfo
    task: Task
    settings: Settings | None
    own: Demand | None = None
    _estimates: dict[object, MemoryEstimate] = field(default_factory=dict, init=False, repr=False, compare=False)
    _splits: dict[object, Demand] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def gpus(self) -> int:
        """How many GPUs must each meet the need: as the settings split the model, or as a person stated."""
        return self.parts if self.is_split_set else max(self.stated_gpus, self.parts)

    @property
    def parts(self) -> int:
        """Over how many GPUs the settings split the model, or train it; 1 where there are no settings."""
        if isinstance(self.settings, InferenceSettings):
            return self.settings.gpus
        return self.settings.n_gpus if self.settings else 1

    @property
    def is_split_set(self) -> bool:
        """
        Whether the split was asked for, or chosen for the hardware; else it is the entry's own, or a default.

        Stages and copies of the model that were asked for leave open over how many GPUs each of them is split.
        """
        settings = self.settings
        name = "tensor_parallel_size" if isinstance(settings, InferenceSettings) else "n_gpus"
        return settings is not None and settings.origins[name].kind in _CHOSEN

    @cached_property
    def stated_gpus(self) -> int:
        """How many GPUs a person declared or measured that the entry's own settings need; 1 where nobody did."""
        return self.entry.requirements_for(self.task).min_gpus if self._is_stated("min_gpus") else 1

    @cached_property
    def stated_bytes(self) -> tuple[int, int]:
        """Least and recommended memory of each GPU that a person declared or measured; 0 where nobody did."""
        declared = self.entry.requirements_for(self.task)
        least = round(declared.min_vram_gb * GB) if self._is_stated("min_vram_gb") else 0
        return least, round(declared.recommended_vram_gb * GB) if self._is_stated("recommended_vram_gb") else 0

    @cached_property
    def is_ram_stated(self) -> bool:
        """Whether a person declared or measured how much main memory is needed."""
        return _source_of(self.entry, "min_ram_gb") != "derived"

    @cached_property
    def stated_capability(self) -> tuple[int, int] | None:
        """The compute capability that a person declared; None where nobody did."""
        return declared_capability(self.entry)

    def split_over(self, split: object, make: Callable[[], Demand]) -> Demand:
        """Return the same demand with another split, which ``make`` gives: once, for all machines."""
        found = self._splits.get(split)
        if found is None:
            found = self._splits[split] = make()
        return found

    @property
    def is_exact(self) -> bool:
        """Whether the entry states the shape that an exact estimate needs."""
        return self.settings is not None and states_shape(self.entry)

    def estimate(self, gpu_total_bytes: int | None = None) -> MemoryEstimate | None:
        """Estimate the memory of each GPU; None where there are no settings."""
        if self.settings is None:
            return None
        gpu = gpu_memory(gpu_total_bytes)
        known: object = None if gpu is None else gpu.facts
        if gpu is not None and self.task == "training":
            known = gpu.lacks_bfloat16  # of a GPU, training asks nothing else
        found = self._estimates.get(known)  # several questions are about the same GPU
        if found is None:
            found = estimate(self.entry, self.settings, gpu_total_bytes=gpu_total_bytes)
            self._estimates[known] = found
        return found

    def is_changed(self, gpu_total_bytes: int | None = None) -> bool:
        """Return whether the settings need other memory, or other GPUs, than the entry's own."""
        return self.own is not None and self._footprint(gpu_total_bytes) != self.own._footprint(gpu_total_bytes)

    def of_each(self, gpu_total_bytes: int | None = None) -> Need:
        """
        Give what each GPU must have: the larger of a stated minimum and the estimate.

        A stated minimum is for the entry's own settings. Others that need less are judged by the estimate alone; where
        the minimum was measured, it is lowered by as much as the estimate is. A guessed shape decides only where no
        minimum is stated.

        Args:
            gpu_total_bytes: Memory of the GPU in question: engines choose by it, and take a share of it.
        """
        least, comfortable = self.stated_bytes
        expected, safe = self._of_gpu(gpu_total_bytes)
        own_expected, own_safe = self.own._of_gpu(gpu_total_bytes) if self.own and least + comfortable else (0, 0)
        if expected < own_expected:
            is_measured = self._source("min_vram_gb") == "measured"
            least = least + expected - own_expected if is_measured else 0
            comfortable = comfortable + min(safe - own_safe, 0) if is_measured else 0
        needed, found = max(least, expected), self.estimate(gpu_total_bytes)
        return Need(
            least_bytes=needed,
            comfortable_bytes=max(needed, comfortable, safe),
            used_bytes=max(least, found.expected_bytes if found and expected else 0),
            taken_bytes=self._taken(gpu_total_bytes),
            is_stated=least > expected,
            compute_capability=self.stated_capability,
            explanation=self._explanation(gpu_total_bytes) if needed == expected else "",
        )

    def notes(self, gpu_total_bytes: int | None = None) -> Iterator[Finding]:
        """Return where the numbers come from, when that is not the usual place."""
        found, is_changed = self.estimate(gpu_total_bytes), self.is_changed(gpu_total_bytes)
        if found is None:
            return
        for setting in found.not_modelled:
            yield Finding(
                code=Code.NOT_MODELLED,
                severity=Severity.WARNING if setting.can_add else Severity.NOTE,
                message=f"not modelled: {setting}",
            )
        if found.is_coarse and is_changed and self.stated_bytes[0]:
            message = f"the settings need other memory than the entry's own, and {found.assumptions[0]}"
            yield Finding(code=Code.SHAPE_MISSING, severity=Severity.WARNING, message=f"{message}; its minimum stays")
        elif found.is_coarse:
            yield Finding(code=Code.ESTIMATE_COARSE, severity=Severity.NOTE, message=found.assumptions[0])
        elif is_changed and any(self.stated_bytes):
            message = "the declared minimum is for the entry's own settings; these are judged by the estimate as well"
            yield Finding(code=Code.MINIMUM_IS_FOR_DEFAULTS, severity=Severity.NOTE, message=message)

    def _source(self, name: str) -> str:
        """Return the kind of the source of a requirement for the task."""
        return _source_of(self.entry, name, self.task)

    def _is_stated(self, name: str) -> bool:
        return self._source(name) != "derived"

    def _of_gpu(self, total: int | None) -> tuple[int, int]:
        """Give expected and safe bytes of the GPU; of no settings, or a guessed shape beside a minimum, nothing."""
        found = self.estimate(total)
        if self.settings is None or found is None or (found.is_coarse and self.stated_bytes[0]):
            return 0, 0
        share = largest_share(self.entry, self.settings, gpu_total_bytes=total) or _LEAST_SHARE
        return ceil(found.expected_bytes / share), ceil(found.safe_bytes / share)

    def _explanation(self, total: int | None) -> str:
        """Say what of the GPU an engine may fill, where that is not all."""
        settings, found = self.settings, self.estimate(total)
        if settings is None or found is None or found.is_coarse:
            return ""
        share = largest_share(self.entry, settings, gpu_total_bytes=total)
        return f"{gigabytes_text(found.expected_bytes)} within gpu_memory_utilization {share:g}" if share < 1 else ""

    def _taken(self, total: int | None) -> int:
        """Give what vLLM takes of a GPU at its start, whatever it needs; 0 for other engines."""
        settings, found = self.settings, self.estimate(total)
        if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or not total or found is None:
            return 0
        from model_garden_registry.memory.serving.vllm import graphs_beside_share, utilization

        graphs = 0 if found.is_coarse else graphs_beside_share(self.entry, settings, gpu_total_bytes=total)
        return ceil(utilization(found, settings, gpu_total_bytes=total, graph_bytes=graphs) * total)

    def _footprint(self, total: int | None) -> tuple[object, ...]:
        """Return all by which settings decide what GPUs must have."""
        found = self.estimate(total)
        share = self.settings and largest_share(self.entry, self.settings, gpu_total_bytes=total or _ANY_GPU_BYTES)
        return (self.parts, share, *((found.parts, found.margin, found.is_coarse) if found else ()))


def demand_of(entry: ModelInfo, task: Task, settings: Settings | None, *, own: Demand | None = None) -> Demand:
    """
    Return what a task with its settings asks of hardware.

    Args:
        own: The demand of the entry's own settings, where several questions share it; None: it is made if needed.
    """
    if settings is None or not any(origin.kind in _CHOSEN for origin in settings.origins.values()):
        return Demand(entry=entry, task=task, settings=settings)
    return Demand(entry=entry, task=task, settings=settings, own=own or own_demand(entry, task))


def own_demand(entry: ModelInfo, task: Task) -> Demand:
    """Return what a task asks of hardware with the entry's own settings."""
    return Demand(entry=entry, task=task, settings=own_settings(entry, task))


def _source_of(entry: ModelInfo, name: str, task: Task | None = None) -> str:
    """Return the kind of the source of a requirement: the nearest that is stated, ``declared`` where none is."""
    around = f"/requirements/{task}" if task and getattr(entry.requirements, task) is not None else "/requirements"
    for pointer in (f"{around}/{name}", around, "/requirements"):
        if pointer in entry.sources:
            return entry.sources[pointer].kind
    return "declared"


def memory_of(device: Device) -> GpuMemory | None:
    """Return the memory of a device with what else is known of it; None where its size is not known."""
    total, name, capability = device.total_bytes, device.name, device.compute_capability
    if not isinstance(total, int):
        return None
    known = capability if isinstance(capability, tuple) else None
    return GpuMemory(total, name=name if isinstance(name, str) else "", capability=known)
