"""A ratio with its goal, and the rule for a missed goal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

#: A machine that others use misses a goal by so much now and then.
_TOLERANCE = 1.1
#: So many runs in a row must miss a goal.
_RUNS = 3


class Line(NamedTuple):
    """
    One ratio, or one time.

    Args:
        goal: Name of the goal; empty for what is measured for the record.

        what: What is compared.

        value: As measured.

        limit: What it must not exceed; None for the record.
    """

    goal: str
    what: str
    value: float
    limit: float | None = None

    @property
    def is_missed(self) -> bool:
        """Whether the goal is missed by more than the machine's noise."""
        return self.limit is not None and self.value > self.limit * _TOLERANCE

    def __str__(self) -> str:
        text = f"  {self.goal:3} {self.what:70} {self.value:7.2f}"
        if self.limit is None:
            return text
        return (
            f"{text} ≤ {self.limit:.2f} {'MISSED' if self.is_missed else 'over' if self.value > self.limit else 'ok'}"
        )


def missed(title: str, measure: Callable[[], Iterable[Line]]) -> list[Line]:
    """Measure and print, again if a goal is missed; return the goals that all three runs miss."""
    left: dict[str, Line] = {}
    for number in range(_RUNS):
        print(f"\n{title}{f' (run {number + 1})' if number else ''}")
        found = {}
        for line in measure():
            print(line, flush=True)
            found |= {line.what: line} if line.is_missed else {}
        left = found if number == 0 else {what: line for what, line in found.items() if what in left}
        if not left:
            break
    return list(left.values())
