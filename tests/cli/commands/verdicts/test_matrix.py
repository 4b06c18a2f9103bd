"""``mgr matrix``, through the real program."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.matrices import matrix_document

Ask = Callable[..., Any]

BITSANDBYTES = "unsloth/Qwen2.5-VL-7B-Instruct-bnb-4bit"
REGISTRY = load_registry(bundled_registry())
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
COLUMNS = REGISTRY.matrix().columns


@pytest.fixture
def matrix(mgr: Ask) -> Ask:
    """Ask ``mgr matrix``."""
    return lambda *arguments, **more: mgr("matrix", *arguments, **more)


def row_of(text: str, name: str) -> list[str]:
    """Return the answers of the first row of a name."""
    line = next(line for line in text.splitlines() if line.startswith(f"{name}  "))
    return line.removeprefix(name).replace("needs ", "needs_").split()


def test_stacks_and_engines_stand_side_by_side(matrix: Ask) -> None:
    """With their releases above; a table for methods, number formats and features; remarks below it."""
    answer = matrix()
    heads = [line.split()[0] for line in answer.out.splitlines() if line.endswith(("MS-SWIFT", "TRANSFORMERS"))]

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("What stacks and engines support: any model\n\nTraining: TRL ")
    assert heads == ["METHOD", "WEIGHTS", "FEATURE", "WEIGHTS", "FEATURE"]
    assert row_of(answer.out, "grpo") == ["yes", "yes", "yes", "no", "yes"]
    assert "\ngrpo: LLaMA-Factory 0.9.5 teaches sft, dpo, kto, orpo, reward\n" in answer.out
    assert row_of(answer.out, "flash_attention_3") == ["needs_9.0"] * 5
    assert "\nunknown for all: awq/awq, " in answer.out
    assert answer.out.endswith("--explain gives the fact behind each answer.\n")


def test_no_line_is_wider_than_a_terminal(matrix: Ask, mgr_on_terminal: Ask) -> None:
    """80 columns hold everything, explained or not; in a pipe a line stays a line."""
    assert max(map(len, matrix().out.splitlines())) > 80
    for written in (mgr_on_terminal("matrix"), mgr_on_terminal("matrix", BITSANDBYTES, "--explain")):
        assert max(map(len, ESCAPES.sub("", written.out).splitlines())) <= 80


def test_a_model_is_asked_about_itself(matrix: Ask) -> None:
    """Its number format, its defaults; the first line names it."""
    text = matrix(BITSANDBYTES).out

    assert text.startswith(f"What stacks and engines support: {BITSANDBYTES}\n")
    assert row_of(text, "full") == ["no"] * 5
    assert "\nfull: method full cannot train 4bit weights; use the base model, or qlora\n" in text
    assert len(row_of(text, "its defaults")) == 5


def test_each_answer_has_its_fact(matrix: Ask) -> None:
    """Where it stands, with the release; cells with the same fact share a line; a long value is cut."""
    lines = [line.split("  ") for line in matrix("--explain").out.splitlines()]
    facts = {cell.strip() for line in lines for cell in line}

    assert (
        "Unsloth 2026.10.9: algorithms = "
        '["sft", "dpo", "kto", "orpo", "grpo", "reward"] since 2026.5 (stacks.json/stacks/unsloth/ranges/0/algorithms)'
    ) in facts
    assert any("LLaMA-Factory 0.9.5, ms-swift 4.6.0: kernels.flash_attention_2 = " in fact for fact in facts)
    assert any(fact.startswith("vLLM 0.33.0: quantizations = [") and "…" in fact for fact in facts)


def test_what_no_fact_decides_is_the_rules(matrix: Ask) -> None:
    """Which hold whatever the stack."""
    assert "the rules of settings" in matrix(BITSANDBYTES, "--explain").out


@pytest.mark.parametrize("arguments", [(), (BITSANDBYTES,)])
def test_json_is_what_the_library_says(matrix: Ask, arguments: tuple[str, ...]) -> None:
    """``mgr.matrix/1``."""
    document = json.loads(matrix(*arguments, "--json").out)

    assert document == json.loads(json.dumps(matrix_document(REGISTRY.matrix(*arguments))))


def test_csv_has_a_line_for_each_answer(matrix: Ask) -> None:
    """With every column that JSON has."""
    lines = list(csv.DictReader(io.StringIO(matrix("--format", "csv").out)))

    assert len(lines) == sum(len(row.cells) for row in REGISTRY.matrix().rows)
    (flash,) = [line for line in lines if (line["row"], line["column"]) == ("flash_attention_3", "trl")]
    assert flash == {
        "model": "",
        "task": "training",
        "group": "features",
        "row": "flash_attention_3",
        "column": "trl",
        "version": COLUMNS[0].version,
        "answer": "needs",
        "needs": "compute capability 9.0",
        "remark": "",
        "facts": "stacks.json/kernels/flash_attention_3",
        "since": "",
        "read_in": "",
    }


def test_markdown_has_a_table_for_each_group(matrix: Ask) -> None:
    """Headed by names and releases; remarks are items of a list; what is not known is a question mark."""
    text = matrix("--format", "markdown").out
    head = " | ".join(column.named for column in COLUMNS if column.task == "inference")

    assert [line for line in text.splitlines() if line.startswith("#")] == [
        *(f"### Training: {group}" for group in ("methods", "formats", "features")),
        *(f"### Serving: {group}" for group in ("formats", "features")),
    ]
    assert f"|  | {head} |" in text
    assert "| awq/awq | ? | ? | ? | ? | ? |" in text
    assert "- grpo: LLaMA-Factory 0.9.5 teaches sft, dpo, kto, orpo, reward" in text


def test_an_id_is_taken_as_people_write_it(matrix: Ask) -> None:
    """With one line that says which was taken."""
    answer = matrix("qwen3-8b")

    assert answer.out == matrix("Qwen/Qwen3-8B").out
    assert "Qwen/Qwen3-8B" in answer.err


def test_an_unknown_model_is_refused(matrix: Ask) -> None:
    """With near names."""
    answer = matrix("Qwen/Qwen3-8")

    assert answer.code == 2
    assert "Qwen/Qwen3-8B" in answer.err


def test_text_is_the_default(matrix: Ask) -> None:
    """As ``--format text`` says it."""
    assert matrix("--format", "text").out == matrix().out
