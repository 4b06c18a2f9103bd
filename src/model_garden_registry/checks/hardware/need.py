"""What a task needs: of each GPU, by what the entry declares and by what is estimated for the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
from model_garden_registry.memory.serving.vllm import graphs_beside_share, utilization
from model_garden_registry.units import GB, gigabytes_text

_CHOSEN = (OriginKind.FILE, OriginKind.OVERRIDE)
#: A GPU by which needs are compared where none is named: every engine's choices for large ones hold.
_ANY_GPU_BYTES = 80 * GB
#: Where a source of both tasks' minimum stands.
_TOP = ("/requirements/min_vram_gb", "/requirements")
#: Where a tiny card has no room beside CUDA graphs, nothing fits it.
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What each of some GPUs must have.

    Args:
        least_bytes: Memory of the card below which it does not work; 0: nothing is needed.

        comfortable_bytes: Memory of the card from which it works with room to spare.

        free_bytes: What must be free to start.

        is_taken_at_once: Whether an engine takes all of that at its start, and refuses to start without.

        compute_capability: Major and minor, as somebody declares in the entry; None where nobody does.

        explanation: Where the least comes from, when it is no number that stands anywhere else; else empty.
    """

    least_bytes: int
    comfortable_bytes: int
    free_bytes: int
    is_taken_at_once: bool = False
    compute_capability: tuple[int, int] | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """
    What a task with its settings asks of hardware.

    Args:
        settings: None where the entry has none for the task.

        own: The demand of the entry's own settings, which its minimum is for; None where these are they.
    """

    entry: ModelInfo
    task: Task
    settings: Settings | None
    own: Demand | None = None
    _estimates: dict[object, MemoryEstimate] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def gpus(self) -> int:
        """How many GPUs must each meet the need: as declared, or as changed settings split the model."""
        declared = self.entry.requirements_for(self.task).min_gpus
        if self.settings is None:
            return declared
        is_chosen = self.own is not None and self.is_exact and self.parts != self.own.parts
        return self.parts if is_chosen else max(declared, self.parts)

    @property
    def parts(self) -> int:
        """Over how many GPUs the settings split the model, or train it; 1 where there are no settings."""
        if isinstance(self.settings, InferenceSettings):
            return self.settings.gpus
        return self.settings.n_gpus if self.settings else 1

    @property
    def is_exact(self) -> bool:
        """Whether the entry states the shape that an exact estimate needs."""
        return self.settings is not None and states_shape(self.entry)

    def estimate(self, gpu_total_bytes: int | None = None) -> MemoryEstimate | None:
        """Estimate the memory of each GPU; None where there are no settings."""
        if self.settings is None:
            return None
        gpu = gpu_memory(gpu_total_bytes)
        known = None if gpu is None else gpu.facts
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
        Give what each GPU must have: the larger of minimum and estimate.

        The minimum is for the entry's own settings. Others that need less are judged by the estimate alone; where the
        minimum was measured, it is lowered by as much as the estimate is.

        Args:
            gpu_total_bytes: Memory of the card in question: engines choose by it, and take a share of it.
        """
        declared = self.entry.requirements_for(self.task)
        least, comfortable = round(declared.min_vram_gb * GB), round(declared.recommended_vram_gb * GB)
        expected, safe = self._of_card(gpu_total_bytes)
        own_expected, own_safe = self.own._of_card(gpu_total_bytes) if self.own else (0, 0)
        if expected < own_expected:
            is_measured = self._has_measured_minimum
            least = least + expected - own_expected if is_measured else expected
            comfortable = comfortable + min(safe - own_safe, 0) if is_measured else safe
        needed, taken = max(least, expected), self._taken(gpu_total_bytes)
        return Need(
            least_bytes=needed,
            comfortable_bytes=max(needed, comfortable, safe),
            free_bytes=taken or needed,
            is_taken_at_once=taken > 0,
            compute_capability=declared_capability(self.entry),
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
        if found.is_coarse and is_changed:
            message = f"the settings need other memory than the entry's own, and {found.assumptions[0]}"
            yield Finding(code=Code.SHAPE_MISSING, severity=Severity.WARNING, message=f"{message}; its minimum stays")
        elif found.is_coarse:
            yield Finding(code=Code.ESTIMATE_COARSE, severity=Severity.NOTE, message=found.assumptions[0])
        elif is_changed:
            message = "the declared minimum is for the entry's own settings; these are judged by the estimate as well"
            yield Finding(code=Code.MINIMUM_IS_FOR_DEFAULTS, severity=Severity.NOTE, message=message)

    @property
    def _has_measured_minimum(self) -> bool:
        pointers = (f"/requirements/{self.task}/min_vram_gb", f"/requirements/{self.task}", *_TOP)
        sources = self.entry.sources
        return next((sources[pointer].kind == "measured" for pointer in pointers if pointer in sources), False)

    def _of_card(self, total: int | None) -> tuple[int, int]:
        """Give expected and safe bytes of the card; of no settings, or a guessed shape, nothing."""
        found = self.estimate(total)
        if self.settings is None or found is None or found.is_coarse:
            return 0, 0
        share = largest_share(self.entry, self.settings, gpu_total_bytes=total) or _LEAST_SHARE
        return ceil(found.expected_bytes / share), ceil(found.safe_bytes / share)

    def _explanation(self, total: int | None) -> str:
        """Say what of the card an engine may fill, where that is not all."""
        settings, found = self.settings, self.estimate(total)
        if settings is None or found is None or found.is_coarse:
            return ""
        share = largest_share(self.entry, settings, gpu_total_bytes=total)
        return f"{gigabytes_text(found.expected_bytes)} within gpu_memory_utilization {share:g}" if share < 1 else ""

    def _taken(self, total: int | None) -> int:
        """Give what vLLM takes of a card at its start, whatever it needs; 0 where nobody does that."""
        settings, found = self.settings, self.estimate(total)
        if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or not total or found is None:
            return 0
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


def memory_of(device: Device) -> GpuMemory | None:
    """Return the memory of a device with what else is known of it; None where its size is not known."""
    total, name, capability = device.total_bytes, device.name, device.compute_capability
    if not isinstance(total, int):
        return None
    known = capability if isinstance(capability, tuple) else None
    return GpuMemory(total, name=name if isinstance(name, str) else "", capability=known)
