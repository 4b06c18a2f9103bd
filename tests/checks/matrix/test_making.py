"""All questions to all training stacks and serving engines."""

from __future__ import annotations

from itertools import groupby

import pytest

from model_garden_registry import InvalidOverrideError, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.matrix.cells import Answer
from model_garden_registry.checks.matrix.facts import columns
from model_garden_registry.checks.matrix.making import matrix_of
from model_garden_registry.entries.tasks import Task

REGISTRY = load_registry(bundled_registry())
BITSANDBYTES = "unsloth/Qwen2.5-VL-7B-Instruct-bnb-4bit"


def test_any_model_is_asked_about_everything() -> None:
    """Each question once; by task and group; each answered by every column of its task."""
    matrix = matrix_of()
    places = [(row.task, row.group) for row in matrix.rows]

    assert (matrix.model, matrix.columns) == (None, columns())
    assert [place for place, _ in groupby(places)] == [
        *(("training", group) for group in ("methods", "formats", "features")),
        *(("inference", group) for group in ("formats", "features")),
    ]
    assert len({(row.task, row.name) for row in matrix.rows}) == len(matrix.rows)
    assert all(len(row.cells) == len(matrix.of(row.task)) for row in matrix.rows)


def test_a_model_is_asked_about_what_concerns_it() -> None:
    """Its own defaults first, its own number format; nothing about experts, which it has not."""
    matrix = matrix_of(REGISTRY[BITSANDBYTES])
    names = {(row.task, row.name): {cell.answer for cell in row.cells} for row in matrix.rows}

    assert (matrix.model, matrix.rows[0].name) == (BITSANDBYTES, "its defaults")
    assert [row.name for row in matrix.rows if row.group == "formats"] == ["4bit/bitsandbytes"] * 2
    assert names["training", "full"] == {Answer.NO}
    assert Answer.NO not in names["training", "qlora"]
    assert ("training", "experts in 4 bits") not in names


def test_a_model_is_found_by_the_id_that_it_was_asked_for() -> None:
    """Which may be another than the entry's own."""
    assert matrix_of(REGISTRY[BITSANDBYTES], model="a/key").model == "a/key"


def test_a_task_that_a_model_does_not_do_is_one_row() -> None:
    """Every further answer would be the same."""
    matrix = matrix_of(REGISTRY["Qwen/Qwen3-8B-AWQ"])

    assert [(row.name, {cell.answer for cell in row.cells}) for row in matrix.rows if row.task == "training"] == [
        ("its defaults", {Answer.NO})
    ]


@pytest.mark.parametrize(
    "model_id",
    [
        *(BITSANDBYTES, "Qwen/Qwen3-8B", "Qwen/Qwen3-30B-A3B", "openai/gpt-oss-20b", "google/gemma-3-4b-it"),
        *("Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3.5-9B", "deepseek-ai/DeepSeek-V3.1"),
    ],
)
def test_the_matrix_says_what_verdicts_say(model_id: str) -> None:
    """What a verdict refuses is a no that says why; what is a yes, or needs a GPU, no verdict refuses."""
    matrix = REGISTRY.matrix(model_id)
    for row in matrix.rows:
        for column, cell in zip(matrix.of(row.task), row.cells, strict=True):
            tool = "stack" if row.task == "training" else "engine"
            refused = refusal(model_id, row.task, {tool: column.name, **row.settings})
            assert refused is None or (cell.answer is Answer.NO and cell.remark)
            assert cell.answer in (Answer.NO, Answer.UNKNOWN) or refused is None


def refusal(model_id: str, task: Task, overrides: dict[str, object]) -> str | None:
    """Return what a verdict without hardware says against it."""
    try:
        return REGISTRY.validate(model_id, task, overrides=overrides, hardware=None).error_message
    except InvalidOverrideError as error:
        return error.allowed
