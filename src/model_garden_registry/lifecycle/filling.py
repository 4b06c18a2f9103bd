"""Facts of known models that a registry file does not state, from the entries of another registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from model_garden_registry.checks.entry.consistency import Flaw, surroundings_of
from model_garden_registry.checks.entry.registry_files import document_flaws
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.files.documents import Document
from model_garden_registry.files.positions import pointer_text

#: Facts about a model that no default depends on, in the order in which they are added.
FACTS = (
    *("base_model", "license", "gated", "released", "languages", "superseded_by", "aliases", "min_versions"),
    *("architecture", "quantization", "capabilities"),
)
#: Of these only some members are facts that older formats have not; None: all of them.
_MEMBERS: Mapping[str, tuple[str, ...] | None] = {
    "architecture": None,
    "quantization": ("group_size", "weights_gb"),
    "capabilities": ("function_calling", "reasoning"),
}

#: New members by the segments of the JSON pointer of their object.
Additions = dict[tuple[str, ...], dict[str, Any]]


def missing_facts(document: Document, known: Mapping[str, Any], checker: SchemaChecker) -> Additions:
    """
    Return what a registry file does not state of models that another registry knows by this id, or as a former id.

    Nothing is returned that contradicts the file: members of an object are added only if the known entry has the same
    values for those that are there, and no fact is added that ``mgr schema check`` would report.

    Args:
        document: The raw file.

        known: Raw entries by id.
    """
    models = document["models"]
    added: dict[str, dict[str, Any]] = {}
    for key, entry in models.items():
        if isinstance(entry, dict) and (source := _source(key, known)):
            added[key] = dict(_missing(entry, source))
            if key not in known:  # a former id: those of the known entry are not its own
                added[key].pop("aliases", None)
    _leave_out_others(added, models)
    before = {_name(flaw) for flaw in document_flaws(document, checker)}
    while True:
        additions = _by_object(added, models, known)
        flaws = document_flaws(with_additions(document, additions), checker) if additions else []
        refused = dict(_refused([flaw for flaw in flaws if _name(flaw) not in before], added))
        if not refused:
            return additions
        for key, facts in refused.items():
            added[key] = {fact: value for fact, value in added[key].items() if fact not in facts}


def with_additions(document: Document, additions: Additions) -> Document:
    """Return a document with new members."""
    copy = deepcopy(document)
    for where, members in additions.items():
        inner: Any = copy
        for segment in where:
            inner = inner[segment]
        inner.update(members)
    return copy


def _source(key: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the known entry that has an id, now or formerly; an empty one if there is none."""
    found: Mapping[str, Any] | None = known.get(key)
    return found or next((entry for entry in known.values() if key in entry.get("aliases", ())), {})


def _missing(entry: Mapping[str, Any], source: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each fact with its value, for an object with the members that are missing in it."""
    for fact in FACTS:
        if fact not in source:
            continue
        value = source[fact]
        if fact not in _MEMBERS:
            if fact not in entry:
                yield fact, value
        elif fact not in entry:
            if fact == "architecture":
                yield fact, value
        elif isinstance(entry[fact], dict) and isinstance(value, dict) and _agree(entry[fact], value):
            wanted = _MEMBERS[fact] or tuple(value)
            if members := {name: value[name] for name in wanted if name in value and name not in entry[fact]}:
                yield fact, members


def _agree(stated: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Return whether an object states nothing else than the known one."""
    return all(name in known and known[name] == value for name, value in stated.items() if not name.startswith("x-"))


def _leave_out_others(added: Mapping[str, dict[str, Any]], models: Mapping[str, Any]) -> None:
    """Leave out aliases that the file has as ids, or for other entries, and successors that it has not."""
    taken = {*models, *surroundings_of(models, None).aliases}
    for facts in added.values():
        if facts.get("superseded_by") not in models:
            facts.pop("superseded_by", None)
        if "aliases" in facts:
            facts["aliases"] = [alias for alias in facts["aliases"] if alias not in taken]
            if not facts["aliases"]:
                del facts["aliases"]


def _refused(flaws: Iterable[Flaw], added: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield ids with the facts whose addition brings flaws: where no fact is to blame, every one of the entry."""
    pairs = [(*flaw.where, "", "", "")[1:3] for flaw in flaws]
    for key in dict.fromkeys(key for key, _ in pairs if added.get(key)):
        facts = tuple(fact for other, fact in pairs if other == key)
        yield key, facts if {*facts} <= {*added[key]} else tuple(added[key])


def _name(flaw: Flaw) -> object:
    return flaw.code, flaw.where, flaw.message


def _by_object(
    added: Mapping[str, Mapping[str, Any]], models: Mapping[str, Any], known: Mapping[str, Any]
) -> Additions:
    """Return the facts of entries, with their sources, by the object that they are added to."""
    found: Additions = {}
    for key, facts in added.items():
        entry, pointers = models[key], []
        for fact, value in facts.items():
            where, members = ((key, fact), value) if fact in entry else ((key,), {fact: value})
            found.setdefault(("models", *where), {}).update(members)
            pointers += [pointer_text((*where[1:], name)) for name in members]
        if sources := _sources(entry, _source(key, known).get("sources", {}), pointers):
            where, members = ((key, "sources"), sources) if "sources" in entry else ((key,), {"sources": sources})
            found.setdefault(("models", *where), {}).update(members)
    return found


def _sources(entry: Mapping[str, Any], known: Mapping[str, Any], pointers: Iterable[str]) -> dict[str, Any]:
    """Return the sources of what is added at the pointers, beside those that the entry states."""
    stated = entry.get("sources", {})
    if not isinstance(stated, dict):
        return {}
    places = tuple(pointers)
    return {
        pointer: source
        for pointer, source in known.items()
        if pointer not in stated and any(f"{pointer}/".startswith(f"{place}/") for place in places)
    }
