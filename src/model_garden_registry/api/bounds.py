"""Limits on requests: length, number, depth, so that none is too expensive to answer."""

from __future__ import annotations

from collections.abc import Mapping

from model_garden_registry.catalogue.sizes import SIZE_CLASSES, SIZE_WORDS
from model_garden_registry.hardware.gpus import MOST_GPUS
from model_garden_registry.units import MIB

#: Characters of an id; the longest at the Hugging Face Hub has 96 + 1 + 96.
LONGEST_ID = 256
#: Items of a list in a body.
LONGEST_LIST = 1_000
#: How many GPUs a request may name, the same as everywhere.
MOST_ASKED_GPUS = MOST_GPUS
#: Machines that many models are judged on at once: each takes as long as the first.
MOST_MACHINES = 16
#: Models side by side.
MOST_COMPARED = 6
#: Characters of all search words together.
LONGEST_QUERY = 200
#: Characters of a GPU's name; each name has a letter or a digit.
LONGEST_GPU = 200
GPU_PATTERN = "[0-9A-Za-z]"
_PARAMETERS = r"(?:[0-9]+[xX])?[0-9]+(?:\.[0-9]+)?[KMBTkmbt](?:-[Aa][0-9]+(?:\.[0-9]+)?[KMBkmb])?"
#: A class, a number, or a range that may be open at one end.
SIZE_PATTERN = rf"^(?:{'|'.join(SIZE_CLASSES)}|{_PARAMETERS}(?:\.\.)?|(?:{_PARAMETERS})?\.\.{_PARAMETERS})$"
#: What each pattern of a query or a body asks for, in words.
PATTERN_WORDS = {GPU_PATTERN: "a name with a letter or a digit, such as L4", SIZE_PATTERN: f"one of {SIZE_WORDS}"}
#: Size of a body: the id of a model and its settings.
LARGEST_BODY_BYTES = MIB // 16
#: Size of one reply.
LARGEST_REPLY_BYTES = 16 * MIB
#: Settings are nested two deep; an error must show them within the depth of JSON writers.
_DEEPEST = 20


def beyond_bounds(document: object) -> str | None:
    """Return the message if a parsed document exceeds a limit, else None."""
    level, longest = [document], 0
    for _ in range(_DEEPEST):
        longest = max([longest, *(len(value) for value in level if isinstance(value, list | tuple))])
        level = [inner for value in level for inner in _inner(value)]
    if any(_is_nested(value) for value in level):
        return f"Nested more than {_DEEPEST} levels deep"
    return f"A list has more than {LONGEST_LIST} items" if longest > LONGEST_LIST else None


def _inner(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [*value.values()]
    return [*value] if isinstance(value, list | tuple) else []


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple)
