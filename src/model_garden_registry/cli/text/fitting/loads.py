"""Memory, split and load of a verdict, as cells of a table, the same in every command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_garden_registry.cli.text.wording import share
from model_garden_registry.entries.settings.task_settings import (
    FOR_HARDWARE,
    Origin,
    OriginKind,
    Settings,
    TrainingSettings,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Code, Severity
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.reports import Report
from model_garden_registry.units import GB

#: Heading of the column of the load, by task.
LOAD = {"training": "BATCH", "inference": "CONTEXT"}
#: The format of the cells of that column.
_LOAD_IS = {
    "training": "BATCH: method, sequences x tokens",
    "inference": "CONTEXT: sequences x tokens",
}
_OWN_LOAD = {
    "training": "own method, batch and length",
    "inference": "own context length",
}
#: The fields of a row's groups.
_LEAVES = {
    "split": ("gpus", "how", "chosen"),
    "gpus": ("used", "there"),
    "assumed": ("context_tokens", "sequences"),
}
#: Warnings about scarce memory.
_SCARCE = (Code.VRAM_BELOW_RECOMMENDED, Code.VRAM_BORDERLINE)
_CHOSEN = (OriginKind.FILE, OriginKind.OVERRIDE)


def gigabytes(size_bytes: int) -> str:
    """Return a size in GB with one decimal, without the unit, which is in the heading."""
    return f"{size_bytes / GB:.1f}"


def memory_cells(estimate: MemoryEstimate | None, gpu_total_bytes: int | None) -> tuple[str, str, str]:
    """Return expected, safe, and the share of the GPU that is safe; empty if unknown."""
    if estimate is None:
        return "", "", ""
    part = share(estimate.safe_bytes, gpu_total_bytes).strip() if gpu_total_bytes else ""
    return gigabytes(estimate.expected_bytes), gigabytes(estimate.safe_bytes), part


def load_cell(settings: Settings | None) -> str:
    """Return the assumed load: ``qlora 2x2048``, for serving ``1x8192``; empty without settings."""
    match settings:
        case None:
            return ""
        case TrainingSettings():
            return f"{settings.method} {settings.batch_size}x{settings.max_seq_length}"
        case _:
            return f"{settings.concurrent}x{settings.max_model_len}"


def split_cell(report: Report) -> str:
    """Return how a model is divided over GPUs: ``tensor``, ``zero3``; a dash if it is not."""
    return "-" if report.split is None or report.split.how == "none" else report.split.how.replace("_parallel", "")


def note_cell(report: Report) -> str:
    """Return the first warning about a model that runs, in one word if about scarce memory; else empty."""
    warnings = [finding for finding in report.findings if finding.severity is Severity.WARNING]
    if not warnings:
        return ""
    return "tight" if warnings[0].code in _SCARCE else warnings[0].message


def flat_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a JSON document with a column for each number or word in it; null becomes empty."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "remedies":
            flat["remedy"] = " ".join(f"{key}={given}" for key, given in value[0]["changes"].items()) if value else ""
        elif name in _LEAVES:
            flat |= {f"{name}_{leaf}": (value or {}).get(leaf, "") for leaf in _LEAVES[name]}
        else:
            flat[name] = "" if value is None else value
    return flat


def assumed_text(reports: Sequence[Report], task: Task, *, whose: str = "each model's") -> str:
    """
    Return the assumptions of verdicts in one sentence: stack or engine with its release, and the load.

    Settings that the user set for all models are named.

    Args:
        whose: Whose own load it is.
    """
    settings = [report.settings for report in reports if report.settings]
    tools = " or ".join(dict.fromkeys(one.tool for one in settings))
    chosen = " ".join(f"{name}={value}" for name, value in _chosen(settings).items())
    load = f"{whose} {_OWN_LOAD[task]}{f', but {chosen}' if chosen else ''}"
    return f"{tools}; {load}" if tools else load


def legend_text(task: Task) -> str:
    """Return the explanation of the columns."""
    memory = "GB per GPU. EXPECTED: likely peak; SAFE: what to have; SHARE: SAFE of the GPU; tight: SAFE is above it."
    return f"{memory} {_LOAD_IS[task]}."


def _chosen(settings: list[Settings]) -> dict[str, Any]:
    """Return the settings that the user set, as far as all models have the same."""
    if not settings:
        return {}
    first, *others = settings
    chosen = {name: _value(first, name) for name, origin in first.origins.items() if _is_chosen(origin)}
    return {name: value for name, value in chosen.items() if all(_has(one, name, value) for one in others)}


def _has(settings: Settings, name: str, value: object) -> bool:
    origin = settings.origins.get(name)
    return origin is not None and _is_chosen(origin) and _value(settings, name) == value


def _is_chosen(origin: Origin) -> bool:
    return origin.kind in _CHOSEN and origin.detail != FOR_HARDWARE


def _value(settings: Settings, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value
