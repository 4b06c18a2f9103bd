"""A command that some file starts, as data: what the readers of files hand on."""

from __future__ import annotations

from dataclasses import dataclass

from model_garden_registry.dialects.items import Item


@dataclass(frozen=True, slots=True)
class Word:
    """
    A word of a command.

    Args:
        text: Without quotes, variables put in.

        is_known: False if a part of the text is a variable or a substitution, as it is written.

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

        subcommand: ``serve``, ``sft``; of ``python``, the path of the script.

        words: What it is given.

        environment: Variables that are set for it, each name once.

        line: Where it begins, from 1.

        column: From 1.

        launcher: What starts its processes, with its own words: ``torchrun --nproc_per_node 8``.
    """

    tool: str
    subcommand: str
    words: tuple[Word, ...]
    environment: tuple[Item, ...]
    line: int
    column: int
    launcher: Command | None = None
