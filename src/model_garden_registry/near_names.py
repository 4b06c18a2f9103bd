"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import partial
from heapq import nlargest

#: Comparing letter by letter is slow: of a longer list, only the names that share most letter triples are compared.
_COMPARED = 200
#: Nobody mistypes a longer name, and comparing such names takes long.
_LONGEST = 200
#: A name that contains the wanted one is nearer than one that is only like it.
_CONTAINED = 2.0


def close_names(name: str, names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """
    Give the names nearest to one that was not found, best first: those that contain it, then those like it.

    Case is ignored; of an id with an organisation, the part behind the last slash counts as well.
    """
    wanted = name.casefold()
    if len(wanted) > _LONGEST:
        return ()
    triples = {wanted[start : start + 3] for start in range(max(len(wanted) - 2, 1))}
    short = (known for known in names if len(known) <= _LONGEST)
    candidates = nlargest(_COMPARED, short, key=partial(_shared, triples))
    scored = ((_likeness(wanted, known.casefold()), known) for known in candidates)
    best = nlargest(limit, (pair for pair in scored if pair[0] >= 0.6), key=lambda pair: pair[0])
    return tuple(known for _, known in best)


def _shared(triples: set[str], known: str) -> int:
    folded = known.casefold()
    return sum(triple in folded for triple in triples)


def _likeness(wanted: str, known: str) -> float:
    """Give 1 for the same text, 0 for nothing in common; the last part alone counts almost as much as the whole."""
    whole = SequenceMatcher(None, wanted, known, autojunk=False).ratio()
    tail = SequenceMatcher(None, wanted.rpartition("/")[2], known.rpartition("/")[2], autojunk=False).ratio()
    likeness = max(whole, tail * 0.95)
    return _CONTAINED + likeness if len(wanted) > 2 and wanted in known else likeness
