"""A command in some file, as data: the result of the file readers."""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.dialects.items import Item


@dataclass(frozen=True, slots=True)
class Word:
    """
    A word of a command.

    Args:
        text: Without quotes, variables replaced.

        is_known: False if a part of the text is an unresolved variable or substitution.

        line: From 1.

        column: From 1.
    """

    text: str
    is_known: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Command:
    """
    A command of a tool.

    Args:
        tool: Its name in the vocabularies (``vllm``, ``msswift``); ``python`` for any other script.

        subcommand: ``serve``, ``sft``; for ``python``, the path of the script.

        words: Its arguments.

        environment: Variables set for it, each name once.

        line: First line, from 1.

        column: First column, from 1.

        launcher: The launcher of its processes, with its arguments: ``torchrun --nproc_per_node 8``.
    """

    tool: str
    subcommand: str
    words: tuple[Word, ...]
    environment: tuple[Item, ...]
    line: int
    column: int
    launcher: Command | None = None
