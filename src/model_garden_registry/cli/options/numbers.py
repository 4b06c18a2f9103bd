"""Numbers on the command line, with one form of message if they are invalid or out of bounds."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

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


def real_number(*, least: float, most: float = inf) -> Callable[[str], float]:
    """Return a parser of numbers within bounds, for an option; Typer's own takes nan in some releases."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a number") from None
        if not least <= number <= most:  # also refuses nan
            bounds = f"{least:g} or more" if most == inf else f"between {least:g} and {most:g}"
            raise typer.BadParameter(f"must be {bounds}")
        return number

    return parse
