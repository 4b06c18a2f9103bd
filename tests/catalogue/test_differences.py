"""What changed between two registries."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.catalogue.differences import (
    ABSENT,
    Change,
    Changed,
    Differences,
    Members,
    Renamed,
    find_differences,
)


def registry(models: dict[str, Any], **head: Any) -> dict[str, Any]:
    """Give a document with these entries."""
    return {"version": "1.0.0", "categories": {"text-llm": {"name": "Text"}}, "models": models, **head}


def of_models(old: dict[str, Any], new: dict[str, Any]) -> Members:
    """Give what became of the entries."""
    return find_differences(registry(old), registry(new)).models


A, B, C = {"name": "A"}, {"name": "B"}, {"name": "C"}


def test_the_same_registry_has_no_differences() -> None:
    """Equal content, no difference."""
    differences = find_differences(registry({"a": A}), registry({"a": dict(A)}))

    assert (differences, differences.is_empty) == (Differences(), True)


def test_a_new_version_and_date_are_changes_of_the_head() -> None:
    """A key that was not there before is absent, not null."""
    differences = find_differences(registry({}), registry({}, version="1.1.0", last_updated="2026"))

    assert differences == Differences(
        head=(Change(("version",), "1.0.0", "1.1.0"), Change(("last_updated",), ABSENT, "2026"))
    )


def test_categories_are_compared_as_models_are() -> None:
    """Added, removed, changed, by key."""
    old = registry({}, categories={"text-llm": {"name": "Text"}, "audio": {}})
    new = registry({}, categories={"text-llm": {"name": "Texts"}, "video": {}})

    assert find_differences(old, new).categories == Members(
        added=("video",),
        removed=("audio",),
        changed=(Changed("text-llm", (Change(("name",), "Text", "Texts"),)),),
    )


def test_models_come_and_go_in_the_order_of_their_file() -> None:
    """What is new stands in the new file's order, what is gone in the old file's."""
    assert of_models({"z": A, "k": B, "b": C}, {"k": B, "y": A, "a": A}) == Members(
        added=("y", "a"), removed=("z", "b")
    )


def test_an_alias_makes_a_rename() -> None:
    """The new id with the old one as its alias: neither id nor alias is told again."""
    old = {"org/old": {"id": "org/old", "name": "A"}}
    new = {"org/new": {"id": "org/new", "name": "B", "aliases": ["org/old"]}}

    assert of_models(old, new) == Members(
        renamed=(Renamed("org/old", "org/new"),),
        changed=(Changed("org/new", (Change(("name",), "A", "B"),)),),
    )


def test_another_alias_beside_the_former_id_is_told() -> None:
    """Only the former id among the aliases is said by the rename."""
    old = {"old": {"aliases": ["older"]}}
    new = {"new": {"aliases": ["old", "oldest"]}}

    change = Change(("aliases",), ["older"], ["old", "oldest"])
    assert of_models(old, new) == Members(renamed=(Renamed("old", "new"),), changed=(Changed("new", (change,)),))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            {"a": A},
            {"a": A, "b": {**A, "aliases": ["a"]}},
            Members(added=("b",)),
            id="the old id is still there",
        ),
        pytest.param({}, {"b": {"aliases": ["a"]}}, Members(added=("b",)), id="the alias was never an id"),
        pytest.param(
            {"a": A},
            {"b": {**A, "aliases": ["a"]}, "c": {**A, "aliases": ["a"]}},
            Members(added=("c",), renamed=(Renamed("a", "b"),)),
            id="two claim the same id",
        ),
        pytest.param({"a": A}, {"b": {"aliases": "a"}}, Members(added=("b",), removed=("a",)), id="no list"),
        pytest.param({"a": A}, {"b": {"aliases": [["a"]]}}, Members(added=("b",), removed=("a",)), id="no texts"),
        pytest.param({"a": A}, {"b": "a"}, Members(added=("b",), removed=("a",)), id="no object"),
    ],
)
def test_not_every_alias_is_a_rename(old: dict[str, Any], new: dict[str, Any], expected: Members) -> None:
    """A rename takes an id that is gone, once."""
    assert of_models(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [(("a", "c"), 2, 3)], id="nested"),
        pytest.param({"a": [1, 2]}, {"a": [1, 3]}, [(("a",), [1, 2], [1, 3])], id="a list, whole"),
        pytest.param({"a": [1]}, {"a": [1, 1]}, [(("a",), [1], [1, 1])], id="a longer list"),
        pytest.param({"a": 1}, {"a": 1.0}, [], id="the same number"),
        pytest.param({"a": [{"b": 1}]}, {"a": [{"b": 1.0}]}, [], id="the same number, deep in a list"),
        pytest.param({"a": 1}, {"a": True}, [(("a",), 1, True)], id="a number is not true"),
        pytest.param({"a": [0]}, {"a": [False]}, [(("a",), [0], [False])], id="nor in a list"),
        pytest.param({"a": None}, {}, [(("a",), None, ABSENT)], id="null is a value"),
        pytest.param({"a": {}}, {"a": None}, [(("a",), {}, None)], id="an object becomes null"),
        pytest.param({}, {"a": {"b": 1}}, [(("a",), ABSENT, {"b": 1})], id="a whole object appears"),
        pytest.param(
            {"b": 1, "a": 1},
            {"c": 1, "a": 2, "b": 2},
            [(("b",), 1, 2), (("a",), 1, 2), (("c",), ABSENT, 1)],
            id="the old order, then what is new",
        ),
        pytest.param("text", {}, [((), "text", {})], id="an entry that is no object"),
    ],
)
def test_a_changed_model_says_which_fields(old: Any, new: Any, changes: list[tuple[Any, ...]]) -> None:
    """Objects are compared key by key, everything else as a value."""
    changed = (Changed("m", tuple(Change(*change) for change in changes)),) if changes else ()

    assert of_models({"m": old}, {"m": new}) == Members(changed=changed)


def test_another_order_is_a_change() -> None:
    """User interfaces select the first, so the order of the file has a meaning."""
    assert of_models({"a": A, "b": B}, {"b": B, "c": C, "a": A}) == Members(added=("c",), is_reordered=True)


def test_a_change_names_its_field_for_people_and_exactly() -> None:
    """Dots for people; a JSON pointer where a key has dots or slashes."""
    change = Change(("sources", "/a.b/c"), 1, 2)

    assert (change.dotted, change.pointer) == ("sources./a.b/c", "/sources/~1a.b~1c")


def test_what_is_no_object_of_entries_counts_as_empty() -> None:
    """Both files were checked before; the comparison itself refuses nothing."""
    assert find_differences({"models": []}, {"models": {"a": A}}).models == Members(added=("a",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
MODELS = st.dictionaries(st.sampled_from(["a", "b", "c"]), JSON, max_size=3)


@given(MODELS)
def test_nothing_differs_from_itself(models: dict[str, Any]) -> None:
    """Identity, whatever stands there; and neither side is touched."""
    before = deepcopy(models)

    assert find_differences(registry(models), registry(deepcopy(models))) == Differences()
    assert models == before


@given(MODELS, MODELS)
def test_there_and_back_is_the_same_way(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What is added one way is removed the other way, and each change is turned round."""
    there, back = of_models(old, new), of_models(new, old)

    turned = {
        (changed.key, change.where): (change.new, change.old) for changed in back.changed for change in changed.changes
    }
    changes = {
        (changed.key, change.where): (change.old, change.new) for changed in there.changed for change in changed.changes
    }
    renames = any(isinstance(entry, dict) and "aliases" in entry for entry in (*old.values(), *new.values()))
    assert not renames
    assert (there.added, there.removed, there.is_reordered, changes) == (
        back.removed,
        back.added,
        back.is_reordered,
        turned,
    )
