"""Other tools' files, as JSON documents: what was written, and what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from model_garden_registry.dialects.exporting import Exported, Form
from model_garden_registry.dialects.foreign_config import ForeignConfig, Remark
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.judged import CheckedConfig, Difference, Drift
from model_garden_registry.dialects.targets import Target
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Verdict, worst
from model_garden_registry.near_names import ResolvedId
from model_garden_registry.payloads.errors import error_document
from model_garden_registry.payloads.reports import remedy_document, report_document


def targets_document(targets: Iterable[Target]) -> dict[str, Any]:
    """Return ``mgr.targets/1``: export targets."""
    return {"format": "mgr.targets/1", "targets": [_target(target) for target in targets]}


def export_document(made: Exported, *, target: str, model_id: str, task: Task, form: Form) -> dict[str, Any]:
    """Return ``mgr.export/1``: the text of a file for another tool."""
    return {
        "format": "mgr.export/1",
        "target": target,
        "id": model_id,
        "task": task,
        "form": form,
        "text": made.text,
        "notes": list(made.notes),
    }


def check_document(judged: Sequence[tuple[str, CheckedConfig] | RegistryError]) -> dict[str, Any]:
    """
    Return ``mgr.check/1``: verdicts on files; one without an answer is a ``mgr.error/1`` and counts as unknown.

    Args:
        judged: The result for each file, or each command in one, on each GPU, with the name of the GPU if several
            are judged, else "".
    """
    verdicts = (Verdict.UNKNOWN if isinstance(one, RegistryError) else one[1].report.verdict for one in judged)
    return {
        "format": "mgr.check/1",
        "verdict": str(worst(verdicts)),
        "configs": [error_document(one) if isinstance(one, RegistryError) else _checked(*one) for one in judged],
    }


def drift_document(drifts: Sequence[Drift]) -> dict[str, Any]:
    """Return ``mgr.drift/1``: where a file, or each command in one, differs from the registry."""
    return {
        "format": "mgr.drift/1",
        "differs": any(drift.differences for drift in drifts),
        "configs": [
            {**_head(drift.config, drift.model), "differences": [_difference(one) for one in drift.differences]}
            for drift in drifts
        ],
    }


def _checked(label: str, checked: CheckedConfig) -> dict[str, Any]:
    config = checked.config
    settings: dict[tuple[str, int | None, int | None], list[str]] = {}
    for path, item in config.said_by.items():
        settings.setdefault(_at(item), []).append(path)
    return {
        **_head(config, checked.model),
        "gpu": label or None,
        "report": report_document(checked.report),
        "remedies": [remedy_document(remedy) for remedy in checked.remedies],
        "keys": {
            "understood": [{**_item(item), "settings": settings.get(_at(item), [])} for item in config.understood],
            "without_influence": [_remark(remark) for remark in config.without_influence],
            "not_followed": [_remark(remark) for remark in config.not_followed],
            "unknown": [_remark(remark) for remark in config.unknown],
        },
    }


def _head(config: ForeignConfig, model: ResolvedId | None) -> dict[str, Any]:
    words = config.dialect.vocabulary
    return {
        "file": str(config.path),
        "line": config.line,
        "tool": config.dialect.name,
        "version": words.version,
        "task": config.task,
        "model": {
            "written": config.model_id,
            "id": model.id if model else None,
            "how": str(model.how) if model else None,
        },
    }


def _difference(difference: Difference) -> dict[str, Any]:
    origin, item = difference.origin, difference.item
    return {
        "setting": difference.setting,
        "value": difference.found,
        "default": difference.default,
        "origin": {"kind": str(origin.kind), "detail": origin.detail},
        "key": item.key if item else None,
        "line": item.line if item else None,
        "column": item.column if item else None,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {**_item(remark.item), "reason": remark.text}


def _item(item: Item) -> dict[str, Any]:
    value = str(item.value) if isinstance(item.value, UnknownValue) else item.value
    return {"key": item.key, "value": value, "line": item.line, "column": item.column}


def _at(item: Item) -> tuple[str, int | None, int | None]:
    """Return what identifies a key of a file; values may be unhashable."""
    return item.key, item.line, item.column


def _target(target: Target) -> dict[str, Any]:
    return {
        "name": target.name,
        "title": target.title,
        "tasks": list(target.tasks),
        "forms": list(target.forms),
        "checked": target.is_read,
    }
