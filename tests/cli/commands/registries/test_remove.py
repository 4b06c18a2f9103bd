"""``mgr registry remove``: a model out of one's own registry, or hidden by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_registry(mgr: Ask) -> None:
    assert mgr("registry", "init").code == 0
    assert mgr("registry", "add", "acme/one", "--like", "Qwen/Qwen3-8B").code == 0


def test_an_own_model_is_gone(mgr: Ask) -> None:
    answer = mgr("registry", "remove", "acme/one")

    assert (answer.code, answer.err) == (0, "mgr: note: removed acme/one from storage/models_registry.json\n")
    assert mgr("list", "acme", "-q").out == ""


def test_a_model_below_is_hidden_until_it_is_restored(mgr: Ask) -> None:
    hidden = mgr("registry", "remove", "Qwen/Qwen3-8B")

    assert (hidden.code, hidden.err) == (0, "mgr: note: storage/models_registry.json hides Qwen/Qwen3-8B\n")
    assert mgr("show", "Qwen/Qwen3-8B").code == 2
    assert mgr("registry", "remove", "Qwen/Qwen3-8B").code == 2
    restored = mgr("registry", "remove", "Qwen/Qwen3-8B", "--restore")
    assert (restored.code, restored.out) == (0, "")
    assert "says nothing of Qwen/Qwen3-8B any more: the entry below it is used" in restored.err
    assert mgr("show", "Qwen/Qwen3-8B").code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("acme/two",), "no model 'acme/two'"),
        (("Qwen/Qwen3-4B", "--restore"), "states nothing of 'Qwen/Qwen3-4B'"),
    ],
)
def test_what_is_not_there_is_one_line(arguments: tuple[str, ...], told: str, mgr: Ask) -> None:
    answer = mgr("registry", "remove", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err


def test_a_former_id_is_told_by_its_new_one(mgr: Ask) -> None:
    """Removing by it would remove more than was named."""
    former, current = next((alias, key) for key, model in load_registry().items() for alias in model.aliases)

    answer = mgr("registry", "remove", former)

    assert answer.code == 2
    assert f"is a former id of {current}" in answer.err
