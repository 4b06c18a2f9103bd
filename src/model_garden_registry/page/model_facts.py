"""What the list shows of a model: columns of a row, and facts of the raw entry that are not checked otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_garden_registry.catalogue.rows import Row
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.units import parse_parameter_count

#: What a filter says of weights that are not quantised.
UNQUANTIZED = "none"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """
    A model in the list.

    Args:
        row: Its columns.

        license: Of its weights; empty if not known.

        quantization: Number format of its weights: ``awq``, ``fp8``; ``none`` if not quantised.

        context_tokens: Longest context; None if not known.

        parameters: Their number; 0 if the entry states no number.

        size: Class of sizes; empty if there is no number.

        tools: Whether it calls tools.

        reasoning: Whether it reasons before it answers.

        aliases: Former ids.
    """

    row: Row
    license: str
    quantization: str
    context_tokens: int | None
    parameters: int
    size: str
    tools: bool
    reasoning: bool
    aliases: tuple[str, ...]


def facts_of(row: Row, raw: Mapping[str, Any]) -> ModelFacts:
    """Return what the list shows, from a raw entry of which only the row has been checked."""
    parameters = _parameters(row.parameters)
    capabilities, context = _group(raw, "capabilities"), _group(raw, "architecture").get("max_position_embeddings")
    return ModelFacts(
        row=row,
        license=_text(raw.get("license")),
        quantization=_text(_group(raw, "quantization").get("method")) or UNQUANTIZED,
        context_tokens=context if type(context) is int and context > 0 else None,
        parameters=parameters,
        size=size_class(parameters) if parameters else "",
        tools=capabilities.get("function_calling") is True,
        reasoning=capabilities.get("reasoning") is True,
        aliases=tuple(filter(None, map(_text, _list(raw.get("aliases"))))),
    )


def _group(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _parameters(text: str) -> int:
    try:
        return parse_parameter_count(text)
    except ValueError:
        return 0
