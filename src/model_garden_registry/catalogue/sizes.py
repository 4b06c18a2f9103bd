"""Sizes of models: classes with bounds, and ranges of sizes."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.units import parse_parameter_count, short_number

#: A size matches within a tenth: a model of 7.6 billion is a "7B".
LOOSENESS = 10


class SizeRange(NamedTuple):
    """
    A range of parameters, the upper bound excluded.

    Args:
        least: In parameters, itself included.

        below: In parameters, itself excluded; may be infinite.
    """

    least: float
    below: float

    def holds(self, parameters: int) -> bool:
        """Return whether a count of parameters is in the range."""
        return self.least <= parameters < self.below

    @property
    def words(self) -> str:
        """The range in words: ``under 10B``, ``150B or more``, ``10B to 40B``."""
        if not self.least:
            return f"under {short_number(self.below / 1e9)}B"
        least = f"{short_number(self.least / 1e9)}B"
        return f"{least} or more" if math.isinf(self.below) else f"{least} to {short_number(self.below / 1e9)}B"


#: All parameters, active or not. In half precision a small model is served on a GPU of 24 GB, most medium
#: ones on 80 GB, a large one on a few of those, a huge one on a whole machine or several.
SIZE_CLASSES: dict[str, SizeRange] = {
    "tiny": SizeRange(0, 1e9),
    "small": SizeRange(1e9, 10e9),
    "medium": SizeRange(10e9, 40e9),
    "large": SizeRange(40e9, 150e9),
    "huge": SizeRange(150e9, math.inf),
}

#: The forms of a size.
SIZE_WORDS = f"{', '.join(SIZE_CLASSES)}, or numbers such as 8B, 7B..14B, ..4B"


def size_class(parameters: int) -> str:
    """Return the class of a count of parameters, not negative."""
    return next(name for name, bounds in SIZE_CLASSES.items() if bounds.holds(parameters))


@lru_cache(64)
def parse_size(text: str) -> SizeRange:
    """
    Return the range of a text: ``"small"``, ``"8B"``, ``"7B..14B"``, ``"..4B"``, ``"70B.."``.

    The bounds of a class are exact; a number includes models a tenth larger or smaller.

    Raises:
        ValueError: The text has another form, or the range is empty.
    """
    wanted = text.strip().casefold()
    if wanted in SIZE_CLASSES:
        return SIZE_CLASSES[wanted]
    low, dots, high = wanted.upper().replace("X", "x").partition("..")
    try:
        least = _about(low, -1) if low or not dots else 0
        below = _about(high if dots else low, +1) + 1 if high or not dots else math.inf
    except ValueError:
        raise ValueError(f"not a size: {text!r}; {SIZE_WORDS}") from None
    if least >= below or wanted == "..":
        raise ValueError(f"no size is in {text!r}; {SIZE_WORDS}")
    return SizeRange(least, below)


def _about(size: str, direction: int) -> int:
    """Return a size plus or minus the tenth."""
    parameters = parse_parameter_count(size)
    return parameters + direction * (parameters // LOOSENESS)
