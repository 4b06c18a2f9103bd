"""
Recommendations of makers and examples for a model: sampling, parsers, and chat template.

``facts/recommended.json`` says it for families, each row with its source. Chat templates are those that LLaMA-Factory
has for a model, or for all its siblings alike.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.facts import Recommended

_FACTS = Path(__file__).resolve().parent / "facts"
_PARSERS = ("tool_call_parser", "reasoning_parser")


def recommended(raw: Mapping[str, Any], *, reasons: bool | None, calls_tools: bool | None) -> Recommended:
    """
    Return the recommendations for serving a model; none for a model that does not chat.

    Args:
        raw: What was entered.

        reasons: Whether it thinks before it answers, at least when asked to.

        calls_tools: Whether it was trained to.
    """
    if raw["kind"] not in ("chat", "reasoning"):
        return Recommended()
    does = {"tool_call_parser": calls_tools is True, "reasoning_parser": reasons is True}
    found: dict[str, Any] = {}
    sources: dict[str, Mapping[str, str]] = {}
    for row in _rows():
        if not _is_about(row, raw, reasons=reasons is True):
            continue
        said = {key: row[key] for key in ("sampling", *_PARSERS) if key in row and does.get(key, True)}
        found |= said
        sources |= {f"/inference_defaults/{key}": row["source"] for key in said}
    return Recommended(serving=found, sources=sources)


def chat_templates(entered: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the template of each model, by id: its own, or the one that all its siblings of the same kind have."""
    listed = _read("gathered/llama-factory-examples.json")["models"]
    own = {key.lower(): facts["template"] for key, facts in listed.items() if facts.get("template")}
    kin: dict[tuple[str, str], set[str]] = defaultdict(set)
    models = list(entered)
    for raw in models:
        if template := own.get(raw["id"].lower()):
            kin[raw["family"], raw["kind"]].add(template)
    found = {}
    for raw in models:
        alike = kin[raw["family"], raw["kind"]]
        if template := own.get(raw["id"].lower()) or (next(iter(alike)) if len(alike) == 1 else None):
            found[raw["id"]] = template
    return found


def _is_about(row: Mapping[str, Any], raw: Mapping[str, Any], *, reasons: bool) -> bool:
    return (
        raw["family"] in row["families"]
        and raw["kind"] in row.get("kinds", (raw["kind"],))
        and row.get("reasons", reasons) is reasons
        and row.get("contains", "") in raw["id"]
        and raw["id"] in row.get("ids", (raw["id"],))
    )


@cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _read("recommended.json")
    return rows


def _read(name: str) -> Any:
    return json.loads((_FACTS / name).read_bytes())
