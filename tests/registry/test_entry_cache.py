"""The entries of a file as a mapping: what follows the file, what is validated, what is left out."""

from __future__ import annotations

import json
import pickle
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.errors import (
    InvalidEntryError,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWarning,
    UnknownModelError,
)
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.registry.model_registry import ModelRegistry

Write = Callable[..., Path]

BAD = {"name": 5}
#: Two sound entries around one that is not.
MIXED: dict[str, Any] = {"z/first": {}, "m/bad": BAD, "a/last": {}}


def test_keys_length_and_membership_follow_the_file(write: Write) -> None:
    """Every entry counts, in file order, whether it is valid or not; asking validates none and warns of none."""
    entries = ModelRegistry(write(MIXED))

    assert list(entries) == list(entries.keys()) == ["z/first", "m/bad", "a/last"]
    assert len(entries) == 3
    assert [key in entries for key in ("m/bad", "a/last", "b/none", 5, None)] == [True, True, False, False, False]


def test_an_entry_is_given_validated_and_only_once(write: Write) -> None:
    """The same object each time, under its id."""
    entries = ModelRegistry(write(MIXED))

    assert isinstance(entries["a/last"], ModelInfo)
    assert entries["a/last"] is entries["a/last"]
    assert entries["a/last"].id == "a/last"
    assert entries.get("a/last") is entries["a/last"]


def test_a_bad_entry_raises_with_its_pointer_each_time(write: Write) -> None:
    """Asking for it by index or by get raises; the others are not affected."""
    entries = ModelRegistry(write(MIXED))

    for ask in (entries.__getitem__, entries.get, entries.__getitem__):
        with pytest.raises(InvalidEntryError) as caught:
            ask("m/bad")
        assert (caught.value.model_id, caught.value.where, caught.value.found) == ("m/bad", "/models/m~1bad/name", "5")


def test_values_and_items_leave_bad_entries_out_with_one_warning_each(write: Write) -> None:
    """What is valid is given in file order; each entry left out is named, with its reason."""
    path = write({**MIXED, "n/worse": []})
    entries = ModelRegistry(path)

    with pytest.warns(RegistryWarning) as of_values:
        values = list(entries.values())
    with pytest.warns(RegistryWarning) as of_items:
        items = list(entries.items())

    assert items == [("z/first", entries["z/first"]), ("a/last", entries["a/last"])]
    assert values == [value for _, value in items]
    assert [str(warning.message) for warning in of_values] == [str(warning.message) for warning in of_items]
    assert [str(warning.message).partition(" at ")[0] for warning in of_values] == [
        f"{path}: left out: entry 'm/bad' is not valid",
        f"{path}: left out: entry 'n/worse' is not valid",
    ]


def test_a_date_that_does_not_exist_is_warned_of_at_once(write: Write) -> None:
    """The head has no entry that could be asked for later."""
    path = write(MIXED, last_updated="2026-02-31T00:00:00Z")

    with pytest.warns(
        RegistryWarning, match="/last_updated: last_updated is 2026-02-31T00:00:00Z, which is not a real"
    ):
        ModelRegistry(path)


def test_threads_that_ask_at_once_get_one_entry(write: Write) -> None:
    """Whoever parses it first gives it to all."""
    entries = ModelRegistry(write({"org/a": {}}))
    barrier = threading.Barrier(8)

    def ask(_: int) -> object:
        barrier.wait()
        return entries["org/a"]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))

    assert len(set(map(id, found))) == 1


def test_problems_name_every_bad_entry(write: Write) -> None:
    """All entries are validated, without a warning; each bad one is there with its error, in file order."""
    entries = ModelRegistry(write({"n/worse": [], **MIXED}))

    problems = entries.problems

    assert {key: (error.model_id, error.where) for key, error in problems.items()} == {
        "n/worse": ("n/worse", "/models/n~1worse"),
        "m/bad": ("m/bad", "/models/m~1bad/name"),
    }
    assert list(problems) == ["n/worse", "m/bad"]


def test_an_unknown_id_is_an_error_with_near_names(write: Write) -> None:
    """Ids and former ids are looked through for what may have been meant; get gives its default instead."""
    entries = ModelRegistry(write({"org/model-7b": {}, "org/new": {"aliases": ["org/modell"]}}))

    with pytest.raises(UnknownModelError) as caught:
        entries["org/model-7"]

    assert (caught.value.model_id, caught.value.close) == ("org/model-7", ("org/model-7b", "org/modell"))
    assert entries.get("org/model-7") is None
    assert entries.get("org/model-7", "other") == "other"


def test_of_one_entry_the_nearest_name_is_said(write: Write) -> None:
    """An id and its former ids are one answer, and leave room for others."""
    entries = ModelRegistry(write({"org/model-7b": {"aliases": ["org/modell", "org/model-7x"]}, "org/model-70b": {}}))

    with pytest.raises(UnknownModelError) as caught:
        entries["org/model-7"]

    assert len(caught.value.close) == 2
    assert {entries.key(name) for name in caught.value.close} == {"org/model-7b", "org/model-70b"}


def test_a_former_id_resolves(write: Write) -> None:
    """An alias gives the entry, but is no key: iteration and `in` follow the file."""
    entries = ModelRegistry(write({"org/new": {"aliases": ["org/old", "org/older"]}, "org/other": {}}))

    assert entries["org/old"] is entries["org/older"] is entries["org/new"]
    assert entries.raw("org/old")["id"] == "org/new"
    assert (list(entries), "org/old" in entries) == (["org/new", "org/other"], False)


def test_an_id_goes_before_an_alias(write: Write) -> None:
    """An alias that is another entry's id leads nowhere else; whoever claims it is warned of."""
    entries = ModelRegistry(write({"org/a": {"aliases": ["org/b"]}, "org/b": {}}))

    assert entries["org/b"].id == "org/b"
    with pytest.warns(RegistryWarning, match=r"/models/org~1a/aliases/0: alias 'org/b' already belongs to org/b"):
        entries["org/a"]


def test_a_broken_rule_is_a_warning_once(write: Write) -> None:
    """Rules across fields are warned of when the entry is first asked for; the entry is given."""
    path = write({"org/a": {"id": "org/b", "status": "deprecated"}})
    entries = ModelRegistry(path)

    with pytest.warns(RegistryWarning) as caught:
        first = entries["org/a"]

    assert [str(warning.message) for warning in caught] == [
        f"{path}: /models/org~1a/id: id is 'org/b', but the entry's key is 'org/a'",
        f"{path}: /models/org~1a/status: deprecated, but deprecation names no successor",
    ]
    assert entries["org/a"] is first


def test_an_unknown_key_is_passed_over_with_one_warning_for_the_file(write: Write) -> None:
    """A key that several entries misspell is named once, with what may have been meant."""
    path = write({"org/a": {"statsu": 1}, "org/b": {"statsu": 2, "x-own": 3}})
    entries = ModelRegistry(path)

    with pytest.warns(RegistryWarning) as caught:
        values = list(entries.values())

    assert [value.id for value in values] == ["org/a", "org/b"]
    assert [str(warning.message) for warning in caught] == [
        f"{path}: unknown key 'statsu' at /models/org~1a/statsu is ignored; did you mean status or tags?"
    ]
    assert values[1].extensions == {"x-own": 3}


def test_nothing_can_be_set_or_removed(write: Write) -> None:
    """The mapping has no way to change it."""
    entries: Any = ModelRegistry(write(MIXED))

    with pytest.raises(TypeError):
        entries["a/last"] = entries["z/first"]
    with pytest.raises(TypeError):
        del entries["a/last"]
    for name in ("path", "version", "last_updated", "problems", "models", "anything"):
        with pytest.raises(AttributeError):
            setattr(entries, name, None)
    assert not hasattr(entries, "update")
    assert isinstance(entries, Mapping)


def test_an_entry_cannot_be_changed(write: Write) -> None:
    """Neither its attributes nor the mappings and lists in it."""
    entry: Any = ModelRegistry(write({"org/a": {"min_versions": {"vllm": ">=1", "transformers": ">=4"}}}))["org/a"]

    for change in (
        lambda: setattr(entry, "name", "x"),
        lambda: setattr(entry.requirements, "min_vram_gb", 0),
        lambda: setattr(entry, "new", "x"),
        lambda: entry.tags.append("x"),
        lambda: entry.min_versions.update(vllm=">=2"),
        lambda: entry.min_versions.__setitem__("vllm", ">=2"),
    ):
        with pytest.raises((ValueError, AttributeError, TypeError)):
            change()


def test_a_raw_entry_is_a_fresh_copy(write: Write, shipped: dict[str, Any], tiny: str) -> None:
    """What stands in the file, to do with as one likes."""
    entries = ModelRegistry(write({tiny: tiny}))

    entries.raw(tiny)["requirements"]["min_vram_gb"] = 0

    assert entries.raw(tiny) == shipped["models"][tiny]


def test_the_head_is_given(write: Write) -> None:
    """Path, version and date of the file, and what stands for all that in a prompt."""
    path = write(MIXED, version="1.0.0", last_updated="2025-01-01T00:00:00Z")
    entries = ModelRegistry(path)

    assert (entries.path, entries.version, entries.last_updated) == (path, "1.0.0", "2025-01-01T00:00:00Z")
    assert repr(entries) == f"<ModelRegistry {str(path)!r}: 3 models>"


def test_rows_are_read_without_validating_entries(write: Write) -> None:
    """Columns of what is wanted, in file order; an entry whose columns are sound has a row, whatever else it is."""
    entries = ModelRegistry(write({"org/a": {"urls": 5}, "org/b": {"status": "experimental"}}))

    rows = entries.rows(), entries.rows(Filter(status="experimental"))

    assert [[row.id for row in found] for found in rows] == [["org/a", "org/b"], ["org/b"]]


def test_a_row_that_cannot_be_read_is_left_out_with_a_warning(write: Write) -> None:
    """The warning is that of the full check."""
    entries = ModelRegistry(write(MIXED))

    with pytest.warns(RegistryWarning, match="left out: entry 'm/bad' is not valid at /models/m~1bad/name") as caught:
        rows = entries.rows()

    assert [row.id for row in rows] == ["z/first", "a/last"]
    assert [warning.filename for warning in caught] == [__file__]


def test_only_the_rows_that_are_named_are_read(write: Write) -> None:
    """An entry that is not valid is none of them: warnings are errors here."""
    entries = ModelRegistry(write(MIXED))

    fitting = entries.fitting_rows(Filter(), hardware=known_gpu("L4"), ids=["a/last"])

    assert [row.id for row in fitting.kept] == ["a/last"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("[]", RegistryReadError, id="a list"),
        pytest.param('{"version": "1.1.0"}', RegistryReadError, id="no head"),
        pytest.param('{"a": 1, "a": 2}', RegistryReadError, id="a key twice"),
    ],
)
def test_what_is_no_registry_is_refused_at_once(text: str, error: type[Exception], tmp_path: Path) -> None:
    """The head is checked when the registry is made."""
    path = tmp_path / "r.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(error):
        ModelRegistry(path)


def test_a_missing_file_is_a_file_not_found_error() -> None:
    """The error is the one that existing code catches, and says what it always said."""
    with pytest.raises(FileNotFoundError, match=r"^Registry not found: no/such\.json$") as caught:
        ModelRegistry("no/such.json")

    assert isinstance(caught.value, RegistryNotFoundError)


@pytest.mark.parametrize("is_asked_before", [False, True], ids=["untouched", "after entries were read"])
def test_a_registry_pickles(is_asked_before: bool, write: Write) -> None:
    """The copy holds the same entries, also once some were validated and the rules were asked."""
    entries = ModelRegistry(write({"z/first": {"aliases": ["z/old"]}, "a/last": {}}))
    if is_asked_before:
        assert entries["z/old"].id == "z/first"

    copy = pickle.loads(pickle.dumps(entries))

    assert dict(copy) == dict(entries)
    assert (copy.path, copy["z/old"]) == (entries.path, entries["z/old"])


def test_the_shipped_file_loads_without_a_warning(shipped: dict[str, Any]) -> None:
    """Every shipped entry is valid and keeps every rule."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entries = ModelRegistry()
        ids = [entry.id for entry in entries.values()]

    assert ids == list(shipped["models"])
    assert json.loads(entries.path.read_bytes()) == shipped
