"""All targets by name."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects import targets as module
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.targets import DIALECTS, targets


def test_a_dialect_is_a_target(weaver: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the tool's release, its task and its forms."""
    monkeypatch.setattr(module, "DIALECTS", (weaver,))

    target = targets()["weaver"]

    assert (target.title, target.tasks, target.forms) == ("Weaver 1.2.0", ("training",), ("yaml", "json", "script"))
    assert target.constants == {"stack": "trl"}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_key_of_a_tool_has_one_place(dialect: Dialect) -> None:
    """Understood, without influence or not followed: no key in two of them or in none, no setting in two rules."""
    words = dialect.vocabulary
    places = [*dialect.understood, *words.without_influence, *words.not_followed]
    said = [path for rule in dialect.rules for path in rule.settings]
    keys = [key for rule in dialect.rules for key in rule.keys]

    assert sorted(places) == sorted(words.keys)
    assert len(said) == len(set(said))
    assert len(keys) == len(set(keys))
    assert dialect.marks <= {*words.keys, *words.aliases, *words.retired}
    for rule in dialect.rules:
        assert set(rule.said_by) <= set(rule.settings)
        assert {key for named in rule.said_by.values() for key in named} <= set(rule.keys)
