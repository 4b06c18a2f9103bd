"""`mgr compare`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

ENTRIES = (
    {"id": "org/a", "aliases": ["org/former"]},
    {
        "id": "org/b",
        "status": "deprecated",
        "requirements": {"inference": {"min_vram_gb": 9, "recommended_vram_gb": 9}},
    },
    *({"id": f"lab/{number}", "license": f"a-license-of-some-length-{number}"} for number in range(5)),
)


@pytest.fixture(autouse=True)
def _some_models(registry: Write) -> None:
    registry(*ENTRIES)


def test_models_stand_side_by_side(mgr: Ask) -> None:
    """Their ids above, called by letters; a field in which they differ is marked, one of a group indented."""
    lines = mgr("compare", "org/a", "org/b").out.splitlines()

    assert lines[:4] == ["A  org/a", "B  org/b", "", "   FIELD                          A         B"]
    assert [line for line in lines if line.startswith(("*", "   inference"))] == [
        "*  status                         stable    deprecated",
        "   inference",
        "*    min_vram_gb                  20        9",
        "*    recommended_vram_gb          24        9",
        "   inference_defaults",
    ]


def test_only_what_differs_is_shown_on_request(mgr: Ask) -> None:
    """A group is named where one of its fields is left."""
    assert mgr("compare", "org/a", "org/b", "--diff").out == (
        "A  org/a\n"
        "B  org/b\n"
        "\n"
        "   FIELD                  A       B\n"
        "*  status                 stable  deprecated\n"
        "   inference\n"
        "*    min_vram_gb          20      9\n"
        "*    recommended_vram_gb  24      9\n"
    )


def test_no_difference_is_said(mgr: Ask, registry: Write) -> None:
    """Exit 0."""
    registry({"id": "org/a"}, {"id": "org/b"})

    answer = mgr("compare", "org/a", "org/b", "--diff")

    assert (answer.code, answer.out) == (0, "A  org/a\nB  org/b\n\nno difference\n")


def test_json_is_one_document(mgr: Ask) -> None:
    """With the fields that differ, or all."""
    document = json.loads(mgr("compare", "org/a", "org/b", "--diff", "--json").out)

    assert document == {
        "format": "mgr.compare/1",
        "models": ["org/a", "org/b"],
        "fields": [
            {"field": "status", "differs": True, "values": ["stable", "deprecated"]},
            {"field": "inference.min_vram_gb", "differs": True, "values": [20, 9]},
            {"field": "inference.recommended_vram_gb", "differs": True, "values": [24, 9]},
        ],
    }


def test_gpus_that_are_named_are_fields(mgr: Ask) -> None:
    """Verdict, GPUs and memory to be safe for each task; null where a model does not support it."""
    named = ("--gpu", "T4,L40S", "--gpu", "A100 80GB MIG 1g.10gb")
    document = json.loads(mgr("compare", "org/a", "org/b", *named, "--json").out)
    values = {field["field"]: field["values"] for field in document["fields"] if field["field"].startswith("on ")}
    text = mgr("compare", "org/a", "org/b", *named).out

    assert [*dict.fromkeys(name.rpartition(".")[0] for name in values)] == [
        "on T4",
        "on L40S",
        "on A100 80GB MIG 1g.10gb",
    ]
    assert values["on L40S.inference"] == ["ok", "fail"]
    assert values["on T4.inference"] == ["fail", "fail"]
    assert values["on L40S.inference_gpus"] == [1, 1]
    assert values["on L40S.inference_safe_gb"][0] > 16
    assert "   on A100 80GB MIG 1g.10gb\n" in text


def test_markdown_has_a_column_for_each_model(mgr: Ask) -> None:
    """With whole ids, and what Markdown would act on escaped."""
    assert mgr("compare", "org/a", "org/b", "--diff", "--format", "markdown").out == (
        "| FIELD |  | org/a | org/b |\n"
        "| --- | --- | --- | --- |\n"
        "| status | \\* | stable | deprecated |\n"
        "| inference.min\\_vram\\_gb | \\* | 20 | 9 |\n"
        "| inference.recommended\\_vram\\_gb | \\* | 24 | 9 |\n"
    )


def test_a_former_id_is_shown_as_the_present_one(mgr: Ask) -> None:
    """As everywhere."""
    assert mgr("compare", "org/former", "org/b").out == mgr("compare", "org/a", "org/b").out


@pytest.mark.parametrize(
    ("model_ids", "message"),
    [
        pytest.param("org/a", "ID: two to six models can be compared, not 1", id="one"),
        pytest.param("org/a " * 7, "ID: two to six models can be compared, not 7", id="seven"),
        pytest.param("org/a org/former", "ID: org/a is named twice", id="one under two names"),
        pytest.param("org/a org/aa", "no model 'org/aa' in the registry; did you mean org/a?", id="an unknown one"),
    ],
)
def test_a_wrong_question_exits_with_2(model_ids: str, message: str, mgr: Ask) -> None:
    """Nothing is answered."""
    answer = mgr("compare", *model_ids.split())

    assert (answer.code, answer.out) == (2, "")
    assert f"mgr: error: {message}" in answer.err


def test_on_a_terminal_six_models_are_shared_out_over_tables_that_fit(mgr_on_terminal: Ask) -> None:
    """Nothing is cut, no line wraps; each table names the fields again."""
    shown = mgr_on_terminal("compare", "org/a", *(f"lab/{number}" for number in range(5)), "--color", "never").out

    assert max(map(len, shown.splitlines())) <= 80
    assert [f"a-license-of-some-length-{number}" in shown for number in range(5)] == [True] * 5
    assert shown.count("FIELD") == 5


def test_text_of_an_entry_is_only_text(mgr: Ask, registry: Write) -> None:
    """No escape of a file reaches a terminal."""
    registry({"id": "org/a", "license": "\x1b[2J"}, {"id": "org/b"})

    assert [line for line in mgr("compare", "org/a", "org/b").out.splitlines() if "license" in line] == [
        r"*  license                        \x1b[2J   -"
    ]
