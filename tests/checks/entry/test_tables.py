"""Tables of facts about other projects: against their schemas, and by their rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry, bundled_table
from model_garden_registry.checks.entry.registry_files import check_registry_files
from model_garden_registry.checks.entry.tables import TABLES, shipped_tables, table_flaws, table_of
from model_garden_registry.families.tables import table
from model_garden_registry.findings import Code
from model_garden_registry.reports import Report

Change = Callable[[dict[str, Any]], None]


def changed(name: str, change: Change) -> dict[str, Any]:
    """Give a shipped table with something in it changed."""
    document: dict[str, Any] = deepcopy(dict(table(name)))
    change(document)
    return document


def in_llama(**fields: Any) -> Change:
    """Lay fields over the record of a family."""
    return lambda document: document["families"]["llama"].update(fields)


def in_trl(**fields: Any) -> Change:
    """Lay fields over the record of a stack."""
    return lambda document: document["stacks"]["trl"].update(fields)


@pytest.mark.parametrize("name", TABLES)
def test_the_shipped_tables_have_no_flaw(name: str) -> None:
    """Each follows its own schema and its rules."""
    assert table_flaws(name, table(name)) == []
    assert table_of(table(name)) == name


@pytest.mark.parametrize(
    ("document", "name"),
    [
        pytest.param({"$schema": "../x/stacks.schema.json"}, "stacks", id="by its schema"),
        pytest.param({"families": {}}, "families", id="by its records"),
        pytest.param({"$schema": 5, "engines": {}}, "engines", id="by its records, whatever it calls its schema"),
        pytest.param({"models": {}, "families": {}}, None, id="a registry"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_a_table_is_told_by_its_schema_or_its_records(document: Mapping[str, Any], name: str | None) -> None:
    """Everything else is taken for a registry."""
    assert table_of(document) == name


@pytest.mark.parametrize(
    ("name", "change", "code", "where", "said"),
    [
        pytest.param(
            "families", in_llama(norms="two"), Code.WRONG_TYPE, ("families", "llama", "norms"), "", id="a wrong type"
        ),
        pytest.param(
            "families",
            in_llama(nroms=2),
            Code.UNKNOWN_KEY,
            ("families", "llama", "nroms"),
            "norms",
            id="a misspelt key",
        ),
        pytest.param(
            "families",
            in_llama(mixers={"linear": {"in_proj": "hidden > 2*nobody"}}, states={"linear": "kda"}),
            Code.NOT_ALLOWED,
            ("families", "llama", "mixers", "linear", "in_proj"),
            "'nobody' is not a number of a group of layers",
            id="a width of nothing",
        ),
        pytest.param(
            "families",
            in_llama(mixer_weights={"linear": "nobody"}),
            Code.NOT_ALLOWED,
            ("families", "llama", "mixer_weights", "linear"),
            "'nobody' is not a number of a group of layers",
            id="weights of nothing",
        ),
        pytest.param(
            "families",
            in_llama(mixers={"linear": {}}),
            Code.MISSING_KEY,
            ("families", "llama", "states"),
            "the state of linear for a sequence is not stated",
            id="a mixer that keeps something unknown",
        ),
        pytest.param(
            "families",
            in_llama(group_keys={"ring": {}}),
            Code.NOT_ALLOWED,
            ("families", "llama", "group_keys", "ring"),
            "'ring' is not a kind of mixer",
            id="a mixer that is none",
        ),
        pytest.param(
            "families",
            in_llama(group_keys={"linear": {"heads": "n"}}),
            Code.NOT_ALLOWED,
            ("families", "llama", "group_keys", "linear", "heads"),
            "'heads' is not a number of a group of layers",
            id="a number that is none",
        ),
        pytest.param(
            "families",
            in_llama(layer_kinds=[{"key": "layer_types", "kinds": {"a": "full"}}, {"all": "ring dense"}]),
            Code.BAD_PATTERN,
            ("families", "llama", "layer_kinds", "1", "all"),
            'found "ring dense"',
            id="a kind of layer that is none",
        ),
        pytest.param(
            "families",
            in_llama(shape={"hidden_size": ["wide ? 2*d_model", "2**d_model"]}),
            Code.NOT_ALLOWED,
            ("families", "llama", "shape", "hidden_size"),
            "'2**d_model' is not a product of names and whole numbers",
            id="a power",
        ),
        pytest.param(
            "families",
            in_llama(further="d_model*-1"),
            Code.NOT_ALLOWED,
            ("families", "llama", "further"),
            "'d_model*-1' is not a product of names and whole numbers",
            id="a negative number",
        ),
        pytest.param(
            "stacks",
            in_trl(oldest="0.11.0"),
            Code.OUT_OF_RANGE,
            ("stacks", "trl", "ranges"),
            "0.11.0",
            id="a gap in front",
        ),
        pytest.param(
            "stacks",
            in_trl(read="1.0.0"),
            Code.OUT_OF_RANGE,
            ("stacks", "trl", "ranges"),
            "1.0.0",
            id="later than read",
        ),
        pytest.param(
            "stacks",
            lambda document: document["stacks"]["trl"]["ranges"].append(document["stacks"]["trl"]["ranges"][-1]),
            Code.OUT_OF_RANGE,
            ("stacks", "trl", "ranges"),
            "each later than the one above",
            id="one release twice",
        ),
        pytest.param(
            "engines",
            lambda document: document["engines"]["vllm"]["ranges"][0]["batches"][-1].update(memory_gib=70),
            Code.OUT_OF_RANGE,
            ("engines", "vllm", "ranges", "0", "batches", "0"),
            "the last row should hold for every GPU",
            id="a GPU without a row",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    name: str, change: Change, code: Code, where: tuple[str, ...], said: str
) -> None:
    """By the schema, and where the table follows that by the rules."""
    (flaw,) = table_flaws(name, changed(name, change))

    assert (flaw.code, flaw.where) == (code, where)
    assert said in flaw.message


def test_the_shipped_registry_stands_for_all_that_is_shipped() -> None:
    """The tables are checked beside it; beside another registry they are not."""
    outcomes = check_registry_files([bundled_registry()])

    subjects = [outcome.subject for outcome in outcomes if isinstance(outcome, Report)]
    assert subjects == [str(path) for path in (bundled_registry(), *shipped_tables())]
    assert len(check_registry_files([bundled_registry(), bundled_table("stacks")])) == 2


def test_a_broken_table_has_line_and_column(tmp_path: Path) -> None:
    """As every other file."""
    path = tmp_path / "families.json"
    path.write_text(json.dumps(changed("families", in_llama(norms="two")), indent=1), encoding="utf-8")

    (report,) = check_registry_files([path])

    assert isinstance(report, Report)
    (finding,) = report.findings
    assert finding.place
    assert finding.place.pointer == "/families/llama/norms"
    assert path.read_text(encoding="utf-8").splitlines()[(finding.place.line or 0) - 1].strip().startswith('"norms"')


def test_every_family_of_the_shipped_registry_has_a_record() -> None:
    """What has none is taken for Llama, unless the entry states no layers: that is guessed, and says so."""
    entries = json.loads(bundled_registry().read_bytes())["models"].values()
    shapes = [entry.get("architecture", {}) for entry in entries]
    named = {shape.get("model_type") for shape in shapes if shape.get("num_hidden_layers")} - {None}

    assert named - table("families")["families"].keys() == set()
