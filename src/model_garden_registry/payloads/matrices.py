"""What training stacks and serving engines support, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.checks.matrix.cells import Cell, Column, Matrix, Row


def matrix_document(matrix: Matrix) -> dict[str, Any]:
    """Return ``mgr.matrix/1``: columns, and rows with a cell for each column of their task."""
    return {
        "format": "mgr.matrix/1",
        "model": matrix.model,
        "columns": [column._asdict() for column in matrix.columns],
        "rows": [_row(row, matrix.of(row.task)) for row in matrix.rows],
    }


def _row(row: Row, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "task": row.task,
        "group": row.group,
        "name": row.name,
        "settings": dict(row.settings),
        "cells": [_cell(cell, column) for cell, column in zip(row.cells, columns, strict=True)],
    }


def _cell(cell: Cell, column: Column) -> dict[str, Any]:
    return {
        "column": column.name,
        "answer": str(cell.answer),
        "needs": cell.needs or None,
        "remark": cell.remark or None,
        "facts": [fact._asdict() for fact in cell.facts],
    }
