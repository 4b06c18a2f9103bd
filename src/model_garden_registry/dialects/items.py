"""One key of another tool's file, with its position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Item:
    """
    One key of another tool's file.

    Args:
        key: As written; dotted below a group, ``fsdp_config.fsdp_version``.

        value: A plain value: text, number, bool, None, list or dict of these.

        line: 1-based.

        column: 1-based, in characters.
    """

    key: str
    value: Any
    line: int | None = None
    column: int | None = None


class OfModel:
    """Placeholder for a value that a tool takes from the model if none is given."""

    def __repr__(self) -> str:
        return "OF_MODEL"


#: Length: as long as the model's positions allow.
OF_MODEL: Final = OfModel()


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """
    A value that is not in the file: a shell variable, a substitution.

    Args:
        text: As written: ``$MODEL``.
    """

    text: str

    def __str__(self) -> str:
        return self.text
