"""Names of many nodes as one text, and back: ``dgx[01-04,07]``, as Slurm writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: The last number of a host's name, without its domain: "ip-10-0-1-23.internal" differs from its neighbours in 23.
_NUMBERED = re.compile(r"([^.]*?)([0-9]{1,18})([^.0-9]*(?:\..*)?)")
_ONE = r"[0-9]{1,18}(?:-[0-9]{1,18})?"
_RANGES = re.compile(rf"\[({_ONE}(?:,{_ONE})*)\]")
#: Names of hosts have fewer.
_MOST_RANGES = 8
#: Parts between commas that are not within brackets.
_PARTS = re.compile(r"(?:[^,\[]|\[[^\]]*(?:\]|$))+")


def joined_names(names: Iterable[str]) -> str:
    """Return names as one text, numbers that follow each other as a range; each name once."""
    groups: dict[object, tuple[str, list[str], str]] = {}
    for name in dict.fromkeys(names):
        match = _NUMBERED.fullmatch(name) if "[" not in name and "," not in name else None
        if match is None:
            groups[name] = (name, [], "")
        else:
            before, number, behind = match.groups()
            groups.setdefault((before, behind, len(number)), (before, [], behind))[1].append(number)
    return ",".join(map(_group_text, groups.values()))


def _group_text(group: tuple[str, list[str], str]) -> str:
    before, numbers, behind = group
    if len(numbers) < 2:
        return f"{before}{''.join(numbers)}{behind}"
    return f"{before}[{','.join(_runs(sorted(numbers)))}]{behind}"


def _runs(numbers: list[str]) -> Iterator[str]:
    """Yield runs of numbers of equal width that follow each other."""
    start = last = numbers[0]
    for number in [*numbers[1:], ""]:
        if number and int(number) == int(last) + 1:
            last = number
            continue
        yield start if start == last else f"{start}-{last}"
        start = last = number


def expanded_names(text: str, most: int) -> list[str]:
    """
    Return the names that a text stands for; a text of another form is one name.

    Raises:
        ValueError: They are more than ``most``.
    """
    found: list[str] = []
    for part in _PARTS.findall(text):
        found += _expanded(part, most - len(found))
    return found


def _expanded(part: str, most: int) -> list[str]:
    """Return the names of one part; brackets of another form are part of a name."""
    texts = _RANGES.split(part, maxsplit=_MOST_RANGES)
    names = [texts[0]]
    for written, behind in zip(texts[1::2], texts[2::2], strict=True):
        numbers: list[str] = []
        for one in written.split(","):
            numbers += _numbers(one, most // len(names) - len(numbers))
        names = [f"{name}{number}{behind}" for name in names for number in numbers]
    return _bounded(names, most)


def _numbers(one: str, most: int) -> list[str]:
    first, _, last = one.partition("-")
    if not last or int(last) < int(first):
        return _bounded([one], most)
    if int(last) - int(first) >= most:
        raise ValueError("too many names")
    return [f"{number:0{len(first)}d}" for number in range(int(first), int(last) + 1)]


def _bounded(names: list[str], most: int) -> list[str]:
    if len(names) > most:
        raise ValueError("too many names")
    return names
