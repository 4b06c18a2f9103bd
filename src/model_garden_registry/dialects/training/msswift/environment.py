"""Variables that a file for ms-swift sets, and what they say."""

from __future__ import annotations

import re
from typing import Any

from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.rules import Words
from model_garden_registry.dialects.training.known_values import known

#: The key below which they stand; ``swift`` sets them before it reads anything else.
KEY = "ENV"


def _value(words: Words, name: str) -> Any:
    return known(words.get(KEY).get(name)) if KEY in words else None


def is_started(words: Words) -> bool:
    """Return whether something starts a process for each GPU."""
    return KEY in words and any(words.get(KEY).get(name) is not None for name in ("NNODES", "NPROC_PER_NODE"))


def number(words: Words, name: str) -> int | None:
    """Return a whole number that a variable is set to; None if it is not set. Another value ends its rule."""
    value = _value(words, name)
    text = "" if value is None else str(value).strip()
    if re.fullmatch(r"[1-9][0-9]{0,17}", text):
        return int(text)
    return known(UnknownValue(text)) if text else None


def processes(words: Words) -> int | None:
    """Return how many processes a run has on all nodes; None if nothing says so, and it is one."""
    nodes, on_each = number(words, "NNODES"), number(words, "NPROC_PER_NODE")
    return None if nodes is None and on_each is None else (nodes or 1) * (on_each or 1)


def visible_gpus(words: Words) -> int | None:
    """Return how many GPUs a node's processes see; None if nothing says so."""
    listed = _value(words, "CUDA_VISIBLE_DEVICES")
    if listed is None or not re.fullmatch(r"[\w-]+(,[\w-]+)*", text := str(listed).replace(" ", "").strip(",")):
        return None
    return text.count(",") + 1
