"""Whether stacks and engines are as new as a model asks for."""

from __future__ import annotations

import pytest

from model_garden_registry.checks.matrix.cells import Answer, Cell, Column
from model_garden_registry.checks.matrix.plain_models import plain_model
from model_garden_registry.checks.matrix.releases import release_row

VLLM, SGLANG = Column("inference", "vllm", "vLLM", "0.33.0"), Column("inference", "sglang", "SGLang", "0.5.23")


@pytest.mark.parametrize(
    ("asked", "cell"),
    [
        (">=0.17.0", Cell(answer=Answer.YES, remark="from vLLM 0.17.0 on, as the entry says")),
        (">= 0.33", Cell(answer=Answer.YES, remark="from vLLM 0.33 on, as the entry says")),
        (
            ">=0.40,<2",
            Cell(answer=Answer.NEEDS, needs="release 0.40", remark="vLLM 0.33.0 was the newest that was read"),
        ),
    ],
)
def test_a_lowest_release_is_held_against_the_newest_that_was_read(asked: str, cell: Cell) -> None:
    """Of an engine that the entry does not name, nothing is known."""
    row = release_row(plain_model("dense").model_copy(update={"min_versions": {"vllm": asked}}), (VLLM, SGLANG))

    assert row is not None
    assert (row.task, row.name, row.cells) == ("inference", "release", (cell, Cell(answer=Answer.UNKNOWN)))


@pytest.mark.parametrize("asked", [{}, {"transformers": ">=4.51"}, {"vllm": "==0.9"}, {"vllm": ">=nightly"}])
def test_what_asks_for_no_lowest_release_has_no_row(asked: dict[str, str]) -> None:
    """Nor what no column is called."""
    entry = plain_model("dense").model_copy(update={"min_versions": asked})

    assert release_row(entry, (VLLM, SGLANG)) is None
