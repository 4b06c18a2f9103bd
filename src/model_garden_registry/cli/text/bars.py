"""Bars of text, for terminals."""

from __future__ import annotations

from model_garden_registry.cli.output import Screen

#: The longest bar.
_LONGEST = 40


def bar_width(screen: Screen, *, beside: int) -> int:
    """
    Return the columns that a terminal has left for bars; 0 in a pipe, or if there are too few.

    Args:
        beside: Columns of the text beside them.
    """
    width = min(screen.width - beside, _LONGEST) if screen.is_terminal else 0
    return width if width >= 8 else 0


def bar(share: float, width: int, screen: Screen, *, beyond: float = 0.0) -> str:
    """
    Return a bar.

    Args:
        share: Length, as a share of the width.

        width: Columns of a whole bar.

        beyond: End of a lighter part, as a share of the width; none if not above ``share``.
    """
    full, light = ("█", "░") if screen.has_box_characters else ("#", "-")
    length, end = round(share * width), round(beyond * width)
    return full * length + light * (end - length)
