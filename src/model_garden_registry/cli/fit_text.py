"""Buckets of models, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_garden_registry.checks.buckets import Bucket, bucket_of
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.page import Section, page
from model_garden_registry.cli.text import count
from model_garden_registry.findings import Verdict
from model_garden_registry.memory.remedies import Remedy
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

_HEADINGS = {
    Bucket.RUNS: "Run as they are",
    Bucket.WITH_CHANGES: "Run with these changes",
    Bucket.TOO_LITTLE: "Too little",
    Bucket.NOT_JUDGED: "Not judged",
}


def fit_text(title: str, reports: Sequence[Report], screen: Screen) -> str:
    """Give a section for each bucket that is not empty: id, memory that is safe, and what there is to say."""
    held = {bucket: [report for report in reports if bucket_of(report) is bucket] for bucket in Bucket}
    sections = [
        Section(f"{_HEADINGS[bucket]}: {count(len(members), 'model')}", [_line(bucket, one) for one in members])
        for bucket, members in held.items()
    ]
    return page(title, sections, screen)


def _line(bucket: Bucket, report: Report) -> tuple[str, str, str]:
    safe = f"{report.estimate.safe_bytes / GB:8.2f} GB" if report.estimate else ""
    match bucket:
        case Bucket.RUNS:
            said = "" if report.verdict is Verdict.OK else "with little to spare, or a warning"
        case Bucket.WITH_CHANGES:
            said = _changes(report.remedies[0])
        case _:
            said = report.error_message or ""
    return report.subject, safe, said


def _changes(remedy: Remedy) -> str:
    """Write changes as ``--set`` takes them, and what is needed then."""
    changes = " ".join(f"{name}={value}" for name, value in remedy.changes.items())
    return f"{changes} ({remedy.safe_bytes / GB:.2f} GB)"


def hardware_words(names: Sequence[str]) -> Iterator[str]:
    """Give each name once, with how many there are."""
    for name in dict.fromkeys(names):
        times = names.count(name)
        yield f"{times}x {name}" if times > 1 else name
