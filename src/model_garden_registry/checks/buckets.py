"""Whether a model runs on some hardware as it is, with changed settings, or not: a report in one word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.reports import Report


class Bucket(StrEnum):
    """What hardware is for a model, best first."""

    RUNS = "runs"
    WITH_CHANGES = "runs-with-changes"
    TOO_LITTLE = "too-little"
    NOT_JUDGED = "not-judged"


#: What leaves no GPU to judge: true of a host whatever the model.
OF_THE_HOST = frozenset(
    {
        *(Code.DRIVER_NOT_LOADED, Code.VERSION_MISMATCH, Code.NO_PERMISSION, Code.INIT_FAILED, Code.NO_ANSWER),
        *(Code.NO_DEVICE, Code.MASKED, Code.MIG_EMPTY),
    }
)
#: Failures that another machine would not have. Any other is about the model.
_OF_THE_MACHINE = OF_THE_HOST | frozenset(
    {
        *(Code.VRAM_LOW, Code.VRAM_BORDERLINE, Code.GPUS_FEW, Code.FREE_LOW, Code.RAM_LOW),
        *(Code.CC_LOW, Code.BF16_UNSUPPORTED, Code.ENGINE_UNSUPPORTED),
    }
)


def bucket_of(report: Report) -> Bucket:
    """Say into which bucket the report of a model on some hardware belongs."""
    if report.verdict.is_valid and report.verdict is not Verdict.NOT_CHECKED:
        return Bucket.RUNS
    if report.remedies:
        return Bucket.WITH_CHANGES
    failures = {finding.code for finding in report.findings if finding.severity is Severity.FAIL}
    return Bucket.TOO_LITTLE if failures and failures <= _OF_THE_MACHINE else Bucket.NOT_JUDGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """
    Which models do a task on some hardware.

    Args:
        task: What they are to be used for.

        hardware: What they were judged on.

        rows: The models that were asked about.

        reports: One for each of them, in the same order.
    """

    task: Task
    hardware: Hardware
    rows: tuple[Row, ...]
    reports: tuple[Report, ...]

    @property
    def host(self) -> Finding | None:
        """What leaves no GPU to judge, the same for every model; None where there is a GPU."""
        return host_finding(self.reports)

    @property
    def buckets(self) -> dict[Bucket, tuple[Report, ...]]:
        """The reports by bucket, best first; every bucket is there."""
        return {bucket: tuple(one for one in self.reports if bucket_of(one) is bucket) for bucket in Bucket}


def host_finding(reports: Iterable[Report]) -> Finding | None:
    """Give what leaves no GPU to judge, the same for every model; None where there is a GPU, or none was needed."""
    found = (finding for report in reports for finding in report.findings if finding.code in OF_THE_HOST)
    return next(found, None)
