"""Variables that a file for ms-swift sets."""

from __future__ import annotations

import re
from typing import Any

from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.rules import Words
from model_garden_registry.dialects.training.known_values import known

#: The key of the variables; ``swift`` sets them before it reads anything else.
KEY = "ENV"


def _value(words: Words, name: str) -> Any:
    return known(words.get(KEY).get(name)) if KEY in words else None


def is_started(words: Words) -> bool:
    """Return whether a launcher starts one process per GPU."""
    return KEY in words and any(words.get(KEY).get(name) is not None for name in ("NNODES", "NPROC_PER_NODE"))


def number(words: Words, name: str) -> int | None:
    """Return a whole number from a variable; None if it is not set. Another value ends its rule."""
    value = _value(words, name)
    text = "" if value is None else str(value).strip()
    if re.fullmatch(r"[1-9][0-9]{0,17}", text):
        return int(text)
    return known(UnknownValue(text)) if text else None


def processes(words: Words) -> int | None:
    """Return the number of processes on all nodes; None if not set, which means one process."""
    nodes, on_each = number(words, "NNODES"), number(words, "NPROC_PER_NODE")
    return None if nodes is None and on_each is None else (nodes or 1) * (on_each or 1)


def visible_gpus(words: Words) -> int | None:
    """Return the number of GPUs that a node's processes see; None if not set."""
    listed = _value(words, "CUDA_VISIBLE_DEVICES")
    if listed is None or not re.fullmatch(r"[\w-]+(,[\w-]+)*", text := str(listed).replace(" ", "").strip(",")):
        return None
    return text.count(",") + 1
