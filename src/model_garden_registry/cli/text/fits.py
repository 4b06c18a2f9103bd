"""Buckets of models, in words for people."""

from __future__ import annotations

from dataclasses import replace

from model_garden_registry.checks.buckets import OF_THE_HOST, Bucket, Fits
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.gpus import gpu_names
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count
from model_garden_registry.findings import Code, Verdict
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

_HEADINGS = {
    Bucket.RUNS: "Run as they are",
    Bucket.WITH_CHANGES: "Run with these changes",
    Bucket.TOO_LITTLE: "Too little",
    Bucket.NOT_JUDGED: "Not judged",
}


#: What stands for the names of GPUs where there is none to judge.
_NO_GPU = {
    Code.DRIVER_NOT_LOADED: "NVIDIA driver not loaded",
    Code.VERSION_MISMATCH: "NVIDIA driver and library of two versions",
    Code.NO_PERMISSION: "NVIDIA driver may not be asked",
    Code.INIT_FAILED: "NVIDIA driver does not start",
    Code.NO_ANSWER: "NVIDIA driver gives no answer",
    Code.NO_DEVICE: "No GPU",
    Code.MASKED: "GPUs hidden by CUDA_VISIBLE_DEVICES",
    Code.MIG_EMPTY: "MIG without a slice",
}


def fit_text(fits: Fits, screen: Screen) -> str:
    """
    Give a section for each bucket that is not empty: id, memory that is safe, and what there is to say.

    What leaves no GPU to judge is said once, above them.
    """
    host = fits.host
    title = _NO_GPU[host.code] if host else gpu_names(fits.hardware) or "No GPU judged"
    sections = [
        Section(f"{_HEADINGS[bucket]}: {count(len(members), 'model')}", [_line(bucket, one) for one in members])
        for bucket, members in fits.buckets.items()
    ]
    tools = dict.fromkeys(report.settings.tool for report in fits.reports if report.settings)
    used = f", {' or '.join(tools)}" if tools else ""
    return page(f"{title}: {fits.task}{used}", [Section("", [(host.message,)] if host else []), *sections], screen)


def _line(bucket: Bucket, report: Report) -> tuple[str, str, str]:
    safe = f"{report.estimate.safe_bytes / GB:8.2f} GB" if report.estimate else ""
    match bucket:
        case Bucket.RUNS:
            said = "" if report.verdict is Verdict.OK else "with little to spare, or a warning"
        case Bucket.WITH_CHANGES:
            said = _changes(report.remedies[0])
        case _:
            said = _reason(report)
    return report.subject, safe, said


def _changes(remedy: Remedy) -> str:
    """Write changes as ``--set`` takes them, and what is needed then."""
    changes = " ".join(f"{name}={value}" for name, value in remedy.changes.items())
    return f"{changes} ({remedy.safe_bytes / GB:.2f} GB)"


def _reason(report: Report) -> str:
    """Give the first failure that is about this model."""
    own = tuple(finding for finding in report.findings if finding.code not in OF_THE_HOST)
    return replace(report, findings=own).error_message or ""
