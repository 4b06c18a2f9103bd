"""Merging of overlays: what an overlay changes, and where each part comes from."""

from __future__ import annotations

from copy import deepcopy
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from model_garden_registry.entries.format_version import is_overlay
from model_garden_registry.files.overlays import declared_anew, merged, merged_documents, origins

KEYS = some.sampled_from("abc")
LEAVES = some.none() | some.booleans() | some.integers(0, 3) | some.lists(some.integers(0, 2), max_size=2)
VALUES = some.recursive(LEAVES, lambda inner: some.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
OBJECTS = some.dictionaries(KEYS, VALUES, max_size=3)


@given(VALUES, VALUES, VALUES)
def test_merging_is_associative(low: Any, middle: Any, high: Any) -> None:
    """Overlays can be merged with each other before anything is known of what they lie on."""
    assert merged(merged(low, middle), high) == merged(low, merged(middle, high))


@given(VALUES, VALUES)
def test_what_is_stated_last_wins_and_arguments_stay(low: Any, high: Any) -> None:
    before = deepcopy((low, high))
    result = merged(low, high)

    assert (low, high) == before
    for where, value in leaves(high):
        assert at(result, where) == value


@given(OBJECTS, OBJECTS)
def test_keys_keep_their_order_and_new_ones_follow(low: dict[str, Any], high: dict[str, Any]) -> None:
    assert list(merged(low, high)) == [*low, *(key for key in high if key not in low)]


@given(VALUES)
def test_a_value_on_itself_is_itself(value: Any) -> None:
    assert merged(value, value) == value


@given(some.lists(OBJECTS, min_size=1, max_size=4))
def test_an_origin_is_that_of_the_last_value_that_states_the_part(values: list[dict[str, Any]]) -> None:
    """Every leaf of the result has exactly one origin, and the value at that origin has that very leaf."""
    result = reduce(merged, values)
    found = origins(enumerate(values))
    for where, value in leaves(result):
        (number,) = {number for part, number in found.items() if where[: len(part)] == part}
        assert at(values[number], where) == value
        for later in values[number + 1 :]:
            assert not states(later, where)


@given(some.lists(some.dictionaries(KEYS, some.none() | OBJECTS, max_size=3), min_size=1, max_size=4))
def test_null_removes_an_entry_and_a_later_one_begins_anew(entries: list[dict[str, Any]]) -> None:
    document = merged_documents({"extends": True, "models": models} for models in entries)
    for key in "abc":
        stated = [models[key] for models in entries if key in models]
        last_removal = max((number for number, value in enumerate(stated) if value is None), default=-1)
        since = stated[last_removal + 1 :]
        if since:
            assert document["models"][key] == reduce(merged, since)
        else:
            assert key not in document["models"]


def test_keys_about_a_file_are_not_merged() -> None:
    low = {"$schema": "./low.json", "version": "1.2.0", "models": {}}
    high = {"$schema": "./high.json", "extends": True, "models": {"a/b": {"id": "a/b"}}}

    assert merged_documents([low, high]) == {"version": "1.2.0", "models": {"a/b": {"id": "a/b"}}}


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (1, False), ("true", False)])
def test_only_true_makes_an_overlay(value: object, expected: bool) -> None:
    assert is_overlay({"extends": value}) is expected
    assert not is_overlay({})


BASE = {
    "requirements": {"min_vram_gb": 4, "min_ram_gb": 8},
    "layers": [1, 2],
    "sources": {
        "/requirements": {"kind": "derived", "source": "shape", "as_of": "2026-01"},
        "/layers": {"kind": "vendor", "source": "config.json", "as_of": "2026-01"},
        "/layers/0": {"kind": "vendor", "source": "paper", "as_of": "2026-01"},
    },
}
DECLARED = {1: {"kind": "declared", "source": "own.json", "as_of": "2026-02"}}


def on_base(above: Any) -> Any:
    return declared_anew(merged(BASE, above), [(0, BASE), (1, above)], DECLARED)["sources"]


def test_a_changed_number_does_not_keep_the_source_of_the_old_one() -> None:
    assert on_base({"requirements": {"min_vram_gb": 6}}) == {
        **BASE["sources"],  # type: ignore[dict-item]
        "/requirements/min_vram_gb": DECLARED[1],
    }


def test_a_stated_source_stays() -> None:
    own = {"/requirements/min_vram_gb": {"kind": "measured", "source": "a run", "as_of": "2026-02"}}
    above = {"requirements": {"min_vram_gb": 6}, "sources": own}

    assert on_base(above) == {**BASE["sources"], **own}  # type: ignore[dict-item]


def test_an_entry_that_is_stated_whole_has_its_own_sources() -> None:
    assert on_base(BASE) == BASE["sources"]


def test_sources_of_parts_that_are_gone_go_too() -> None:
    changed = on_base({"layers": [3]})

    assert "/layers/0" not in changed
    assert changed["/layers"] == DECLARED[1]


@pytest.mark.parametrize("entry", [5, None, {"sources": 3}, {"requirements": {}}])
def test_what_is_no_entry_is_left_to_the_check(entry: Any) -> None:
    assert declared_anew(entry, [(0, BASE), (1, entry)], DECLARED) is entry


def leaves(value: Any, where: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        return [(where, value)]
    return [leaf for key, part in value.items() for leaf in leaves(part, (*where, key))]


def at(value: Any, where: tuple[str, ...]) -> Any:
    for key in where:
        value = value[key]
    return value


def states(value: Any, where: tuple[str, ...]) -> bool:
    """Whether a value states the part at a place, or replaces an object around it."""
    for key in where:
        if not isinstance(value, dict):
            return True
        if key not in value:
            return False
        value = value[key]
    return not isinstance(value, dict) or not value


@pytest.mark.parametrize("source", [{}, {"kind": {}}, {"kind": {"a": {}}}, 5, None, []])
def test_an_odd_source_stays_for_the_check_of_the_entry(source: Any) -> None:
    """Merging raises for nothing that a file may state: one bad entry would take all others with it."""
    stated = [(0, {"n": 1, "sources": {"/m": {"kind": "config"}}}), (1, {"n": 2, "sources": {"/n": source}})]
    entry = reduce(merged, (value for _, value in stated))

    assert declared_anew(entry, stated, {1: {"kind": "declared"}})["sources"]["/n"] == source
