"""Tables of facts about other projects: their schemas, and rules that a schema cannot express."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from model_garden_registry.bundled import bundled_table, bundled_table_schema
from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.schema import explained
from model_garden_registry.families.expressions import names_of
from model_garden_registry.families.versions import release_of
from model_garden_registry.files.documents import read_document
from model_garden_registry.findings import Code, Severity

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("families", "stacks", "engines")


def table_of(document: Mapping[str, Any]) -> str | None:
    """Return which table a document is, by its schema or its records; None for a registry."""
    named = document.get("$schema")
    last = named.rpartition("/")[2] if isinstance(named, str) else ""
    is_registry = "models" in document
    return next(
        (name for name in TABLES if last == f"{name}.schema.json" or (name in document and not is_registry)), None
    )


def shipped_tables() -> list[Path]:
    """Return the files of the shipped tables."""
    return [bundled_table(name) for name in TABLES]


def table_flaws(name: str, document: Mapping[str, Any]) -> list[Flaw]:
    """Return every flaw of a table: violations of its schema or, if there are none, of its rules."""
    flaws = list(explained(read_document(bundled_table_schema(name)), document))
    return flaws or list(_RULES[name](document))


def _families(document: Mapping[str, Any]) -> Iterator[Flaw]:
    for model_type, record in document["families"].items():
        where = ("families", model_type)
        yield from _mixers(record, where)
        for name, told in record.get("shape", {}).items():
            for text in [told] if isinstance(told, str) else told:
                yield from _expression(text.rpartition("?")[2], None, (*where, "shape", name))
        yield from _expression(record.get("further", "0"), None, (*where, "further"))


def _mixers(record: Mapping[str, Any], where: tuple[str, ...]) -> Iterator[Flaw]:
    from model_garden_registry.entries.architecture import LayerGroup, Mixer

    numbers = {*LayerGroup.model_fields, "hidden", "intermediate"}
    for part in ("mixers", "mixer_weights", "states", "group_keys"):
        yield from _known(record.get(part, ()), {*get_args(Mixer)}, "kind of mixer", (*where, part))
    for kind in sorted(record.get("mixers", {}).keys() - record.get("states", {}).keys()):
        yield Flaw(
            Code.MISSING_KEY, Severity.FAIL, (*where, "states"), f"the state of {kind} for a sequence is not stated"
        )
    for kind, modules in record.get("mixers", {}).items():
        for module, text in modules.items():
            yield from _expression(text.replace(">", "+"), numbers, (*where, "mixers", kind, module))
    for kind, text in record.get("mixer_weights", {}).items():
        yield from _expression(text, numbers, (*where, "mixer_weights", kind))
    for kind, keys in record.get("group_keys", {}).items():
        yield from _known(keys, numbers, "number of a group of layers", (*where, "group_keys", kind))


def _known(names: Iterable[str], known: set[str], what: str, where: tuple[str, ...]) -> Iterator[Flaw]:
    for name in sorted({*names} - known):
        yield Flaw(Code.NOT_ALLOWED, Severity.FAIL, (*where, name), f"{name!r} is not a {what}")


def _expression(text: str, numbers: set[str] | None, where: tuple[str, ...]) -> Iterator[Flaw]:
    """Check a sum of products; None for numbers: its names are keys of config.json."""
    try:
        names = names_of(text)
    except ValueError as error:
        yield Flaw(Code.NOT_ALLOWED, Severity.FAIL, where, str(error))
        return
    for name in sorted(names - numbers if numbers is not None else ()):
        yield Flaw(Code.NOT_ALLOWED, Severity.FAIL, where, f"{name!r} is not a number of a group of layers")


def _packages(document: Mapping[str, Any]) -> Iterator[Flaw]:
    for part in ("stacks", "libraries", "engines"):
        for name, record in document.get(part, {}).items():
            yield from _releases(record, (part, name))


def _releases(record: Mapping[str, Any], where: tuple[str, ...]) -> Iterator[Flaw]:
    """Check that ranges follow each other from the oldest release that is covered to the newest that was read."""
    stated = [record["oldest"], *(one["since"] for one in record["ranges"]), record["read"]]
    releases = [release_of(text) or () for text in stated]
    since = releases[1:-1]
    if releases != sorted(releases) or releases[0] != since[0] or len({*since}) < len(since):
        message = f"ranges should begin with {stated[0]} and end before {stated[-1]}, each later than the one above"
        yield Flaw(Code.OUT_OF_RANGE, Severity.FAIL, (*where, "ranges"), message)
    for index, item in enumerate(record["ranges"]):
        if (rows := item.get("batches")) and (rows[-1]["memory_gib"] or {"names", "not_names"} & rows[-1].keys()):
            spot = (*where, "ranges", str(index), "batches", str(len(rows) - 1))
            yield Flaw(Code.OUT_OF_RANGE, Severity.FAIL, spot, "the last row should hold for every GPU")


_RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Flaw]]] = {
    "families": _families,
    "stacks": _packages,
    "engines": _packages,
}
