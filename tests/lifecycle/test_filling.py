"""Facts of known models that a registry file does not state."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sound_entry import without_shape

from model_garden_registry.checks.entry.schema import shipped_checker
from model_garden_registry.lifecycle.filling import missing_facts, with_additions

KNOWN: dict[str, Any] = {
    "org/owl": {
        "base_model": "org/owlet",
        "license": "mit",
        "aliases": ["org/old-owl", "org/lark"],
        "superseded_by": "org/eagle",
        "architecture": {"model_type": "llama", "num_hidden_layers": 16},
        "quantization": {"method": "4bit", "type": "awq", "group_size": 128},
        "capabilities": {**without_shape()["capabilities"], "streaming": False, "reasoning": False},
        "min_versions": {"vllm": ">=0.8.5"},
        "sources": {
            "/architecture": {"kind": "vendor", "source": "config.json", "as_of": "2026-01"},
            "/architecture/num_hidden_layers": {"kind": "vendor", "source": "paper", "as_of": "2026-01"},
            "/min_versions/vllm": {"kind": "published", "source": "release notes", "as_of": "2026-01"},
            "/requirements": {"kind": "measured", "source": "one L4", "as_of": "2026-01"},
        },
    }
}
ARCHITECTURE = {"kind": "vendor", "source": "config.json", "as_of": "2026-01"}
LAYERS = {"kind": "vendor", "source": "paper", "as_of": "2026-01"}
VLLM = {"kind": "published", "source": "release notes", "as_of": "2026-01"}


def filled(*entries: dict[str, Any]) -> Any:
    """Return what is added to a file with these entries."""
    head = {"version": "1.2.0", "last_updated": "2026-11-23T00:00:00Z"}
    categories = {"text-llm": {"name": "Text", "description": "Words."}}
    models = {entry["id"]: entry for entry in entries}
    document = {**head, "categories": categories, "models": models}
    before = deepcopy(document)
    additions = missing_facts(document, KNOWN, shipped_checker())
    assert document == before
    assert missing_facts(with_additions(document, additions), KNOWN, shipped_checker()) == {}
    return {"/".join(where).removeprefix("models/"): members for where, members in additions.items()}


def entry(model_id: str, **more: Any) -> dict[str, Any]:
    """Return a sound entry that states few facts."""
    return {**without_shape(), "id": model_id, **more}


WHOLE = {
    "base_model": "org/owlet",
    "license": "mit",
    "aliases": ["org/old-owl", "org/lark"],
    "min_versions": {"vllm": ">=0.8.5"},
    "architecture": {"model_type": "llama", "num_hidden_layers": 16},
    "sources": {
        "/architecture": ARCHITECTURE,
        "/architecture/num_hidden_layers": LAYERS,
        "/min_versions/vllm": VLLM,
    },
}


def without(*names: str) -> dict[str, Any]:
    """Return everything that can be added, but for some fields."""
    return {name: value for name, value in WHOLE.items() if name not in names}


def sources(*pointers: str) -> dict[str, Any]:
    """Return sources of some pointers."""
    return {pointer: KNOWN["org/owl"]["sources"][pointer] for pointer in pointers}


@pytest.mark.parametrize(
    ("entries", "added"),
    [
        pytest.param([entry("org/other")], {}, id="an unknown model"),
        pytest.param([entry("org/owl")], {"org/owl": WHOLE}, id="nothing is stated; no successor that is not there"),
        pytest.param(
            [entry("org/owl"), entry("org/eagle")],
            {"org/owl": {**WHOLE, "superseded_by": "org/eagle"}},
            id="the successor is there",
        ),
        pytest.param([entry("org/old-owl")], {"org/old-owl": without("aliases")}, id="a former id"),
        pytest.param(
            [entry("org/owl"), entry("org/old-owl", license="x"), entry("org/hen", aliases=["org/lark"])],
            {"org/owl": without("aliases"), "org/old-owl": without("aliases", "license")},
            id="aliases that are taken",
        ),
        pytest.param(
            [entry("org/owl"), entry("org/hen", aliases=["org/lark"])],
            {"org/owl": {**WHOLE, "aliases": ["org/old-owl"]}},
            id="one alias that is taken",
        ),
        pytest.param(
            [entry("org/owl", architecture={"model_type": "llama", "x-note": 1})],
            {
                "org/owl/architecture": {"num_hidden_layers": 16},
                "org/owl": {
                    **without("architecture"),
                    "sources": sources("/min_versions/vllm", "/architecture/num_hidden_layers"),
                },
            },
            id="part of an object",
        ),
        pytest.param(
            [entry("org/owl", architecture={"num_hidden_layers": 17})],
            {"org/owl": {**without("architecture"), "sources": sources("/min_versions/vllm")}},
            id="another shape",
        ),
        pytest.param(
            [entry("org/owl", sources={"/architecture": {"kind": "declared", "source": "me"}})],
            {
                "org/owl": without("sources"),
                "org/owl/sources": sources("/architecture/num_hidden_layers", "/min_versions/vllm"),
            },
            id="sources that are there stay",
        ),
        pytest.param(
            [entry("org/owl", quantization={"method": "4bit", "type": "awq"})],
            {"org/owl": WHOLE, "org/owl/quantization": {"group_size": 128}},
            id="the same number format",
        ),
        pytest.param(
            [entry("org/owl", quantization={"method": "4bit", "type": "gptq"}, capabilities=None, sources=[])],
            {"org/owl": without("sources")},
            id="another number format, and values that are no objects",
        ),
        pytest.param(
            [{name: value for name, value in entry("org/owl").items() if name != "quantization"}],
            {"org/owl": WHOLE},
            id="no number format",
        ),
        pytest.param(
            [entry("org/owl", capabilities={**without_shape()["capabilities"], "streaming": False})],
            {"org/owl": WHOLE, "org/owl/capabilities": {"reasoning": False}},
            id="the same capabilities",
        ),
        pytest.param(
            [entry("org/owlet", aliases=[]), entry("org/owl", base_model=None, license=None, min_versions=None)],
            {
                "org/owl": {
                    "aliases": WHOLE["aliases"],
                    "architecture": WHOLE["architecture"],
                    "sources": sources("/architecture", "/architecture/num_hidden_layers"),
                }
            },
            id="null is stated too",
        ),
    ],
)
def test_what_is_missing_is_added(entries: list[dict[str, Any]], added: dict[str, Any]) -> None:
    """And nothing else; a second time, nothing is missing."""
    assert filled(*entries) == added


def test_an_entry_that_is_no_object_is_left_alone() -> None:
    """The check reports it."""
    document = {"models": {"org/owl": 1}}

    assert missing_facts(document, KNOWN, shipped_checker()) == {}


def test_facts_that_break_a_rule_together_with_the_file_are_left_out() -> None:
    """A base model that is deprecated makes its copy wrong, which is said of the status: nothing is added to it."""
    base = entry("org/owlet", status="deprecated", deprecation={"since": "2026-01", "reason": "Gone."})

    assert filled(base, entry("org/owl")) == {}
