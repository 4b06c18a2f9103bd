"""What a task needs of each GPU: what the entry declares, and what is estimated for the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from model_garden_registry.checks.hardware.compute import Computation
from model_garden_registry.checks.hardware.need import Bounds, Need, Stated, stated_by
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import own_settings
from model_garden_registry.entries.settings.task_settings import InferenceSettings, OriginKind, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import graphs_beside, share_beside
from model_garden_registry.memory.gpu_memory import GpuMemory, gpu_memory
from model_garden_registry.memory.network.shape import shape_of, states_shape
from model_garden_registry.units import gigabytes_text

if TYPE_CHECKING:
    from model_garden_registry.memory.serving.dtypes import ToLoad

_CHOSEN = (OriginKind.FILE, OriginKind.OVERRIDE)
#: The least share of a GPU: where CUDA graphs leave a tiny one no memory, nothing fits it.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Demand:
    """
    What a task with its settings needs of hardware.

    Of the entry's requirements only declared or measured ones bind; one that was derived from an estimate never
    refuses anything, since the estimate for the settings, the split and the GPU at hand is more exact.

    Args:
        settings: None where the entry has none for the task.

        own: The demand of the entry's own settings, for which its minimum is stated; None if these are its own.
    """

    entry: ModelInfo
    task: Task
    settings: Settings | None
    own: Demand | None = None
    _estimates: dict[object, MemoryEstimate] = field(default_factory=dict, init=False, repr=False, compare=False)
    _sizes: dict[object, MemoryEstimate] = field(default_factory=dict, init=False, repr=False, compare=False)
    _bounds: dict[object, Bounds] = field(default_factory=dict, init=False, repr=False, compare=False)
    _splits: dict[object, Demand] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def gpus(self) -> int:
        """How many GPUs of a machine must meet the need: by the split of the settings, or as the entry declares."""
        return self.parts if self.is_split_set else max(-(-self.stated.gpus // self.nodes), self.parts)

    @property
    def parts(self) -> int:
        """Over how many GPUs of a machine the settings split or train the model; 1 without settings."""
        return self.settings.gpus_of_node if self.settings else 1

    @property
    def nodes(self) -> int:
        """Over how many equal machines the settings do so."""
        return self.settings.nodes if self.settings else 1

    @property
    def is_split_set(self) -> bool:
        """
        Whether the user set the split, or it was chosen for the hardware; else it is the entry's own, or a default.

        Pipeline stages and copies of the model leave open over how many GPUs each of them is split.
        """
        settings = self.settings
        name = "tensor_parallel_size" if isinstance(settings, InferenceSettings) else "n_gpus"
        return settings is not None and settings.origins[name].kind in _CHOSEN

    @lazy
    def stated(self) -> Stated:
        """The declared or measured requirements of the task."""
        return stated_by(self.entry, self.task)

    @lazy
    def computation(self) -> Computation:
        """What the entry and its settings compute."""
        return Computation(self.entry, self.settings)

    def split_over(self, split: object, make: Callable[[], Demand]) -> Demand:
        """Return the same demand with another split, which ``make`` builds once for all machines."""
        found = self._splits.get(split)
        if found is None:
            found = self._splits[split] = make()
        return found

    @lazy
    def is_exact(self) -> bool:
        """Whether the entry states the shape that an exact estimate needs."""
        return self.settings is not None and states_shape(self.entry)

    @lazy
    def has_states(self) -> bool:
        """Whether the entry states layers that keep a state instead of a cache."""
        return self.is_exact and any(group.mixer.state is not None for group in shape_of(self.entry).groups)

    @lazy
    def load(self) -> ToLoad | None:
        """What decides how an engine computes; None for training."""
        if not isinstance(self.settings, InferenceSettings):
            return None
        from model_garden_registry.memory.serving.dtypes import to_load  # late: training needs no engine

        return to_load(self.entry, self.settings)

    def reading(self, gpu: GpuMemory | None) -> object:
        """
        Return the facts of a GPU that decide the need: GPUs with equal facts have equal needs.

        With ``is_by_size`` the need also depends on the size of the GPU.
        """
        return gpu_reading(self.load, gpu)

    @lazy
    def is_by_size(self) -> bool:
        """Whether CUDA graphs lie outside a share of the GPU, so that the need depends on its size."""
        return self._graphs > 0 or (self.compared is not None and self.compared.is_by_size)

    @lazy
    def compared(self) -> Demand | None:
        """The demand of the entry's own settings, if a stated minimum is for those; None if it does not matter."""
        return self.own if any(self.stated.bytes_each) else None

    def estimate(self, gpu_total_bytes: int | None = None) -> MemoryEstimate | None:
        """Estimate the memory of each GPU; None where there are no settings."""
        if self.settings is None:
            return None
        gpu = gpu_memory(gpu_total_bytes)
        known = gpu.facts if gpu is not None and self.task == "inference" else self.reading(gpu)
        found = self._estimates.get(known)  # several questions are about the same GPU
        if found is None:
            found = estimate(self.entry, self.settings, gpu_total_bytes=gpu)
            self._estimates[known] = found
        return found

    def sizes(self, gpu: GpuMemory | None) -> MemoryEstimate | None:
        """Return an estimate that is right for a GPU except for the size of its cache; None without settings."""
        reading = self.reading(gpu)
        found = self._sizes.get(reading)
        if found is None and (found := self.estimate(gpu)) is not None:
            self._sizes[reading] = found
        return found

    def is_changed(self, gpu_total_bytes: int | None = None) -> bool:
        """Return whether the settings need other memory, or other GPUs, than the entry's own."""
        return self.own is not None and self._footprint(gpu_total_bytes) != self.own._footprint(gpu_total_bytes)

    def bounds(self, gpu: GpuMemory | None) -> Bounds:
        """
        Return how large a GPU must be: the larger of a stated minimum and the estimate.

        A stated minimum is for the entry's own settings. Settings that need less are judged by the estimate alone; if
        the minimum was measured, it is lowered by the same amount as the estimate. Beside a guessed shape a minimum
        stays; if it is only derived or published, a GPU with less than the guess expects is not enough either.

        Args:
            gpu: The GPU to judge: engines choose by it, and take a share of it.
        """
        key = self.bounds_key(gpu)
        found = self._bounds.get(key)
        if found is None:
            found = self._bounds[key] = self._bounds_on(gpu)
        return found

    def bounds_key(self, gpu: GpuMemory | None) -> object:
        """Return the facts of a GPU that its bounds depend on."""
        key = (self.reading(gpu), gpu) if self.is_by_size else self.reading(gpu)
        return key if self.compared is None else (key, self.compared.reading(gpu))

    def of_each(self, gpu_total_bytes: int | None = None) -> Need:
        """
        Return what each GPU must have; see ``bounds``.

        Args:
            gpu_total_bytes: Memory of the GPU to judge.
        """
        gpu = gpu_memory(gpu_total_bytes)
        bounds, found = self.bounds(gpu), self.sizes(gpu)
        expected = found.expected_bytes if found and not self.stated.is_vouched_against(found) else 0
        return Need(
            bounds=bounds,
            used_bytes=max(bounds.stated_bytes, expected),
            taken_bytes=self._taken(gpu, found),
            compute_capability=self.stated.capability,
            explanation="" if bounds.is_stated else self._explanation(gpu, found),
        )

    def share(self, gpu_total_bytes: int | None) -> float:
        """Return what share of a GPU an estimate may fill: vLLM stays within one, others may take all."""
        settings = self.settings
        return 1.0 if settings is None else share_beside(settings, self._graphs, gpu_total_bytes=gpu_total_bytes)

    def notes(self, gpu_total_bytes: int | None = None) -> Iterator[Finding]:
        """Yield where the numbers come from, unless from an estimate of these settings."""
        found = self.sizes(gpu_memory(gpu_total_bytes))
        if found is None:
            return
        is_changed = self.compared is not None and self.is_changed(gpu_total_bytes)
        for setting in found.not_modelled:
            yield Finding(
                code=Code.NOT_MODELLED,
                severity=Severity.WARNING if setting.can_add else Severity.NOTE,
                message=f"not modelled: {setting}",
            )
        if found.is_coarse and is_changed and self.stated.bytes_each[0]:
            message = f"the settings need other memory than the entry's own, and {found.assumptions[0]}"
            yield Finding(code=Code.SHAPE_MISSING, severity=Severity.WARNING, message=f"{message}; its minimum stays")
        elif found.is_coarse:
            yield Finding(
                code=Code.ESTIMATE_COARSE,
                severity=Severity.NOTE if self.stated.is_vouched_for else Severity.WARNING,
                message=found.assumptions[0],
            )
        elif is_changed:
            message = "the declared minimum is for the entry's own settings; these are judged by the estimate as well"
            yield Finding(code=Code.MINIMUM_IS_FOR_DEFAULTS, severity=Severity.NOTE, message=message)

    @lazy
    def _graphs(self) -> float:
        """Bytes of CUDA graphs beside the share of a GPU that an engine is given."""
        return 0.0 if self.settings is None else graphs_beside(self.entry, self.settings)

    def _bounds_on(self, gpu: GpuMemory | None) -> Bounds:
        least, comfortable = self.stated.bytes_each
        expected, safe = self._of_gpu(gpu)
        own = self.compared._of_gpu(gpu) if self.compared and self.is_exact else None
        if own is not None and expected < own[0]:
            is_measured = self.stated.is_measured
            least = least + expected - own[0] if is_measured else 0
            comfortable = comfortable + min(safe - own[1], 0) if is_measured else 0
        needed = max(least, expected)
        return Bounds(needed, max(needed, comfortable, safe), is_stated=least > expected, stated_bytes=least)

    def _of_gpu(self, gpu: GpuMemory | None) -> tuple[int, int]:
        """Return expected and safe bytes of the GPU; zeros without settings, or if a stated minimum beats a guess."""
        found = self.sizes(gpu)
        if found is None or self.stated.is_vouched_against(found):
            return 0, 0
        if self.stated.is_beside(found):
            return found.expected_bytes, 0  # a published minimum has share and margin in it
        share = self.share(gpu) or _LEAST_SHARE
        return ceil(found.expected_bytes / share), ceil(found.safe_bytes / share)

    def _explanation(self, gpu: GpuMemory | None, found: MemoryEstimate | None) -> str:
        """Return which share of the GPU an engine may fill; empty if all of it."""
        if found is None or found.is_coarse:
            return ""
        share = self.share(gpu)
        return f"{gigabytes_text(found.expected_bytes)} within gpu_memory_utilization {share:g}" if share < 1 else ""

    def _taken(self, gpu: GpuMemory | None, found: MemoryEstimate | None) -> int:
        """Return the bytes that vLLM allocates at its start, whatever it needs; 0 for other engines."""
        settings = self.settings
        if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or gpu is None or found is None:
            return 0
        from model_garden_registry.memory.serving.vllm import graphs_beside_share, utilization

        graphs = 0 if found.is_coarse else graphs_beside_share(self.entry, settings, gpu_total_bytes=gpu)
        return ceil(utilization(found, settings, gpu_total_bytes=gpu, graph_bytes=graphs) * gpu)

    def _footprint(self, total: int | None) -> tuple[object, ...]:
        """Return everything in the settings that decides what GPUs must have."""
        found, share = self.sizes(gpu_memory(total)), self.share(total)
        return (self.parts, self.nodes, share, *((found.parts, found.margin, found.is_coarse) if found else ()))


def demand_of(entry: ModelInfo, task: Task, settings: Settings | None, *, own: Demand | None = None) -> Demand:
    """
    Return what a task with its settings needs of hardware.

    Args:
        own: The demand of the entry's own settings, shared between several questions; None: made if needed.
    """
    if settings is None or not any(origin.kind in _CHOSEN for origin in settings.origins.values()):
        return Demand(entry=entry, task=task, settings=settings)
    return Demand(entry=entry, task=task, settings=settings, own=own or own_demand(entry, task))


def own_demand(entry: ModelInfo, task: Task) -> Demand:
    """Return what a task needs of hardware with the entry's own settings."""
    return Demand(entry=entry, task=task, settings=own_settings(entry, task))


def gpu_reading(load: ToLoad | None, gpu: GpuMemory | None) -> object:
    """Return the facts of a GPU that an estimate depends on, except for the size of its cache."""
    # Training depends on nothing else of a GPU.
    return load.on(gpu) if load else gpu is not None and gpu.lacks_bfloat16
