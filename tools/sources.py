"""
Sources of facts: ``tools/facts/sources.json`` defines the short names.

A name is a key of that table, whatever follows it: ``slime, of its siblings`` is ``slime``. ``its model card`` is the
page of the model itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FACTS = Path(__file__).resolve().parent / "facts"

#: Methods, which are no sources: a number was solved, or is a sibling's.
_METHODS = ("derived:", "sibling:derived:")
_CARD = re.compile(r"its (model card|README|maker's)")
#: Third-party copies of a maker's file, and claims in a name: they have no address.
_UNNAMED = re.compile(r"public copies of it|a checkpoint of the same shape|label")


class Source(NamedTuple):
    """
    A source that facts were read from.

    Args:
        address: Page, file or folder, at the commit that was read where there is one.

        as_of: Month or day of what it says.

        makers: Organisations whose own model card, config or paper it is.

        holds: ``config.json``: it has the makers' own files, word for word.

        cannot_tell: What it says of a field is something else: field → what.
    """

    address: str
    as_of: str
    makers: tuple[str, ...] = ()
    holds: str | None = None
    cannot_tell: Mapping[str, str] = {}

    def kind(self, model_id: str, field: str | None = None) -> str:
        """Return ``vendor`` where the model's maker says it, else ``published``."""
        is_own = model_id.partition("/")[0] in self.makers or (self.holds is not None and field == "architecture")
        return "vendor" if is_own else "published"


@cache
def known_sources() -> Mapping[str, Source]:
    """Return every source by its short name: what was gathered says itself where from, the others are in the table."""
    gathered = (json.loads(path.read_bytes()) for path in sorted(FACTS.glob("gathered/*.json")))
    told = {one["source"]: Source(one["address"], one["date"]) for one in gathered}
    table = json.loads((FACTS / "sources.json").read_bytes())
    return told | {name: Source(**{**raw, "makers": tuple(raw.get("makers", ()))}) for name, raw in table.items()}


def sources_of(names: Iterable[str], model_id: str) -> Iterator[tuple[str, Source]]:
    """
    Yield the sources that have an address, with the words that name them.

    Raises:
        SystemExit: A name is none of the table.
    """
    for name in names:
        if not name.startswith(_METHODS) and not _UNNAMED.match(name):
            yield name, _source_of(name, model_id)


def stated(names: Iterable[str], model_id: str, field: str, text: str | None = None) -> dict[str, str] | None:
    """
    Return a source as an entry states it: of several the maker's, else the first.

    Args:
        field: What is said, a field of an entry.

        text: The words for it; without them, the names.

    Returns:
        None: none of them has an address, or can tell that.
    """
    told = [pair for pair in sources_of(names, model_id) if field not in pair[1].cannot_tell]
    if not told:
        return None
    best = min((source for _, source in told), key=lambda source: source.kind(model_id, field) != "vendor")
    words = text or ", ".join(name for name, _ in told)
    return {"kind": best.kind(model_id, field), "source": words, "as_of": best.as_of, "url": best.address}


def _source_of(name: str, model_id: str) -> Source:
    if _CARD.match(name):
        return Source(f"https://huggingface.co/{model_id}", "2026-11", (model_id.partition("/")[0],))
    table = known_sources()
    keys = [key for key in table if name == key or re.match(rf"{re.escape(key)}\W", name)]
    if not keys:
        raise SystemExit(f"{model_id}: no address of {name!r}; add it to tools/facts/sources.json")
    return table[max(keys, key=len)]
