"""A document becomes entries: tolerant of what it does not know, one bad entry at a time."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.errors import (
    EntryProblem,
    InvalidEntryError,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWarning,
)
from model_garden_registry.files.layering import load_registry_file
from model_garden_registry.files.loading import RegistryFile
from model_garden_registry.findings import Code

VALID = Path(__file__).parents[1] / "registries/valid"
FILE = Path("models.json")
OWL = "acme/owl-vl-30b-a3b"
AT_OWL = "/models/acme~1owl-vl-30b-a3b"


@pytest.fixture
def document() -> dict[str, Any]:
    """Give a fresh document in which every key of the format stands."""
    raw: dict[str, Any] = json.loads((VALID / "every_key.json").read_bytes())
    return raw


@pytest.fixture
def owl(document: dict[str, Any]) -> dict[str, Any]:
    """Give the raw entry of that document that has every key."""
    entry: dict[str, Any] = document["models"][OWL]
    return entry


def warned(act: Callable[[], object]) -> list[str]:
    """Give the texts of all warnings, in order."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        act()
    assert {warning.category for warning in caught} <= {RegistryWarning}
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("path", sorted(VALID.glob("*.json")), ids=lambda path: path.stem)
def test_a_valid_file_loads_without_a_word(path: Path) -> None:
    """Its head at once, its entries when asked, in file order."""
    raw = json.loads(path.read_bytes())

    file = load_registry_file(path)

    assert (file.path, file.version, file.last_updated) == (path, raw["version"], raw["last_updated"])
    assert list(file.categories) == list(raw["categories"])
    assert [file.parse_entry(key).id for key in file.models] == list(raw["models"])


def test_a_missing_registry_is_not_found(tmp_path: Path) -> None:
    """With the application's words."""
    with pytest.raises(RegistryNotFoundError, match=r"^Registry not found: .*none\.json$"):
        load_registry_file(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "place", "problem"),
    [
        pytest.param({"version": "2.0.0"}, (3, 2), "is in format 2.0.0; this release reads", id="a version"),
        pytest.param({"version": 7}, (3, 2), "is not valid at /version: should be a valid string", id="no text"),
        pytest.param({"models": []}, (5, 2), "is not valid at /models: an object of entries by id", id="a list"),
    ],
)
def test_a_head_that_cannot_be_has_line_and_column(
    tmp_path: Path, change: dict[str, Any], place: tuple[int, int], problem: str
) -> None:
    """The file gives no registry, so the error is that of a file."""
    head = {"last_updated": "2026-11-23T00:00:00Z", "version": "1.1.0", "categories": {}, "models": {}, **change}
    path = tmp_path / "r.json"
    path.write_text("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()) + "}")

    with pytest.raises(RegistryReadError) as caught:
        load_registry_file(path)

    assert (caught.value.line, caught.value.column) == place
    assert caught.value.problem.startswith(problem)


# Unknown keys.


@pytest.mark.parametrize(
    ("where", "key", "text"),
    [
        pytest.param((), "licence", "'licence' at {owl}/licence is ignored; did you mean license?", id="of an entry"),
        pytest.param(
            ("requirements",),
            "min_vram",
            "'min_vram' at {owl}/requirements/min_vram is ignored; did you mean min_vram_gb or min_ram_gb?",
            id="of a group",
        ),
        pytest.param(
            ("requirements", "training"),
            "min_gpu",
            "'min_gpu' at {owl}/requirements/training/min_gpu is ignored; did you mean min_gpus?",
            id="of a group that may be absent",
        ),
        pytest.param(
            ("architecture", "moe"),
            "num_expert",
            "'num_expert' at {owl}/architecture/moe/num_expert is ignored; "
            "did you mean num_experts, num_experts_per_tok or n_shared_experts?",
            id="two groups deep",
        ),
        pytest.param(
            ("benchmarks", 1),
            "valu",
            "'valu' at {owl}/benchmarks/1/valu is ignored; did you mean value?",
            id="in a list",
        ),
        pytest.param(
            ("sources", "/requirements"),
            "kindd",
            "'kindd' at {owl}/sources/~1requirements/kindd is ignored; did you mean kind?",
            id="under a name that the file chose",
        ),
        pytest.param((), "zzz", "'zzz' at {owl}/zzz is ignored", id="like no other"),
        pytest.param((), "", "'' at {owl}/ is ignored", id="the empty key"),
        pytest.param((), "X-mine", "'X-mine' at {owl}/X-mine is ignored", id="almost an extension"),
    ],
)
def test_an_unknown_key_is_ignored_with_a_warning(
    document: dict[str, Any], owl: dict[str, Any], where: tuple[str | int, ...], key: str, text: str
) -> None:
    """It names the file, the pointer and what may have been meant; the entry is as without it."""
    expected = RegistryFile(json.loads(json.dumps(document)), FILE).parse_entry(OWL)
    inner: Any = owl
    for segment in where:
        inner = inner[segment]
    inner[key] = {"anything": [1]}
    file = RegistryFile(document, FILE)

    with pytest.warns(RegistryWarning) as caught:
        entry = file.parse_entry(OWL)

    assert len(caught) == 1
    assert str(caught[0].message).startswith(f"models.json: unknown key {text.format(owl=AT_OWL)}")
    assert entry == expected
    assert inner[key] == {"anything": [1]}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        pytest.param("$shema", "'$shema' at /$shema is ignored; did you mean $schema?", id="a typo"),
        pytest.param(
            "last_update", "'last_update' at /last_update is ignored; did you mean last_updated?", id="another"
        ),
        pytest.param("schema_path", "'schema_path' at /schema_path is ignored", id="a name of ours"),
    ],
)
def test_an_unknown_key_of_the_head_is_ignored_with_a_warning(document: dict[str, Any], key: str, text: str) -> None:
    """Near names are those of the file, not of the Python attributes."""
    document[key] = 1

    texts = warned(lambda: RegistryFile(document, FILE))

    assert len(texts) == 1
    assert texts[0].startswith(f"models.json: unknown key {text}")


def test_an_unknown_key_of_a_category_is_ignored_with_a_warning(document: dict[str, Any]) -> None:
    """And the category is used."""
    document["categories"]["embedding"]["colour"] = "red"

    assert warned(lambda: RegistryFile(document, FILE)) == [
        "models.json: unknown key 'colour' at /categories/embedding/colour is ignored"
    ]


def test_a_key_name_is_warned_about_once_per_file(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """However many entries and groups have it; another file is told anew."""
    for entry in document["models"].values():
        entry |= {"licence": "mit", "colour": "red"}
    owl["urls"]["colour"] = "red"

    def parse_all() -> None:
        file = RegistryFile(document, FILE)
        for key in (*file.models, *file.models):
            file.parse_entry(key)

    assert sorted(warned(parse_all)) == [
        f"models.json: unknown key 'colour' at {AT_OWL}/urls/colour is ignored",
        f"models.json: unknown key 'licence' at {AT_OWL}/licence is ignored; did you mean license?",
    ]
    assert len(warned(parse_all)) == 2


def test_extension_keys_are_kept_and_never_warned_about(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """At any depth."""
    owl["x-mine"] = {"deep": {"x": [1]}}
    owl["requirements"]["x-note"] = "measured"
    document["x-head"] = None

    entry = RegistryFile(document, FILE).parse_entry(OWL)

    assert entry.extensions["x-mine"] == {"deep": {"x": [1]}}
    assert entry.requirements.extensions == {"x-note": "measured"}


# Versions.


@pytest.mark.parametrize("version", ["1.3.0", "1.10.0", "1.99.99"])
def test_a_newer_minor_version_loads_with_one_warning(
    document: dict[str, Any], owl: dict[str, Any], version: str
) -> None:
    """For all its new keys together; both versions are named."""
    document |= {"version": version, "published_by": "somebody"}
    owl |= {"new": 1, "newer": 2}

    def parse() -> None:
        RegistryFile(document, FILE).parse_entry(OWL)

    formats = f"written in format {version}, read as 1.2.0"
    assert warned(parse) == [f"models.json: {formats}: unknown keys are ignored, the first at /published_by"]


@pytest.mark.parametrize("version", ["1.3.0", "1.2.7", "1.1.0", "0.9.0"])
def test_a_version_alone_is_no_reason_for_a_warning(document: dict[str, Any], version: str) -> None:
    """Where nothing is ignored, nothing is said."""
    document["version"] = version

    assert RegistryFile(document, FILE).version == version


@pytest.mark.parametrize("version", ["1.2.7", "1.1.0", "0.9.0"])
def test_an_older_version_warns_of_each_unknown_key(document: dict[str, Any], version: str) -> None:
    """They are no news from the future."""
    document |= {"version": version, "one": 1, "two": 2}

    assert len(warned(lambda: RegistryFile(document, FILE))) == 2


@pytest.mark.parametrize("version", ["2.0.0", "2", "10.0.0-beta"])
def test_a_newer_major_version_is_refused(document: dict[str, Any], version: str) -> None:
    """Naming both versions, before anything else of the file is judged."""
    document |= {"version": version, "models": "elsewhere", "unknown": 1}

    with pytest.raises(RegistryReadError) as caught:
        RegistryFile(document, FILE)

    assert caught.value.code == Code.VERSION_UNSUPPORTED
    assert str(caught.value) == (
        f"models.json: is in format {version}; this release reads up to 1.2.0: upgrade model-garden-registry"
    )


# What is wrong.


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(
            {"models": []},
            EntryProblem("/models", "an object of entries by id is required", "[]", "models"),
            id="models that are a list",
        ),
        pytest.param(
            {"version": 1},
            EntryProblem("/version", "should be a valid string", "1", "string_type"),
            id="a version that is no text",
        ),
        pytest.param(
            {"version": "1.1"},
            EntryProblem(
                "/version", "should be a version of three numbers, such as 1.2.0", '"1.1"', "string_pattern_mismatch"
            ),
            id="a version of two numbers",
        ),
    ],
)
def test_a_head_that_is_not_valid_is_refused(
    document: dict[str, Any], change: dict[str, Any], problem: EntryProblem
) -> None:
    """With pointer, what belongs there, and what stands there."""
    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile(document | change, FILE)

    assert (caught.value.model_id, caught.value.problems) == (None, (problem,))


SOUND = {"name": "A", "description": ""}


@pytest.mark.parametrize(
    ("change", "warned", "date", "categories"),
    [
        pytest.param(
            {"last_updated": "today"},
            ["/last_updated, left out: should be a moment with UTC offset"],
            "",
            ["b"],
            id="a date",
        ),
        pytest.param(
            {"last_updated": 7}, ["/last_updated, left out: should be a valid string, found 7"], "", ["b"], id="7"
        ),
        pytest.param(
            {"categories": {"a": {"name": "A", "description": None}, "b": SOUND, "c": 7}},
            [
                "/categories/a/description, left out: should be a valid string, found null",
                "/categories/c, left out: should be",
            ],
            None,
            ["b"],
            id="categories",
        ),
        pytest.param({"categories": []}, ["/categories, left out: should be an object, found []"], None, [], id="all"),
        pytest.param(
            {"categories": None, "last_updated": None},
            ["/last_updated, left out: should be", "/categories, left out: should be"],
            "",
            [],
            id="everything",
        ),
    ],
)
def test_a_bad_date_or_category_does_not_sink_the_models(
    document: dict[str, Any], change: dict[str, Any], warned: list[str], date: str | None, categories: list[str]
) -> None:
    """It is left out, with one warning for each thing that is wrong."""
    head = {"categories": {"b": SOUND}, **change}

    with pytest.warns(RegistryWarning) as caught:
        file = RegistryFile(document | head, FILE)

    texts = [str(one.message) for one in caught]
    assert all(text.startswith(f"models.json: not valid at {start}") for text, start in zip(texts, warned, strict=True))
    assert (file.last_updated, [*file.categories]) == (document["last_updated"] if date is None else date, categories)
    assert file.parse_entry(OWL).id == OWL


def test_a_head_without_date_and_categories_is_one(document: dict[str, Any]) -> None:
    """Both are missed, and the models are there."""
    del document["last_updated"], document["categories"]

    with pytest.warns(RegistryWarning, match="left out: a required key is missing, found nothing") as caught:
        file = RegistryFile(document, FILE)

    assert (len(caught), file.last_updated, file.categories) == (2, "", {})


def test_a_head_without_its_keys_lists_each(document: dict[str, Any]) -> None:
    """All that is missing, not the first only."""
    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile({}, FILE)

    assert [problem.where for problem in caught.value.problems] == ["/version", "/last_updated", "/categories"]
    del document["models"]
    with pytest.raises(InvalidEntryError, match="at /models: an object of entries by id is required, found nothing"):
        RegistryFile(document, FILE)


INTEGER = "should be a valid integer"


@pytest.mark.parametrize(
    ("where", "value", "pointer", "expected", "found"),
    [
        pytest.param(("requirements", "min_gpus"), "4", "/requirements/min_gpus", INTEGER, '"4"', id="digits"),
        pytest.param(("requirements", "min_gpus"), True, "/requirements/min_gpus", INTEGER, "true", id="true"),
        pytest.param(
            ("architecture", "moe", "num_experts"),
            0,
            "/architecture/moe/num_experts",
            "should be greater than or equal to 1",
            "0",
            id="a bound",
        ),
        pytest.param(("tags",), ["a", 5], "/tags/1", "should be a valid string", "5", id="an item of a list"),
        pytest.param(
            ("sources", "/a/b", "kind"),
            "guess",
            "/sources/~1a~1b/kind",
            "should be 'measured', 'derived', 'vendor', 'published' or 'declared'",
            '"guess"',
            id="a name with slashes",
        ),
        pytest.param(
            ("description",),
            ["x" * 100],
            "/description",
            "should be a valid string",
            f'["{"x" * 57}…',
            id="a long value",
        ),
    ],
)
def test_a_bad_entry_says_where_what_was_expected_and_what_was_found(
    document: dict[str, Any],
    owl: dict[str, Any],
    where: tuple[str, ...],
    value: object,
    pointer: str,
    expected: str,
    found: str,
) -> None:
    """As the file has it: a JSON pointer from its root, and JSON."""
    owl["sources"] = {"/a/b": {"kind": "vendor", "source": "s", "as_of": "2026-01"}}
    inner: Any = owl
    for segment in where[:-1]:
        inner = inner[segment]
    inner[where[-1]] = value

    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile(document, FILE).parse_entry(OWL)

    error = caught.value
    assert (error.model_id, error.where, error.expected, error.found) == (OWL, f"{AT_OWL}{pointer}", expected, found)


def test_a_missing_key_is_a_problem_where_it_should_stand(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """Also one deep inside, also several."""
    del owl["name"], owl["requirements"]["training"]["min_vram_gb"]

    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile(document, FILE).parse_entry(OWL)

    assert caught.value.problems == (
        EntryProblem(f"{AT_OWL}/name", "a required key is missing", "nothing", "missing"),
        EntryProblem(f"{AT_OWL}/requirements/training/min_vram_gb", "a required key is missing", "nothing", "missing"),
    )


@pytest.mark.parametrize(
    ("modules", "pointers"),
    [
        pytest.param(5, ["", ""], id="a number"),
        pytest.param({"a": 1}, ["", ""], id="an object"),
        pytest.param(["q_proj", 5], ["/1", ""], id="a list with a number"),
    ],
)
def test_a_pointer_names_only_what_is_in_the_file(
    document: dict[str, Any], owl: dict[str, Any], modules: object, pointers: list[str]
) -> None:
    """Where a value may be one of two things, the alternatives are no part of the pointer."""
    owl["training_defaults"]["lora_config"]["target_modules"] = modules

    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile(document, FILE).parse_entry(OWL)

    where = f"{AT_OWL}/training_defaults/lora_config/target_modules"
    assert [problem.where for problem in caught.value.problems] == [where + pointer for pointer in pointers]


@pytest.mark.parametrize("raw", [None, 5, "text", []], ids=repr)
def test_an_entry_that_is_no_object_is_a_bad_entry(document: dict[str, Any], raw: object) -> None:
    """And no crash."""
    document["models"][OWL] = raw

    with pytest.raises(InvalidEntryError) as caught:
        RegistryFile(document, FILE).parse_entry(OWL)

    assert (caught.value.where, caught.value.found) == (AT_OWL, json.dumps(raw))


def test_one_bad_entry_leaves_the_others_alone(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """Asking for it raises, every time; the others are as they were."""
    owl["status"] = "beta"
    file = RegistryFile(document, FILE)

    for _ in range(2):
        with pytest.raises(InvalidEntryError, match="should be 'stable', 'experimental' or 'deprecated'"):
            file.parse_entry(OWL)

    assert list(file.models) == [OWL, "acme/owl-embed"]
    assert file.parse_entry("acme/owl-embed").name == "Owl"


def test_a_bad_entry_with_unknown_keys_is_told_of_both(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """A warning for what is ignored, the error for what is wrong, and nothing of the ignored in the error."""
    owl |= {"licence": "mit", "status": "beta"}
    file = RegistryFile(document, FILE)

    with (
        pytest.warns(RegistryWarning, match="licence"),
        pytest.raises(InvalidEntryError) as caught,
    ):
        file.parse_entry(OWL)

    assert [problem.where for problem in caught.value.problems] == [f"{AT_OWL}/status"]


def test_parsing_leaves_the_document_alone(document: dict[str, Any], owl: dict[str, Any]) -> None:
    """What is ignored is left out of a copy."""
    owl["requirements"]["colour"] = "red"
    before = json.dumps(document)

    texts = warned(lambda: RegistryFile(document, FILE).parse_entry(OWL))

    assert len(texts) == 1
    assert json.dumps(document) == before
