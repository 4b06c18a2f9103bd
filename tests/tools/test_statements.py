"""What makers and tables say of many models at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tools import statements
from tools.statements import FIELDS, told_of

RAW: dict[str, Any] = {"id": "org/Model-8B", "kind": "chat", "sources": {}}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Give a list of statements to fill."""
    some: list[dict[str, Any]] = []
    monkeypatch.setattr(statements, "statements", lambda: some)
    monkeypatch.setattr(statements, "recipes", lambda: {"org/Model-9B": {"tool_call_parser": "hermes"}})
    return some


def values(raw: dict[str, Any]) -> dict[str, Any]:
    return {field: told.value for field, told in told_of(raw).items()}


def test_the_first_statement_about_a_model_holds(said: list[dict[str, Any]]) -> None:
    """Field by field; what is about others does not."""
    said += [
        {"source": "chatllm", "models": ["org/Other-*"], "license": "other"},
        {"source": "chatllm", "models": ["org/Model-*"], "kinds": ["base"], "license": "base"},
        {"source": "helm", "models": ["org/*"], "released": "2025-01"},
        {"source": "chatllm", "models": ["org/Model-*"], "license": "mit", "released": "2026-01"},
    ]

    assert values(RAW) == {"released": "2025-01", "license": "mit"}
    assert told_of(RAW)["license"].source["kind"] == "published"


def test_a_statement_goes_before_what_was_entered(said: list[dict[str, Any]]) -> None:
    """It was read for this field."""
    said.append({"source": "chatllm", "models": ["org/*"], "license": "mit"})

    assert values({**RAW, "license": "apache-2.0", "sources": {"license": ["helm"]}}) == {"license": "mit"}


@pytest.mark.parametrize(
    ("field", "value", "names", "told"),
    [
        pytest.param("license", "mit", ["helm"], True, id="a licence"),
        pytest.param("released", "2025-01", ["helm", "llmfit"], True, id="a month"),
        pytest.param("released", "2025-01", ["llmfit"], False, id="the month of a repository"),
        pytest.param("languages", ["en", "zh"], ["xinference"], False, id="languages of a table that says them of all"),
        pytest.param("function_calling", True, ["xinference"], True, id="an ability"),
        pytest.param("function_calling", False, ["xinference"], False, id="a no of somebody who does not know"),
        pytest.param("license", "mit", [], False, id="no source"),
    ],
)
@pytest.mark.usefixtures("said")
def test_what_was_entered_holds_where_its_source_can_tell(field: str, value: Any, names: list[str], told: bool) -> None:
    """Everything else is unknown."""
    entered = {**RAW, field: value, "sources": {"capabilities" if field == "function_calling" else field: names}}

    assert values(entered) == ({field: value} if told else {})


def test_only_the_maker_says_no(said: list[dict[str, Any]]) -> None:
    """Of its own models."""
    said.append({"source": "qwen3-readme", "models": ["*"], "reasoning": False})

    assert values(RAW) == {}
    assert values({**RAW, "id": "Qwen/Model-8B"}) == {"reasoning": False}


@pytest.mark.usefixtures("said")
def test_a_recipe_with_a_parser_is_a_yes() -> None:
    """VLLM's recipes set one where the model calls tools."""
    assert values({**RAW, "id": "org/Model-9B"}) == {"function_calling": True}


def test_every_statement_says_something_that_is_known() -> None:
    """Of no other field."""
    known = {"source", "models", "kinds", *FIELDS}

    assert all(known >= statement.keys() and FIELDS.keys() & statement.keys() for statement in statements.statements())


def test_a_statement_without_an_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    (tmp_path / "statements.json").write_text('[{"source": "hearsay", "models": ["*"], "license": "mit"}]')
    monkeypatch.setattr(statements, "FACTS", tmp_path)

    with pytest.raises(SystemExit, match=r"no address of hearsay; add it to tools/facts/sources\.json"):
        statements.statements.__wrapped__()
