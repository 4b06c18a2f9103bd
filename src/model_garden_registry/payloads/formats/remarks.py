"""Findings and remedies in lines of text: the same words wherever a report is read as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from model_garden_registry.findings import Finding, Verdict
from model_garden_registry.reports import Report
from model_garden_registry.units import gigabytes_text

if TYPE_CHECKING:  # the report of a file needs no models
    from model_garden_registry.memory.fitting.remedies import Remedy


def remedy_label(report: Report) -> str:
    """Say what stands before each remedy of a report."""
    return "would pass" if report.verdict is Verdict.FAIL else "would be ok"


def changes_text(remedy: Remedy) -> str:
    """Write changes as `--set` takes them; another entry in words, and what must be installed besides."""
    changes = " ".join(f"{name}={value}" for name, value in remedy.changes.items() if name != "model")
    use = f"use {remedy.changes['model']} instead" if "model" in remedy.changes else ""
    needs = f", which needs {remedy.needs}" if remedy.needs else ""
    return f"{', with '.join(filter(None, (use, changes)))}{needs}"


def remedy_text(remedy: Remedy) -> str:
    """Write changes, what the check says then, and what is needed then."""
    return f"{changes_text(remedy)} ({remedy.verdict}, {gigabytes_text(remedy.safe_bytes)} to be safe)"


def remedy_lines(report: Report) -> list[str]:
    """Give a line for each remedy."""
    return [f"{remedy_label(report)}: {remedy_text(remedy)}" for remedy in report.remedies]


def told_findings(report: Report) -> Iterator[tuple[Finding, str]]:
    """Give each finding with what to say of it: the first that decides has the remedies below its own message."""
    lines = remedy_lines(report)
    for finding in report.findings:
        if str(finding.severity) == str(report.verdict):
            yield finding, "\n".join((finding.message, *lines))
            lines = []
        else:
            yield finding, finding.message
