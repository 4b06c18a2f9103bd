"""What the list shows of a model."""

from __future__ import annotations

from typing import Any

from sound_entry import changed_entry

from model_garden_registry.catalogue.rows import read_row
from model_garden_registry.page.model_facts import ModelFacts, facts_of


def facts(changes: dict[str, Any]) -> ModelFacts:
    raw = changed_entry(changes)
    row = read_row("org/model", raw)
    assert row is not None
    return facts_of(row, raw)


def test_facts_are_read_from_the_entry() -> None:
    """Licence, number format, context, what it can do, former ids."""
    found = facts(
        {
            "license": "mit",
            "quantization": {"method": "fp8", "type": "fp8"},
            "capabilities.function_calling": True,
            "capabilities.reasoning": True,
            "aliases": ["old/model"],
        }
    )

    assert (found.license, found.quantization, found.context_tokens, found.parameters) == (
        "mit",
        "fp8",
        8192,
        8 * 10**9,
    )
    assert (found.size, found.tools, found.reasoning, found.aliases) == ("small", True, True, ("old/model",))


def test_what_is_not_stated_or_has_another_type_is_not_known() -> None:
    """The rest of an entry has not been checked when the list is made."""
    wrong = {"license": 7, "quantization": None, "architecture": [], "aliases": "x", "parameters": "many"}
    found = facts(wrong)

    assert (found.license, found.quantization, found.context_tokens, found.parameters) == ("", "none", None, 0)
    assert (found.size, found.tools, found.reasoning, found.aliases) == ("", False, False, ())


def test_a_context_is_a_positive_number() -> None:
    """Not true, not a text."""
    assert [facts({"architecture.max_position_embeddings": one}).context_tokens for one in (True, "4096", -1, 1)] == [
        None,
        None,
        None,
        1,
    ]
