"""Assessment: settings, split, estimate and report of a model for a task on given hardware, each computed on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_garden_registry.checks.cures import with_remedies
from model_garden_registry.checks.validation import Case, report_on
from model_garden_registry.entries.settings.task_settings import Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import UnsupportedTaskError
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.fitting.solver import QUANTITIES, fewest_gpus, largest
from model_garden_registry.reports import Report, Split, split_of


@dataclass(frozen=True)
class Assessment:
    """
    A model for a task, with its settings, on some hardware or on none.

    Args:
        case: What is assessed.
    """

    case: Case

    @property
    def subject(self) -> str:
        """Id of the model."""
        return self.case.subject

    @property
    def task(self) -> Task:
        """What the model is used for."""
        return self.case.demand.task

    @property
    def settings(self) -> Settings | None:
        """The merged settings; None where the entry has no defaults for the task."""
        return self.case.demand.settings

    @property
    def split(self) -> Split | None:
        """How the model is divided over GPUs; None where there are no settings."""
        return None if self.settings is None else split_of(self.settings)

    @property
    def estimate(self) -> MemoryEstimate | None:
        """Memory of each GPU, on the largest one in question; None where there are no settings."""
        return self.case.demand.estimate(self.case.gpu_total_bytes)

    @property
    def sized(self) -> tuple[Settings, MemoryEstimate]:
        """
        The settings and their estimate.

        Raises:
            UnsupportedTaskError: The entry has no defaults for the task.
        """
        settings, estimate = self.settings, self.estimate
        if settings is None or estimate is None:
            raise UnsupportedTaskError(self.subject, self.task)
        return settings, estimate

    @property
    def share(self) -> float:
        """What share of the largest GPU in question the estimate may fill."""
        return self.case.demand.share(self.case.gpu_total_bytes)

    @lazy
    def report(self) -> Report:
        """The verdict, with remedies where other settings may turn a failure into a pass."""
        return with_remedies(report_on(self.case), self.case)

    @lazy
    def most(self) -> Mapping[str, int | None] | None:
        """
        The largest values of settings that fit on each GPU by ``safe``, by name.

        A value is None where even the smallest does not fit; the result is None without a GPU of known size.
        """
        entry, settings, total = self.case.demand.entry, self.settings, self.case.gpu_total_bytes
        if settings is None or total is None:
            return None
        return {name: largest(entry, settings, name, gpu_total_bytes=total) for name in QUANTITIES[self.task]}

    @lazy
    def fewest_gpus(self) -> int | None:
        """The fewest such GPUs over which the model fits by ``safe``; None where no number is enough."""
        entry, settings, total = self.case.demand.entry, self.settings, self.case.gpu_total_bytes
        return None if settings is None or total is None else fewest_gpus(entry, settings, gpu_total_bytes=total)
