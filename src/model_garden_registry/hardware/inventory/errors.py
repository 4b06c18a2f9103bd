"""Errors of inventories, and of the output of other programs that they are read from."""

from __future__ import annotations

from pathlib import Path

from model_garden_registry.errors import RegistryError
from model_garden_registry.visible_text import visible


class ClusterError(RegistryError):
    """
    A cluster does not answer.

    Args:
        address: Where it was looked for.

        why: The reason, as half a sentence.
    """

    def __init__(self, address: str, why: str) -> None:
        super().__init__(address, why)
        self.address = address
        self.why = why

    def __str__(self) -> str:
        return visible(f"no answer from the cluster at {self.address}: {self.why}")


class InventoryError(RegistryError):
    """
    A text is no inventory, or is not the output of the program that it should be of.

    Args:
        problem: The problem, as half a sentence.

        where: JSON pointer of the value that is wrong, in a JSON document.

        line: 1-based line of the problem, in other texts, or where a text is not JSON.

        column: 1-based column of the problem, in characters.

        path: The file, if known; ``-`` for standard input.
    """

    def __init__(
        self,
        problem: str,
        *,
        where: str | None = None,
        line: int | None = None,
        column: int | None = None,
        path: Path | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.line = line
        self.column = column
        self.path = path

    def in_file(self, path: Path) -> InventoryError:
        """Return the error with the file that it is about."""
        return InventoryError(self.problem, where=self.where, line=self.line, column=self.column, path=path)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self._file, self.line, self.column) if part is not None)
        if self._file is None and self.line is not None:
            place = f"line {place}"
        pointer = None if self.where is None else self.where or "the top"
        return visible(": ".join(part for part in (place, pointer, self.problem) if part))

    @property
    def _file(self) -> str | None:
        if self.path is None:
            return None
        return "standard input" if str(self.path) == "-" else str(self.path)
