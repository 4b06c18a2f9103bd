"""A matrix as values: questions down, training stacks and serving engines across, and each answer with its fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from model_garden_registry.entries.tasks import Task

#: What a question is about.
Group = Literal["methods", "formats", "features"]


class Answer(StrEnum):
    """Whether a stack or an engine supports what is asked."""

    YES = "yes"
    NO = "no"
    NEEDS = "needs"
    UNKNOWN = "unknown"


class Column(NamedTuple):
    """
    A training stack or a serving engine, at the newest release that was read.

    Args:
        task: What it is for.

        name: As the settings ``stack`` and ``engine`` have it.

        title: Its name for people.

        version: The release.
    """

    task: Task
    name: str
    title: str
    version: str

    @property
    def named(self) -> str:
        """Its name and release, for people."""
        return f"{self.title} {self.version}"


class Fact(NamedTuple):
    """
    A fact about a stack or an engine, as a table states it.

    Args:
        file: The table below ``storage/``.

        pointer: JSON pointer into it.

        name: The key that states it.

        value: What it states.

        since: The release from which it holds; None where it is of no release.

        read_in: Where in the sources of that project it was read; None where the table does not say.
    """

    file: str
    pointer: str
    name: str
    value: Any
    since: str | None
    read_in: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    One answer.

    Args:
        answer: Yes, no, what it needs, or unknown.

        needs: What it needs: ``compute capability 8.0``, ``vLLM >=0.12.0``; empty where nothing.

        remark: Why not, or another finding of the verdict; a sentence, or empty.

        facts: Where it comes from; none if only the rules of settings decide, or if no table has the fact.
    """

    answer: Answer
    needs: str = ""
    remark: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One question, and the answers to it.

    Args:
        task: The task of the columns.

        group: What the question is about.

        name: A word or two.

        settings: The settings that ask it, beside the defaults.

        cells: One for each column of the task, in the same order.
    """

    task: Task
    group: Group
    name: str
    settings: Mapping[str, Any]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """
    Questions about training stacks and serving engines, with their answers.

    Args:
        model: Id of the model; None: any model.

        columns: Stacks, then engines.

        rows: The questions, by task and group.
    """

    model: str | None
    columns: tuple[Column, ...] = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)

    def of(self, task: Task) -> tuple[Column, ...]:
        """Return the columns of a task."""
        return tuple(column for column in self.columns if column.task == task)

    def cell(self, row: str, column: str) -> Cell:
        """
        Return one answer.

        Args:
            row: Name of the question, such as ``grpo``.

            column: Name of the stack or engine, such as ``llama-factory``.

        Raises:
            KeyError: There is no such row for the task of the column, or no such column.
        """
        for each in self.rows:
            for of, cell in zip(self.of(each.task), each.cells, strict=True):
                if (each.name, of.name) == (row, column):
                    return cell
        raise KeyError((row, column))
