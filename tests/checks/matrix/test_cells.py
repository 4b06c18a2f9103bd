"""A matrix as values."""

from __future__ import annotations

import pytest

from model_garden_registry.checks.matrix.cells import Answer, Cell, Column, Matrix, Row

OWL, EAGLE = Column("training", "owl", "Owl", "1.2"), Column("inference", "eagle", "Eagle", "0.3")


def test_columns_are_of_a_task() -> None:
    """In their order, each named with its release."""
    matrix = Matrix(model=None, columns=(OWL, EAGLE), rows=())

    assert (matrix.of("training"), matrix.of("inference")) == ((OWL,), (EAGLE,))
    assert OWL.named == "Owl 1.2"


def test_an_answer_is_found_by_its_row_and_column() -> None:
    """What is not asked of a column is a ``KeyError``."""
    yes, no = Cell(answer=Answer.YES), Cell(answer=Answer.NO)
    rows = (
        Row(task="training", group="methods", name="grpo", settings={}, cells=(yes,)),
        Row(task="inference", group="features", name="adapters", settings={}, cells=(no,)),
    )
    matrix = Matrix(model=None, columns=(OWL, EAGLE), rows=rows)

    assert (matrix.cell("grpo", "owl"), matrix.cell("adapters", "eagle")) == (yes, no)
    with pytest.raises(KeyError, match="grpo"):
        matrix.cell("grpo", "eagle")
