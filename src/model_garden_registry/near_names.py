"""Names that a text may mean: for one that does not exist, or one that is written differently."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from heapq import nlargest
from typing import NamedTuple

#: Comparing letter by letter is slow: in a longer list, only the names that share most letter triples are compared.
_COMPARED = 200
#: A longer name is not a slip, and comparing such names takes long.
_LONGEST = 200
#: A name that contains the wanted one is nearer than one that is only similar.
_CONTAINED = 2.0


class How(StrEnum):
    """How an id was found, surest first."""

    EXACT = "exact"
    ALIAS = "alias"
    CASE = "case"
    NAME = "name"
    ADDRESS = "address"


class ResolvedId(NamedTuple):
    """
    The model that a text means.

    Args:
        id: Key of its entry.

        how: As an id in the file; as a former id; in another case; by name without organisation;
            or from an address, a cache path, or an id with something around it.
    """

    id: str
    how: How


def close_names(name: str, names: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """
    Return the names nearest to one that was not found, best first: those that contain it, then similar ones.

    Case is ignored; for an id with an organisation, the part after the last slash counts as well.
    """
    wanted = name.casefold()
    if len(wanted) > _LONGEST:
        return ()
    triples = {wanted[start : start + 3] for start in range(max(len(wanted) - 2, 1))}
    short = (known for known in names if len(known) <= _LONGEST)
    candidates = nlargest(_COMPARED, short, key=lambda known: (_shared(triples, known), -abs(len(known) - len(wanted))))
    scored = ((_likeness(wanted, known.casefold()), known) for known in candidates)
    best = nlargest(limit, (pair for pair in scored if pair[0] >= 0.6), key=lambda pair: pair[0])
    return tuple(known for _, known in best)


#: Words for the format of the weights in other programs' names, which say nothing about the model.
_FORM = re.compile(
    r"(?<![a-z0-9])(?:gguf|ggml|exl2|mlx|bnb|awq|gptq|latest|i?q[2-8](?:_k)?(?:_[a-z0-9]+)?|fp16|bf16|f16|fp8|int[48]"
    r"|[48]bit|nvfp4|mxfp4)(?![a-z0-9])"
)
#: Parameters in names: 8b, 0.6b, 270m, 1t; not the active ones of a mixture of experts (a3b).
_SIZE = re.compile(r"(?<![0-9.])(?<![-_]a)(?:[0-9]+x)?[0-9]+(?:\.[0-9]+)?[bmt](?![a-z0-9])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_LETTERS = re.compile(r"[a-z]+")
#: Words before the name of a family that do not belong to it.
_MAKERS = frozenset({"meta", "google", "microsoft", "ibm", "nvidia", "mistralai", "openai"})
#: Ids with a lower similarity are not offered.
_AKIN = 0.6
#: Penalty for a word that only one of two names has: it is another kind of model, such as vl or coder.
_STRANGE = 0.35
#: Bonus for the same format of the weights.
_FORM_COUNTS = 0.3
#: Words after the generation that do not make another kind of model.
_TUNED = frozenset({"instruct", "chat", "it", "base", "hf", "v"})
#: Characters that do not matter: ``llama-3.1``, ``llama3.1``, ``llama_3.1``, ``llama 3.1``.
_JOINED = str.maketrans("", "", " -_:/")


@dataclass(frozen=True, slots=True)
class _Model:
    """The parts of a model's name: ``qwen``, ``3``, ``8b``, ``vl``."""

    family: str
    generation: str | None
    size: str | None
    kind: tuple[str, ...]
    joined: str
    form: str


def close_ids(name: str, ids: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """
    Return the ids nearest to one that was not found: those of the same generation and size first.

    The format of the weights in a name (GGUF, AWQ, q4_K_M) decides between similar ids; a generation or a size
    counts only within a family.
    """
    if len(name) > _LONGEST:
        return ()
    folded = name.casefold()
    wanted = replace(_model(_FORM.sub(" ", folded).strip(" -_:/.") or folded), form=_form(folded))
    triples = {wanted.joined[start : start + 3] for start in range(max(len(wanted.joined) - 2, 1))}
    short = (known for known in ids if len(known) <= _LONGEST)
    candidates = nlargest(_COMPARED, short, key=lambda known: _shared_joined(triples, known))
    organisation = folded.rpartition("/")[0]
    scored = ((_kinship(wanted, organisation, known), known) for known in candidates)
    best = nlargest(limit, (pair for pair in scored if pair[0] >= _AKIN), key=lambda pair: pair[0])
    return tuple(known for _, known in best)


def _model(folded: str) -> _Model:
    name = folded.rpartition("/")[2]
    plain = _FORM.sub(" ", name)
    size = _SIZE.search(plain)
    rest = _SIZE.sub(" ", plain)
    number = _NUMBER.search(rest)
    letters = _LETTERS.findall(rest[: number.start()] if number else plain[: size.start()] if size else rest)
    family = "".join(letters[1:] if len(letters) > 1 and letters[0] in _MAKERS else letters)
    kind = tuple(word for word in _LETTERS.findall(rest[number.end() :] if number else "") if word not in _TUNED)
    return _Model(
        family=family,
        generation=number[0] if number else None,
        size=size[0] if size else None,
        kind=kind,
        joined=name.translate(_JOINED),
        form=_form(name),
    )


def _form(folded: str) -> str:
    return "".join(_FORM.findall(folded))


def _shared_joined(triples: set[str], known: str) -> int:
    joined = known.casefold().translate(_JOINED)
    return sum(triple in joined for triple in triples)


def _kinship(wanted: _Model, organisation: str, known: str) -> float:
    """Return 0 to 1 for similarity, and more for the same family, generation and size."""
    folded = known.casefold()
    other = _model(folded)
    likeness = SequenceMatcher(None, wanted.joined, other.joined, autojunk=False).ratio()
    likeness -= _STRANGE * sum(word not in wanted.joined for word in other.kind)
    likeness -= _STRANGE * sum(word not in other.joined for word in wanted.kind)
    if len(wanted.joined) > 2 and wanted.joined in other.joined:
        likeness = max(likeness, _AKIN)
    if organisation and organisation == folded.rpartition("/")[0]:
        likeness += 0.1
    family = SequenceMatcher(None, wanted.family, other.family, autojunk=False).ratio()
    if not wanted.family or family < 0.75:
        return likeness
    same = 1.0 if family == 1 else 0.5
    return (
        likeness
        + _FORM_COUNTS * (wanted.form == other.form)
        + same
        + 2.0 * (wanted.generation is not None and wanted.generation == other.generation)
        + 1.5 * (wanted.size is not None and wanted.size == other.size)
    )


def _shared(triples: set[str], known: str) -> int:
    folded = known.casefold()
    return sum(triple in folded for triple in triples)


def _likeness(wanted: str, known: str) -> float:
    """Return 1 for the same text, 0 for nothing in common; the last part alone counts almost as much as the whole."""
    whole = SequenceMatcher(None, wanted, known, autojunk=False).ratio()
    tail = SequenceMatcher(None, wanted.rpartition("/")[2], known.rpartition("/")[2], autojunk=False).ratio()
    likeness = max(whole, tail * 0.95)
    return _CONTAINED + likeness if len(wanted) > 2 and wanted in known else likeness
