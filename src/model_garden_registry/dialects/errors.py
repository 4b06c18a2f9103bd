"""What can go wrong with other tools' files."""

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

        why: What stands against it, as half a sentence.
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

        problem: What is wrong with it, as half a sentence.

        line: 1-based line of the problem, where there is one.

        column: 1-based column of the problem, in characters.

        tool: Whose file it is, where that is known.
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
    """A file is no known tool's: nothing in it tells one, or it is not in the language that its name says."""
