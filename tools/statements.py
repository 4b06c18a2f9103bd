"""
Statements of makers and tables about many models at once: ``tools/facts/statements.json``.

Each statement names its source and the models that it is about; the first that says something of a field holds. It
goes before what was entered for one model, which holds where the source can tell that at all. Of "no", only a maker's
counts: a table that does not list an ability does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tools.sources import known_sources, stated

FACTS = Path(__file__).resolve().parent / "facts"
#: Fields that statements are about, with where an entry has them.
FIELDS: Mapping[str, str] = {
    "license": "/license",
    "gated": "/gated",
    "released": "/released",
    "languages": "/languages",
    "function_calling": "/capabilities/function_calling",
    "reasoning": "/capabilities/reasoning",
}
_ABILITIES = {"function_calling": "tool_call_parser", "reasoning": "reasoning_parser"}


class Told(NamedTuple):
    """
    The known value of a field of a model.

    Args:
        value: As an entry states it.

        source: Where from, as an entry states it.
    """

    value: Any
    source: dict[str, str]


def told_of(raw: Mapping[str, Any]) -> dict[str, Told]:
    """
    Return what is known of a model, by field; unknown fields are absent.

    Args:
        raw: What was entered.
    """
    found = {field: next(_told(raw, field), None) for field in FIELDS}
    return {field: told for field, told in found.items() if told}


def _told(raw: Mapping[str, Any], field: str) -> Iterator[Told]:
    model_id = raw["id"]
    for statement in statements():
        if field in statement and _is_about(statement, raw):
            source = stated([statement["source"]], model_id, field)
            if source and (statement[field] is not False or source["kind"] == "vendor"):
                yield Told(statement[field], source)
    names = raw["sources"].get("capabilities" if field in _ABILITIES else field, ())
    if raw.get(field) and (source := stated(names, model_id, field)):
        yield Told(raw[field], source)
    is_able = _ABILITIES.get(field) in recipes().get(model_id, {})
    if is_able and (source := stated(["vllm-recipes"], model_id, field)):
        yield Told(is_able, source)


def _is_about(statement: Mapping[str, Any], raw: Mapping[str, Any]) -> bool:
    is_named = any(fnmatchcase(raw["id"], pattern) for pattern in statement["models"])
    return is_named and raw["kind"] in statement.get("kinds", (raw["kind"],))


@cache
def statements() -> list[dict[str, Any]]:
    """Return every statement, in the order in which they hold."""
    read: list[dict[str, Any]] = json.loads((FACTS / "statements.json").read_bytes())
    if unknown := sorted({statement["source"] for statement in read} - known_sources().keys()):
        raise SystemExit(f"no address of {', '.join(unknown)}; add it to tools/facts/sources.json")
    return read


@cache
def recipes() -> Mapping[str, Mapping[str, Any]]:
    """Return what vLLM's recipes say, by model."""
    models: Mapping[str, Mapping[str, Any]] = json.loads((FACTS / "gathered" / "vllm-recipes.json").read_bytes())[
        "models"
    ]
    return models
