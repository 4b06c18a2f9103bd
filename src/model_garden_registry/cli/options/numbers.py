"""Numbers on the command line, with one form of message if they are invalid or out of bounds."""

from __future__ import annotations

from collections.abc import Callable

import typer


def whole_number(*, least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds, for an option."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a whole number") from None
        if number < least or (most is not None and number > most):
            bounds = f"{least} or more" if most is None else f"between {least} and {most}"
            raise typer.BadParameter(f"must be {bounds}")
        return number

    return parse


def parse_gigabytes(text: str) -> float:
    """Read a size in decimal GB, 0 or more."""
    try:
        number = float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number") from None
    if not number >= 0:  # also refuses nan
        raise typer.BadParameter("must be 0 or more")
    return number
