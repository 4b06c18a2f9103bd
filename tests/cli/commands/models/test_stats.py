"""`mgr stats`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]
Write = Callable[..., Path]

SOURCED = {"/requirements": {"kind": "derived", "source": "a formula", "as_of": "2025-11"}}

TEXT = """\
2 models

Categories
  text-llm  2  100 %

Providers
  org  2  100 %

Licenses
  mit         1   50 %
  not stated  1   50 %

Sizes
  small  1   50 %
  large  1   50 %

Status
  stable  2  100 %

Quantization
  none  2  100 %

Numbers by source
  measured                      0    0 %
  derived                       4   13 %
  vendor                        0    0 %
  published                     0    0 %
  declared                     26   87 %
    of which without a source  26   87 %
"""


def test_models_and_numbers_are_counted(mgr: Ask, registry: Write) -> None:
    """With their share of all."""
    registry({"id": "org/a", "license": "mit", "sources": SOURCED}, {"id": "org/b", "parameters": "70B"})

    assert mgr("stats").out == TEXT


def test_json_is_one_document(mgr: Ask, registry: Write) -> None:
    """The counts of the text."""
    registry({"id": "org/a", "license": "mit"})

    document = json.loads(mgr("stats", "--json").out)

    assert (document["format"], document["models"], document["numbers"]["total"]) == ("mgr.stats/1", 1, 15)
    assert document["license"] == [{"value": "mit", "models": 1}]


def test_an_empty_registry_is_an_answer(mgr: Ask, registry: Write) -> None:
    """Nothing is divided by zero."""
    registry()

    answer = mgr("stats")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("0 models\n\nNumbers by source\n  measured                     0  -\n")


def test_a_broken_entry_is_left_out_with_a_warning(mgr: Ask, registry: Write) -> None:
    """The others are counted."""
    registry({"id": "org/bad", "requirements": ...}, {"id": "org/good"})

    answer = mgr("stats")

    assert (answer.code, answer.out.splitlines()[0]) == (0, "1 model")
    assert answer.err.startswith("mgr: warning: registry.json: left out: entry 'org/bad' is not valid")


def test_text_of_an_entry_is_only_text(mgr: Ask, mgr_on_terminal: Ask, registry: Write) -> None:
    """No escape of a file reaches a terminal."""
    registry({"license": "\x1b[2J"})

    for answer in (mgr("stats"), mgr_on_terminal("stats", "--color", "never")):
        assert r"\x1b[2J" in answer.out
        assert "\x1b" not in answer.out
