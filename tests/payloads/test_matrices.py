"""What training stacks and serving engines do, as a JSON document."""

from __future__ import annotations

from model_garden_registry.checks.matrix.cells import Answer, Cell, Column, Fact, Matrix, Row
from model_garden_registry.payloads.matrices import matrix_document

FACT = Fact("stacks.json", "/stacks/owl/ranges/0/loss", "loss", "full", "1.0", "owl.py")


def test_a_matrix_is_columns_and_rows() -> None:
    """A cell names its column; what it does not need or remark is null."""
    columns = (Column("training", "owl", "Owl", "1.2"), Column("inference", "eagle", "Eagle", "0.3"))
    cell = Cell(answer=Answer.NEEDS, needs="compute capability 8.0", remark="below 9.0 it is slow", facts=(FACT,))
    rows = (
        Row(task="training", group="methods", name="lora", settings={"method": "lora"}, cells=(cell,)),
        Row(task="inference", group="features", name="fp8 cache", settings={}, cells=(Cell(answer=Answer.UNKNOWN),)),
    )

    assert matrix_document(Matrix(model="org/model", columns=columns, rows=rows)) == {
        "format": "mgr.matrix/1",
        "model": "org/model",
        "columns": [
            {"task": "training", "name": "owl", "title": "Owl", "version": "1.2"},
            {"task": "inference", "name": "eagle", "title": "Eagle", "version": "0.3"},
        ],
        "rows": [
            {
                "task": "training",
                "group": "methods",
                "name": "lora",
                "settings": {"method": "lora"},
                "cells": [
                    {
                        "column": "owl",
                        "answer": "needs",
                        "needs": "compute capability 8.0",
                        "remark": "below 9.0 it is slow",
                        "facts": [
                            {
                                "file": "stacks.json",
                                "pointer": "/stacks/owl/ranges/0/loss",
                                "name": "loss",
                                "value": "full",
                                "since": "1.0",
                                "read_in": "owl.py",
                            }
                        ],
                    }
                ],
            },
            {
                "task": "inference",
                "group": "features",
                "name": "fp8 cache",
                "settings": {},
                "cells": [{"column": "eagle", "answer": "unknown", "needs": None, "remark": None, "facts": []}],
            },
        ],
    }
