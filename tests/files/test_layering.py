"""Registries of several files: which take part, in which order, and what a broken one leaves."""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import InvalidEntryError, RegistryReadError, RegistryWarning
from model_garden_registry.files.layering import layer_locations, load_layers
from model_garden_registry.files.location import Location, NamedBy, find_layers, read_written, written
from model_garden_registry.files.reading import read_bytes
from model_garden_registry.registry.model_registry import ModelRegistry, registry_of

MODEL = "Qwen/Qwen3-8B"
OWN = "acme/one"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an overlay with entries; a place of its own for each kind."""

    def write(place: str, models: Any, **head: Any) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"extends": True, **head, "models": models}), encoding="utf-8")
        return path

    return write


def batch(size: int) -> dict[str, Any]:
    return {MODEL: {"training_defaults": {"hyperparameters": {"batch_size": size}}}}


def batch_of(registry: ModelRegistry) -> int:
    size: int = registry[MODEL].get_training_hyperparameters()["batch_size"]
    return size


def own_entry(model_id: str = OWN) -> dict[str, Any]:
    entry = json.loads(bundled_registry().read_bytes())["models"][MODEL]
    return {**entry, "id": model_id, "aliases": []}


def test_every_place_may_have_an_overlay(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The strongest is the last --registry, then the variable, mgr.toml, ./storage, the user's, the organisation's."""
    places = {
        "organisation": write("shared/registry.json", batch(11)),
        "user": write(".config/mgr/models_registry.json", batch(12)),
        "directory": write("storage/models_registry.json", batch(13)),
        "configuration": write("team.json", batch(14)),
        "environment": write("variable.json", batch(15)),
        "first": write("first.json", batch(16)),
        "last": write("last.json", batch(17)),
    }
    (tmp_path / "mgr.toml").write_text('registry = "team.json"\norganisation = "shared/registry.json"\n', "utf-8")
    monkeypatch.setenv("MGR_REGISTRY", "variable.json")

    both = ModelRegistry([places["first"], places["last"]])
    assert [layer.named_by for layer in both.layers] == [
        NamedBy.SHIPPED,
        NamedBy.ORGANISATION,
        NamedBy.USER,
        NamedBy.DIRECTORY,
        NamedBy.CONFIGURATION,
        NamedBy.ENVIRONMENT,
        NamedBy.ARGUMENT,
        NamedBy.ARGUMENT,
    ]
    assert both.path == places["last"]
    found = [batch_of(both), batch_of(ModelRegistry(places["first"])), batch_of(ModelRegistry())]
    monkeypatch.delenv("MGR_REGISTRY")
    found.append(batch_of(ModelRegistry()))
    (tmp_path / "mgr.toml").write_text('organisation = "shared/registry.json"\n', "utf-8")
    found.append(batch_of(ModelRegistry()))
    for name in ("directory", "user", "organisation"):
        places[name].unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegistryWarning)  # the organisation's file is missing in the end
            found.append(batch_of(ModelRegistry()))

    assert found == [17, 16, 15, 14, 13, 12, 11, 4]


def test_a_file_that_does_not_extend_stands_alone(write: Write, tmp_path: Path) -> None:
    """Whatever lies below it is not even looked at."""
    write(".config/mgr/models_registry.json", {OWN: {"broken": True}})
    alone = tmp_path / "alone.json"
    document = json.loads(bundled_registry().read_bytes())
    document["models"] = {MODEL: document["models"][MODEL]}
    alone.write_text(json.dumps(document), encoding="utf-8")

    registry = ModelRegistry(alone)

    assert [*registry] == [MODEL]
    assert [(layer.path, layer.is_overlay) for layer in registry.layers] == [(alone, False)]


def test_own_models_follow_the_shipped_ones_and_null_removes(write: Write) -> None:
    path = write("own.json", {OWN: own_entry(), "Qwen/Qwen3-8B-Base": None, "no/such": None})
    shipped = ModelRegistry(bundled_registry())

    registry = ModelRegistry(path)

    assert [*registry] == [*(key for key in shipped if key != "Qwen/Qwen3-8B-Base"), OWN]
    assert registry[OWN].name == shipped[MODEL].name
    assert {layer.path for layer in registry.origins(OWN).values()} == {path}
    assert {layer.named_by for layer in registry.origins("unsloth/tinyllama-bnb-4bit").values()} == {NamedBy.SHIPPED}


def test_an_origin_is_told_for_the_largest_parts(write: Write) -> None:
    registry = ModelRegistry(write("own.json", batch(3)))

    found = registry.origins(MODEL)

    changed = {pointer for pointer, layer in found.items() if layer.named_by is NamedBy.ARGUMENT}
    assert changed == {"/training_defaults/hyperparameters/batch_size"}
    assert found["/architecture"].named_by is NamedBy.SHIPPED
    assert registry[MODEL].sources["/training_defaults/hyperparameters/batch_size"].kind == "declared"


def test_the_head_of_an_overlay_counts(write: Write) -> None:
    """Each key that it states; a category joins the others."""
    path = write(
        "own.json",
        {},
        version="1.2.0",
        last_updated="2030-01-02T00:00:00Z",
        categories={"own": {"name": "Own", "description": "Ours."}, "text-llm": {"name": "Language models"}},
    )

    registry = ModelRegistry(path)

    assert registry.last_updated == "2030-01-02T00:00:00Z"
    categories = registry.get_categories()
    assert [*categories][-1] == "own"
    assert categories["text-llm"]["name"] == "Language models"
    assert categories["text-llm"]["description"]


BROKEN: Mapping[str, tuple[str, str]] = {
    "not JSON": ('{"extends": true, "models": {', "not JSON"),
    "not UTF-8": ('{"extends": true, "name": "\xff"}', "UTF-8"),
    "duplicate key": ('{"extends": true, "models": {"a/b": null, "a/b": null}}', "appears twice"),
    "models is a list": ('{"extends": true, "models": []}', "/models"),
    "newer format": ('{"extends": true, "version": "9.0.0", "models": {}}', "format 9.0.0"),
    "no version": ('{"extends": true, "version": "new", "models": {}}', "/version"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("place", ["own.json", "storage/models_registry.json", ".config/mgr/models_registry.json"])
def test_a_broken_overlay_leaves_the_rest(place: str, kind: str, write: Write) -> None:
    """One warning names the file and the problem; the layers below answer."""
    text, told = BROKEN[kind]
    path = write(place, {})
    path.write_bytes(text.encode("latin-1"))
    named = [path] if place == "own.json" else []

    with pytest.warns(RegistryWarning) as said:
        registry = ModelRegistry(named)

    assert len(said) == 1
    assert str(path.name) in str(said[0].message)
    assert told in str(said[0].message)
    assert len(registry) == len(ModelRegistry(bundled_registry()))
    assert [layer.problem is None for layer in registry.layers] == [True, False]


def test_a_broken_overlay_in_the_middle_leaves_those_around_it(write: Write) -> None:
    middle = write("storage/models_registry.json", {})
    middle.write_text('{"extends": true,', encoding="utf-8")
    write(".config/mgr/models_registry.json", {OWN: own_entry()})

    with pytest.warns(RegistryWarning, match="left out"):
        registry = ModelRegistry(write("own.json", batch(9)))

    assert OWN in registry
    assert batch_of(registry) == 9


def test_good_entries_of_an_overlay_count_beside_bad_ones(write: Write) -> None:
    """A bad one is an error of its own, which names the overlay."""
    path = write("own.json", {**batch(9), OWN: {"id": OWN}, "acme/two": 5, "Qwen/Qwen3-4B": {"requirements": "much"}})

    registry = ModelRegistry(path)

    assert batch_of(registry) == 9
    for bad in (OWN, "acme/two", "Qwen/Qwen3-4B"):
        with pytest.raises(InvalidEntryError):
            registry[bad]
    with pytest.warns(RegistryWarning, match=r"own\.json") as said:
        assert len(registry.values()) == len(registry) - 3
    assert len(said) == 3


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ({"last_updated": "yesterday"}, "/last_updated"),
        ({"categories": {"text-llm": {"name": ""}}}, "/categories/text-llm"),
        ({"categories": 3}, "/categories"),
        ({"modles": {}}, "modles"),
    ],
)
def test_a_bad_part_of_the_head_leaves_the_part_below(head: dict[str, Any], told: str, write: Write) -> None:
    shipped = ModelRegistry(bundled_registry())

    with pytest.warns(RegistryWarning, match=told):
        registry = ModelRegistry(write("own.json", batch(9), **head))

    assert batch_of(registry) == 9
    assert registry.get_categories() == shipped.get_categories()
    assert registry.last_updated == shipped.last_updated


@pytest.mark.parametrize("text", ["{", "[]", '{"extends": "true", "models": {}}', '{"models": 3}', ""])
def test_a_file_that_may_stand_alone_is_an_error(text: str, tmp_path: Path) -> None:
    """It is not known to be an overlay, so nothing else may answer for it."""
    path = tmp_path / "own.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(RegistryReadError, match=r"own\.json"):
        ModelRegistry(path)


def test_a_missing_file_is_an_error_where_it_is_named(write: Write) -> None:
    with pytest.raises(FileNotFoundError):
        ModelRegistry(["missing.json", write("own.json", {})])


def test_a_broken_file_below_an_overlay_is_passed_over(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable names a file that is gone: the overlay lies on the next one."""
    monkeypatch.setenv("MGR_REGISTRY", "gone.json")

    with pytest.warns(RegistryWarning, match="gone"):
        registry = ModelRegistry(write("own.json", batch(9)))

    assert batch_of(registry) == 9


def test_each_configuration_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of it: which files there are, and whether there is a remote one. What is wrong is told once."""
    (tmp_path / "mgr.toml").write_text('colour = "red"\n', encoding="utf-8")
    read: list[str] = []

    def counted(path: Path, largest: int | None = None) -> bytes:
        read.append(path.name)
        return read_bytes(path, largest)

    monkeypatch.setattr("model_garden_registry.files.configuration.read_bytes", counted)
    with pytest.warns(RegistryWarning, match="colour") as said:
        load_layers(find_layers())

    assert (read, len(said)) == (["mgr.toml"], 1)


def test_a_file_is_one_layer_however_often_it_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("storage/models_registry.json", batch(9))
    monkeypatch.setenv("MGR_REGISTRY", str(path))

    assert len(ModelRegistry([path, Path("storage/models_registry.json")]).layers) == 2


def test_layers_travel_to_other_processes(write: Write) -> None:
    """Pickled, and as text; both give the same registry."""
    write(".config/mgr/models_registry.json", {OWN: own_entry()})
    registry = ModelRegistry(write("own.json", batch(9)))

    again = registry_of(read_written(written(layer_locations(registry.layers))))

    assert pickle.loads(pickle.dumps(registry)).layers == registry.layers == again.layers
    assert batch_of(again) == 9
    assert registry.with_entry(own_entry("acme/three")).layers == registry.layers


def test_one_file_must_stand_alone(write: Write) -> None:
    """`find_layers` always ends with one."""
    with pytest.raises(AssertionError, match="stands alone"):
        load_layers([Location(write("own.json", {}), NamedBy.ARGUMENT)])


def test_the_shipped_file_is_always_the_last() -> None:
    assert [location.named_by for location in find_layers()] == [NamedBy.SHIPPED]
