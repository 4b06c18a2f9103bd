"""Findings and remedies in lines of text: the same words wherever a report is read as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model_garden_registry.findings import Finding, Severity
from model_garden_registry.reports import Report
from model_garden_registry.units import gigabytes_text

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.memory.fitting.remedies import Remedy

#: What stands before a remedy.
WOULD_PASS = "would pass"


def remedy_text(remedy: Remedy) -> str:
    """Write changes as `--set` takes them, what the check says then, and what is needed then."""
    changes = " ".join(f"{name}={value}" for name, value in remedy.changes.items())
    return f"{changes} ({remedy.verdict}, {gigabytes_text(remedy.safe_bytes)} to be safe)"


def remedy_lines(report: Report) -> list[str]:
    """Give a line for each remedy."""
    return [f"{WOULD_PASS}: {remedy_text(remedy)}" for remedy in report.remedies]


def told_findings(report: Report) -> Iterator[tuple[Finding, str]]:
    """Give each finding with what to say of it: the first failure has the remedies below its own message."""
    lines = remedy_lines(report)
    for finding in report.findings:
        if finding.severity is Severity.FAIL:
            yield finding, "\n".join((finding.message, *lines))
            lines = []
        else:
            yield finding, finding.message
