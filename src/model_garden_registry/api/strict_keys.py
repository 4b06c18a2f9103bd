"""Invalid keys of a query or a body: unknown ones, duplicate ones, filters without a value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import shown_value, visible

#: Other names for the keys of a question.
_OTHER_NAMES: Mapping[str, str] = {
    "id": "model_id",
    "model": "model_id",
    "overrides": "config",
    "settings": "config",
    "set": "config",
    "count": "gpus",
    "gpu_count": "gpus",
    "num_gpus": "gpus",
    "hardware": "gpu",
    "q": "query",
    "search": "query",
    "tags": "tag",
    "order": "sort",
    "max_vram": "max_vram_gb",
    "stack": "engine",
    "engine": "stack",
    "model_ids": "id",
    "ids": "id",
    "format": "form",
}

WrongKey = dict[str, Any]


def wrong_key(keys: Iterable[str], known: Sequence[str], *, repeated: Iterable[str] = ()) -> WrongKey | None:
    """
    Return what is wrong with the keys of a query or a body, as ``detail`` and ``close``; None if all are valid.

    Args:
        keys: In the order of the request.

        known: Valid keys.

        repeated: Valid keys that may be repeated.
    """
    counts = Counter(iter(keys))
    for key, count in counts.items():
        if key not in known:
            return _unknown(key, known)
        if count > 1 and key not in repeated:
            return _repeated(key)
    return None


def repeated_key(text: bytes) -> WrongKey | None:
    """Return what is wrong with JSON if an object at any depth has a duplicate key, else None."""
    found: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        found.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)

    json.loads(text, object_pairs_hook=note, parse_int=str)
    return _repeated(found[0]) if found else None


def empty_value(pairs: Iterable[tuple[str, str]]) -> WrongKey | None:
    """Return what is wrong with a query if a value is empty, else None."""
    for key, value in pairs:
        if not value:
            return {"detail": f"key {_shown(key)} has no value; leave it out for no filter", "close": []}
    return None


def _repeated(key: str) -> WrongKey:
    return {"detail": f"key {_shown(key)} is duplicated", "close": []}


def _unknown(key: str, known: Sequence[str]) -> WrongKey:
    other = _OTHER_NAMES.get(key.casefold(), "")
    close = (other,) if other in known else close_names(key, known)
    hint = f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}" if known else ""
    return {"detail": f"unknown key {_shown(key)}{hint}", "close": [*close]}


def _shown(key: str) -> str:
    return visible(shown_value(key))
