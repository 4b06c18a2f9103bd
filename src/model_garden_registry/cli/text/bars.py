"""Bars of text, for terminals."""

from __future__ import annotations

from model_garden_registry.cli.output import Screen

#: No bar is longer; a longer one says no more.
_LONGEST = 40


def bar_width(screen: Screen, *, beside: int) -> int:
    """
    Give the columns that a terminal leaves for bars; 0 in a pipe, and where there is not enough of it.

    Args:
        beside: Columns of what stands beside them.
    """
    width = min(screen.width - beside, _LONGEST) if screen.is_terminal else 0
    return width if width >= 8 else 0


def bar(share: float, width: int, screen: Screen, *, beyond: float = 0.0) -> str:
    """
    Draw a bar.

    Args:
        share: Length, as a share of the width.

        width: Columns of a whole bar.

        beyond: Where a lighter part ends, as a share of the width; nothing where it is not above ``share``.
    """
    full, light = ("█", "░") if screen.has_box_characters else ("#", "-")
    length, end = round(share * width), round(beyond * width)
    return full * length + light * (end - length)
