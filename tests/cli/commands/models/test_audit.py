"""`mgr audit`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

SOURCES = {
    "/requirements": {"kind": "derived", "source": "a formula", "as_of": "2025-11"},
    "/training_defaults": {"kind": "declared", "source": "a guess", "as_of": "2026-02-03"},
}
WHOLE = SOURCES | {"/inference_defaults": {"kind": "measured", "source": "one L4", "as_of": "2026-03"}}


@pytest.fixture(autouse=True)
def two_models(registry: Write) -> Path:
    """Give a registry in which one model states all sources, the other some."""
    return registry({"id": "org/a", "aliases": ["org/former"], "sources": WHOLE}, {"id": "org/b", "sources": SOURCES})


def test_each_model_has_a_line_and_all_have_a_sum(mgr: Ask) -> None:
    """Numbers by the kind of their source, how many have none, and the date of the oldest."""
    assert mgr("audit").out == (
        "ID     NUMBERS  MEASURED  DERIVED  VENDOR  PUBLISHED  DECLARED  NO SOURCE  OLDEST\n"
        "org/a       15         2        4       0          0         9          0  2025-11\n"
        "org/b       15         0        4       0          0        11          2  2025-11\n"
        "\n"
        "30 numbers of 2 models\n"
        "\n"
        "  measured                      2    7 %\n"
        "  derived                       8   27 %\n"
        "  vendor                        0    0 %\n"
        "  published                     0    0 %\n"
        "  declared                     20   67 %\n"
        "    of which without a source   2    7 %\n"
    )


def test_old_numbers_are_counted_where_it_is_said_what_is_old(mgr: Ask) -> None:
    """In a column of their own and in the sum."""
    lines = mgr("audit", "org/a", "--older-than", "2026-01").out.splitlines()

    assert [line.split() for line in lines[:2]] == [
        ["ID", "NUMBERS", "MEASURED", "DERIVED", "VENDOR", "PUBLISHED", "DECLARED", "NO", "SOURCE", "OLD", "OLDEST"],
        ["org/a", "15", "2", "4", "0", "0", "9", "0", "4", "2025-11"],
    ]
    assert lines[-1] == "  older than 2026-01            4   27 %"


def test_models_can_be_named(mgr: Ask) -> None:
    """Also by former ids; one that is named twice counts once."""
    assert mgr("audit", "org/former", "org/a").out == mgr("audit", "org/a").out


def test_numbers_that_are_refused_are_named_and_fail(mgr: Ask) -> None:
    """With the line of what their source is stated for; exit 1."""
    answer = mgr("audit", "--fail-on", "declared")

    verdict, *lines = answer.out.splitlines()
    assert answer.code == 1
    assert verdict == "fail         registry.json: 3 failures"
    assert [line.partition(" ")[2] for line in lines] == [
        "fail: 9 numbers declared, 2026-02-03: a guess [source-declared] at /models/org~1a/training_defaults",
        "fail: 9 numbers declared, 2026-02-03: a guess [source-declared] at /models/org~1b/training_defaults",
        (
            "fail: 2 numbers without a source, counted as declared: /inference_defaults/max_model_len, "
            "/inference_defaults/gpu_memory_utilization [source-missing] at /models/org~1b/inference_defaults"
        ),
    ]


def test_a_finding_leads_to_its_line(mgr: Ask, two_models: Path) -> None:
    """As editors and annotations need it."""
    document = json.loads(two_models.read_bytes())
    two_models.write_text(json.dumps(document, indent=2), encoding="utf-8")
    lines = two_models.read_text(encoding="utf-8").splitlines()

    answer = mgr("audit", "--fail-on", "measured", "--format", "github")

    line = next(number for number, text in enumerate(lines, 1) if '"inference_defaults"' in text)
    assert (answer.code, answer.out) == (
        1,
        f"::error file=registry.json,line={line},col=7,title=source-kind::2 numbers measured, 2026-03: one L4\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("--fail-on vendor", 0, id="a kind that does not occur"),
        pytest.param("--fail-on old --older-than 2025-11", 0, id="nothing as old as that"),
        pytest.param("--fail-on old --older-than 2025-12", 1, id="something old"),
        pytest.param("--fail-on vendor --fail-on measured", 1, id="one of two kinds"),
        pytest.param("org/b --fail-on measured", 0, id="another model"),
        pytest.param("--older-than 1", 0, id="nothing refused"),
    ],
)
@pytest.mark.parametrize("shape", ["text", "json", "github", "sarif", "junit"])
def test_the_exit_code_says_whether_a_number_is_refused(shape: str, arguments: str, code: int, mgr: Ask) -> None:
    """In every format."""
    assert mgr("audit", *arguments.split(), "--format", shape).code == code


def test_without_a_refusal_declared_numbers_are_notes(mgr: Ask) -> None:
    """For formats that show findings beside lines."""
    lines = mgr("audit", "--format", "github").out.splitlines()

    assert [line.split()[0] for line in lines] == ["::notice"] * 3


def test_json_is_one_document(mgr: Ask) -> None:
    """With what was asked and whether it holds."""
    document = json.loads(mgr("audit", "--json", "--fail-on", "old", "--older-than", "2026-01").out)

    assert {key: document[key] for key in ("format", "is_valid", "fail_on", "older_than")} == {
        "format": "mgr.audit/1",
        "is_valid": False,
        "fail_on": ["old"],
        "older_than": "2026-01",
    }
    assert [model["id"] for model in document["models"]] == ["org/a", "org/b"]


def test_an_empty_registry_is_an_answer(mgr: Ask, registry: Write) -> None:
    """It has no number, and none that is refused."""
    registry()

    answers = [mgr("audit", *more.split()) for more in ("", "--fail-on declared")]

    assert [answer.code for answer in answers] == [0, 0]
    assert answers[0].out.startswith("0 numbers of 0 models\n")


def test_a_broken_entry_is_left_out_with_a_warning(mgr: Ask, registry: Write) -> None:
    """Where all are asked for; asked for by its id, it is no answer."""
    registry({"id": "org/bad", "requirements": ...}, {"id": "org/good"})

    everything, alone = mgr("audit"), mgr("audit", "org/bad")

    assert (everything.code, "org/bad" in everything.out, alone.code) == (0, False, 3)
    assert everything.err.startswith("mgr: warning: registry.json: left out: entry 'org/bad' is not valid")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            "--fail-on vendr",
            "--fail-on: 'vendr' is not one of 'measured', 'derived', 'vendor', 'published', 'declared', 'old'; "
            "did you mean vendor?",
            id="a kind that is none",
        ),
        pytest.param("--fail-on old", "--fail-on old needs --older-than", id="old, but when"),
        pytest.param(
            "--older-than soon",
            "--older-than: neither a month such as 2026-01 nor a number of months: 'soon'",
            id="a month that is none",
        ),
        pytest.param("org/aa", "no model 'org/aa' in the registry; did you mean org/a?", id="an unknown id"),
    ],
)
def test_a_wrong_question_exits_with_2(arguments: str, message: str, mgr: Ask) -> None:
    """Nothing is answered."""
    answer = mgr("audit", *arguments.split())

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[0].startswith(f"mgr: error: {message}")


def test_text_of_an_entry_is_only_text(mgr: Ask, registry: Write) -> None:
    """No escape of a file reaches a terminal."""
    registry({"id": "org/\u202ea", "sources": {"/requirements": SOURCES["/requirements"] | {"source": "\x1b[2J"}}})

    shown = mgr("audit").out + mgr("audit", "--fail-on", "derived").out

    assert r"org/\u202ea" in shown
    assert r"\x1b[2J" in shown
    assert not set(shown) & {"\x1b", "\u202e"}


def test_on_a_terminal_the_table_fits_80_columns(mgr_on_terminal: Ask, registry: Write) -> None:
    """The ids are whole; the less important columns go."""
    long_id = "organisation/A-Model-With-A-Rather-Long-Name-4bit"
    registry({"id": long_id, "sources": SOURCES})

    lines = mgr_on_terminal("audit", "--color", "never").out.splitlines()

    assert max(map(len, lines)) <= 80
    assert [line.split() for line in lines if line.startswith("organisation")] == [[long_id, "0", "11", "2025-11"]]
