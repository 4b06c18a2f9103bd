"""The whole matrix: all questions for all training stacks and serving engines, about one model or any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias, get_args

from model_garden_registry.checks.matrix.cells import Column, Group, Matrix, Row
from model_garden_registry.checks.matrix.facts import columns
from model_garden_registry.checks.matrix.judging import Question, cell_of
from model_garden_registry.checks.matrix.plain_models import models_of_formats, plain_models
from model_garden_registry.checks.matrix.releases import release_row
from model_garden_registry.checks.matrix.serving_questions import serving_format, serving_questions
from model_garden_registry.checks.matrix.training_questions import training_format, training_questions
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task

#: Each task, with its question about a number format, and all others.
_QUESTIONS: tuple[tuple[Task, Callable[[ModelInfo], Question], Callable[[], Iterator[Question]]], ...] = (
    ("training", training_format, training_questions),
    ("inference", serving_format, serving_questions),
)
#: The first question about a model: its own settings, without overrides.
_DEFAULTS = "its defaults"

_Asked: TypeAlias = tuple[Task, Question, ModelInfo]


def matrix_of(entry: ModelInfo | None = None, *, model: str | None = None) -> Matrix:
    """
    Return the questions for every training stack and serving engine, with their answers.

    Args:
        entry: The model: its family, its number format, its documented defaults. None: any model;
            no then means no for every model.

        model: The id by which it is found; None: the entry's own.
    """
    if entry is None:
        return Matrix(model=None, columns=columns(), rows=tuple(map(_row, _about_any())))
    releases = (release_row(entry, _columns(task)) for task, *_ in _QUESTIONS if entry.supports(task))
    rows = [*map(_row, _about(entry)), *(row for row in releases if row is not None)]
    in_order = sorted(rows, key=lambda row: get_args(Task).index(row.task))
    return Matrix(model=model or entry.id, columns=columns(), rows=tuple(in_order))


def _row(asked: _Asked) -> Row:
    task, question, about = asked
    cells = tuple(cell_of(column, question, about) for column in _columns(task))
    return Row(task=task, group=question.group, name=question.name, settings=question.settings_of(about), cells=cells)


def _columns(task: Task) -> tuple[Column, ...]:
    return tuple(column for column in columns() if column.task == task)


def _about(entry: ModelInfo) -> Iterator[_Asked]:
    """Yield the questions that apply to a model."""
    for task, of_format, questions in _QUESTIONS:
        own = replace(of_format(entry), group="methods", name=_DEFAULTS)
        others = _in_order(questions(), [of_format(entry)]) if entry.supports(task) else ()
        for question in (own, *others):
            if question.concerns(entry):
                yield task, question, entry


def _about_any() -> Iterator[_Asked]:
    """Yield the questions, each for the first plain model that it applies to, if there is one."""
    for task, of_format, questions in _QUESTIONS:
        stored = {question.name: entry for entry in models_of_formats() for question in [of_format(entry)]}
        for question in _in_order(questions(), map(of_format, models_of_formats())):
            concerned = (entry for entry in plain_models() if question.concerns(entry))
            about = stored.get(question.name) or next(concerned, None)
            if about is not None:
                yield task, question, about


def _in_order(questions: Iterable[Question], formats: Iterable[Question]) -> list[Question]:
    """Return questions by group: methods, number formats, the rest."""
    return sorted((*questions, *formats), key=lambda question: get_args(Group).index(question.group))
