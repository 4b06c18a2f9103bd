"""Report: what a check found about one subject, and over how many GPUs it was judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import VERDICTS, Code, Finding, Severity, Verdict, verdict_of

if TYPE_CHECKING:  # a report of a file needs no models
    from model_garden_registry.entries.settings.task_settings import Settings
    from model_garden_registry.entries.tasks import Task
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.memory.estimates import MemoryEstimate
    from model_garden_registry.memory.fitting.remedies import Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """
    How one model is divided over GPUs.

    Args:
        gpus: How many GPUs take part, those of all machines together.

        how: What is divided: the sharding of a training run, ``tensor_parallel`` for serving, or ``none``.

        chosen: Whether it was chosen for the hardware; False if the settings say it.

        nodes: On how many equal machines they are.
    """

    gpus: int
    how: str
    chosen: bool
    nodes: int = 1


def split_of(settings: Settings) -> Split:
    """Return the split that settings ask for."""
    from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE, TrainingSettings

    if isinstance(settings, TrainingSettings):
        gpus, how, name = settings.n_gpus, str(settings.sharding), "n_gpus"
    else:
        gpus, name = settings.gpus, "tensor_parallel_size"
        ways = ("tensor_parallel", "pipeline_parallel", "data_parallel")
        how = " + ".join(way for way in ways if getattr(settings, f"{way}_size") > 1) or "none"
    chosen = settings.origins[name].detail == FOR_HARDWARE
    return Split(gpus=gpus, how=how, chosen=chosen, nodes=settings.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    The result of a check.

    Args:
        subject: What was checked: an entry's id, or a file.

        findings: Everything that was found, not only the first.

        asked: The subject as the user wrote it, if not its id: a former id, an address, a name without organisation.

        task: The task that the subject was checked for, if any.

        settings: The merged settings that were judged, if any.

        hardware: What it was judged on; None if hardware was not checked.

        estimate: Memory of each GPU with these settings, if any were judged.

        remedies: The smallest changes with which the same check passes, those that cost least quality first; none
            if it passes, or if no change of settings helps.

        pool: The pool of a cluster that it was judged in, on the best kind of node there; None: on one machine.
    """

    subject: str
    findings: tuple[Finding, ...] = ()
    asked: str | None = None
    task: Task | None = None
    settings: Settings | None = field(default=None, repr=False)
    hardware: Hardware | None = field(default=None, repr=False)
    estimate: MemoryEstimate | None = field(default=None, repr=False)
    remedies: tuple[Remedy, ...] = ()
    pool: str | None = None

    @property
    def split(self) -> Split | None:
        """How the model is divided over GPUs; None where there are no settings."""
        return None if self.settings is None else split_of(self.settings)

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        return verdict_of(self.findings)

    @property
    def is_valid(self) -> bool:
        """Whether the verdict is ok, warning or not-checked."""
        return self.verdict.is_valid

    @property
    def error_message(self) -> str | None:
        """The first failure in one sentence; None if there is none."""
        for severity, prefix in ((Severity.FAIL, ""), (Severity.UNKNOWN, "Could not be checked: ")):
            for finding in self.findings:
                if finding.severity is severity:
                    return prefix + finding.message
        return None


#: The result for one of several subjects: its report, or why there is none.
Outcome = Report | RegistryError

#: The most findings that a report shows: more are of no use, and some formats take a page for each.
MOST_FINDINGS = 1_000


def shortened(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes with reports short enough to show."""
    return [short_report(outcome) if isinstance(outcome, Report) else outcome for outcome in outcomes]


def short_report(report: Report, most: int = MOST_FINDINGS) -> Report:
    """Return a report with its most severe findings, in their order, and a note of how many are left out."""
    left = len(report.findings) - most
    if left <= 0:
        return report
    by_weight = sorted(range(len(report.findings)), key=lambda place: -_weight(report.findings[place]))
    kept = [report.findings[place] for place in sorted(by_weight[:most])]
    message = f"and {left:,} more; --all-findings shows them"
    rest = Finding(code=Code.FINDINGS_LEFT_OUT, severity=Severity.NOTE, message=message, place=kept[-1].place)
    return replace(report, findings=(*kept, rest))


def _weight(finding: Finding) -> int:
    return VERDICTS.index(verdict_of([finding]))
