"""A command that some file starts, as data: what the readers of files hand on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """
    A value that only a shell knows, or whoever starts the container.

    Args:
        text: As it is written: ``$MODEL``.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """
    A word of a command.

    Args:
        text: Without quotes, variables put in.

        is_known: False where a part of the text is a variable or a substitution, as it is written.

        line: From 1.

        column: From 1.
    """

    text: str
    is_known: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Variable:
    """
    A variable that is set for a command.

    Args:
        name: Of the variable.

        value: What it is set to.

        line: Where, from 1.

        column: From 1.
    """

    name: str
    value: str | UnknownValue
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Command:
    """
    A command of a tool.

    Args:
        tool: Its name in the vocabularies (``vllm``, ``msswift``); ``python`` for any other script.

        subcommand: ``serve``, ``sft``; of ``python``, the path of the script.

        words: What it is given.

        environment: What is set for it, by name.

        line: Where it begins, from 1.

        column: From 1.

        launcher: What starts its processes, with its own words: ``torchrun --nproc_per_node 8``.
    """

    tool: str
    subcommand: str
    words: tuple[Word, ...]
    environment: tuple[Variable, ...]
    line: int
    column: int
    launcher: Command | None = None
