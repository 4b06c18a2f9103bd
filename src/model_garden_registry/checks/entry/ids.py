"""Ids that Hugging Face does not allow, and ids that look like others, so that a reader takes one for the other."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from model_garden_registry.bundled import bundled_confusables
from model_garden_registry.visible_text import visible

#: Source: huggingface_hub 2.4.0, ``utils/_validators.py``: ``REPO_ID_REGEX`` and ``validate_repo_id``.
_ALLOWED = re.compile(r"(\b[\w\-.]{1,96}\b/)?\b[\w\-.]{1,96}\b", re.ASCII)
_FORBIDDEN = re.compile(r"--|\.\.|\.git$")


def is_plain(model_id: str) -> bool:
    """Return whether Hugging Face allows an id: ASCII letters, digits, ``-``, ``_``, ``.``, and one slash at most."""
    return _ALLOWED.fullmatch(model_id) is not None and not _FORBIDDEN.search(model_id)


def skeletons_of(ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return ids by their visual skeleton; empty where all are plain ASCII, which no reader confuses."""
    known = list(ids)
    if all(map(is_plain, known)):
        return {}
    found: dict[str, list[str]] = {}
    for model_id in known:
        found.setdefault(skeleton(model_id), []).append(model_id)
    return found


def look_alike(model_id: str, skeletons: Mapping[str, Sequence[str]]) -> str | None:
    """
    Return a message if a reader would take an id for another, else None.

    Args:
        skeletons: All ids of the file, by their visual skeleton.
    """
    if is_plain(model_id):
        return None
    shown = visible(model_id)
    if shown != model_id:
        return f"id {shown!r} has invisible characters"
    other = next((other for other in skeletons.get(skeleton(model_id), ()) if other != model_id), None)
    return None if other is None else f"id {shown!r} looks like {visible(other)!r}, but has {_odd(model_id, other)}"


def unusual(model_id: str) -> str | None:
    """Return a message if Hugging Face does not allow an id, else None."""
    if is_plain(model_id):
        return None
    rule = "letters, digits, '-', '_' and '.' of ASCII, and one '/' between organisation and name"
    return f"id {visible(model_id)!r} is not an id that Hugging Face allows: {rule}"


def skeleton(text: str) -> str:
    """
    Return the visual skeleton of a text: texts that look alike have the same one.

    Source: Unicode Technical Standard 39, section 4, with compatible characters written alike as well.
    """
    like = _like()
    plain = "".join(character for character in unicodedata.normalize("NFKD", text) if visible(character) == character)
    return unicodedata.normalize("NFD", "".join(like.get(character, character) for character in plain)).strip()


def _odd(text: str, other: str) -> str:
    """Name the first character that only one of two texts has."""
    odd = next((character for character in text if character not in other), text[-1])
    return f"U+{ord(odd):04X} ({unicodedata.name(odd, 'without a name')})"


@cache
def _like() -> Mapping[str, str]:
    letters: dict[str, str] = json.loads(bundled_confusables().read_bytes())["look_like"]
    return {character: like for like, characters in letters.items() for character in characters}
