"""``--sweep``: many values of one setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.units import parse_whole

#: The most values of one sweep.
MOST_VALUES = 200

_RANGE = re.compile(
    r"(?P<first>[0-9]{1,12}[kK]?)\.\.(?P<last>[0-9]{1,12}[kK]?)(?::(?P<step>[0-9]{1,12}[kK]?))?", re.ASCII
)

SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="NAME=VALUES",
        help="Estimate for many values of one setting: 1k..32k (doubling), 1..9:2 (in steps), or 8,16,64.",
        autocompletion=completion.settings,
    ),
]


@dataclass(frozen=True, slots=True)
class Sweep:
    """
    One setting and its values.

    Args:
        name: As the user wrote it.

        values: As texts, in order; each is read as the setting's type.
    """

    name: str
    values: tuple[str, ...]


def parse_sweep(texts: Sequence[str]) -> Sweep:
    """
    Read the only ``NAME=FROM..TO``, ``NAME=FROM..TO:STEP`` or ``NAME=A,B,C``.

    Raises:
        typer.BadParameter: It has another form, has no value or too many, or there are several.
    """
    if len(texts) > 1:
        raise _refused(f"one setting at a time, not {len(texts)}: run it once for each")
    (text,) = texts
    name, equals, given = (part.strip() for part in text.partition("="))
    if not equals or not name or not given:
        raise _refused(f"{text!r} is not NAME=VALUES, such as max_seq_length=1024..32768")
    match = _RANGE.fullmatch(given)
    if match is None and ".." in given:
        raise _refused(f"{given!r} is not a range: write FROM..TO, or FROM..TO:STEP, in whole numbers")
    values = _in_range(match) if match else tuple(value.strip() for value in given.split(","))
    if not all(values):
        raise _refused(f"{given!r} has an empty value between its commas")
    if len(values) > MOST_VALUES:
        raise _refused(f"{len(values)} values are more than {MOST_VALUES}")
    return Sweep(name, tuple(dict.fromkeys(values)))


def _in_range(match: re.Match[str]) -> tuple[str, ...]:
    first, last, step = (parse_whole(text or "1") or 0 for text in match.groups())
    if last < first:
        raise _refused(f"{match[0]!r} ends before it begins")
    if match["step"] is None and first == 0:
        raise _refused("0 cannot be doubled: begin at 1, or give a step, such as 0..64:8")
    if step == 0:
        raise _refused("a step must not be 0")
    if match["step"] is None:
        doubled = takewhile(lambda value: value < last, (first << power for power in range(last.bit_length())))
        return (*map(str, doubled), str(last))
    return tuple(map(str, range(first, last + 1, step)[: MOST_VALUES + 1]))


def _refused(problem: str) -> typer.BadParameter:
    return typer.BadParameter(problem, param_hint="--sweep")
