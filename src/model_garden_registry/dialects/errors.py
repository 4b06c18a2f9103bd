"""Errors of other tools' files."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry.errors import RegistryError
from model_garden_registry.visible_text import visible


class UnsupportedExportError(RegistryError):
    """
    A model cannot be written for a tool.

    Args:
        target: The tool.

        model_id: The model.

        why: The reason, as half a sentence.
    """

    def __init__(self, target: str, model_id: str, why: str) -> None:
        super().__init__(target, model_id, why)
        self.target = target
        self.model_id = model_id
        self.why = why

    def __str__(self) -> str:
        return f"model {self.model_id!r} cannot be exported for {visible(self.target)}: {visible(self.why)}"


class ForeignFileError(RegistryError):
    """
    Another tool's file cannot be read.

    Args:
        path: The file.

        problem: The problem, as half a sentence.

        line: 1-based line of the problem, if known.

        column: 1-based column of the problem, in characters.

        tool: The tool of the file, if known.
    """

    def __init__(
        self, path: Path, problem: str, *, line: int | None = None, column: int | None = None, tool: str | None = None
    ) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem
        self.line = line
        self.column = column
        self.tool = tool

    def __str__(self) -> str:
        place = ":".join(visible(str(part)) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {visible(self.problem)}"


class UnrecognisedFileError(ForeignFileError):
    """A file is of no known tool: nothing in it identifies one, or its content does not match its suffix."""
