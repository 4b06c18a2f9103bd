"""Whether a model runs on some hardware as it is, with changed settings, or not: a report in one word."""

from __future__ import annotations

from enum import StrEnum

from model_garden_registry.findings import Code, Severity, Verdict
from model_garden_registry.reports import Report


class Bucket(StrEnum):
    """What hardware is for a model, best first."""

    RUNS = "runs"
    WITH_CHANGES = "runs-with-changes"
    TOO_LITTLE = "too-little"
    NOT_JUDGED = "not-judged"


#: Failures that another machine would not have. Any other is about the model, or about a driver that does not answer.
_OF_THE_MACHINE = frozenset(
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
