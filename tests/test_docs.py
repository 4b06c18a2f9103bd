"""What the pages promise about the code and the data beside them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.payloads.shapes.documents import DOCUMENTS, schema_name, schema_of

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "model_garden_registry"
BEFORE = json.loads((ROOT / "tests/registries/valid/application.json").read_bytes())["models"]
AFTER = json.loads((ROOT / "storage/models_registry.json").read_bytes())["models"]


def listed(page: str, row: str) -> list[str]:
    return re.findall(row, (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_document_has_its_schema_in_the_docs() -> None:
    """docs/schemas has what the types say, one file for each format; `nox -s docs` writes them."""
    files = {path.name: json.loads(path.read_bytes()) for path in (ROOT / "docs" / "schemas").iterdir()}

    assert files == {schema_name(name): schema_of(name) for name in DOCUMENTS}, "nox -s docs"


def test_every_module_stands_in_the_architecture() -> None:
    """ARCHITECTURE.md lists each file of the package once, a folder by its name."""
    files = {path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.py")}
    wanted = {name.replace("/__init__.py", "/") for name in files} | {"model_garden/model_registry.py"}

    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("<!-- end of generated -->")[0]
    found = re.findall(r"^\| \d* +\| `([^`]+)` \|", table, flags=re.MULTILINE)
    assert sorted(found) == sorted(wanted), f"{set(found) ^ wanted}: nox -s docs"


def test_every_route_is_in_its_page() -> None:
    """With its method, its parameters, and the keys of its body, as the OpenAPI document lists them."""
    document = json.loads((ROOT / "clients/typescript/openapi.json").read_bytes())
    page = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    routes = [(path, method, route) for path, each in document["paths"].items() for method, route in each.items()]
    lines = {f"{method.upper()} {path}" for path, method, _ in routes}
    inputs = {parameter["name"] for _, _, route in routes for parameter in route.get("parameters", ())}
    bodies = [
        part["schema"]["$ref"].rpartition("/")[2]
        for _, _, route in routes
        for part in route.get("requestBody", {}).get("content", {}).values()
    ]
    keys = {key for name in bodies for key in document["components"]["schemas"][name]["properties"]}

    assert len(routes) > 5
    assert keys
    assert {line for line in lines if f"`{line}`" not in page} == set()
    assert {name for name in inputs | keys if not re.search(rf"[`\"{{?&]{name}[`\"}}=]", page)} == set()


def test_every_file_of_facts_is_in_a_page() -> None:
    """By its name, or with its folder."""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    files = [path.relative_to(ROOT) for path in (ROOT / "storage").rglob("*.json")]

    assert len(files) > 10
    assert [
        path.as_posix()
        for path in files
        if path.as_posix() not in pages
        and (path.parent.name == "storage" or f"`{path.parent.as_posix()}/`" not in pages)
    ] == []


def test_every_document_is_in_its_page() -> None:
    """docs/json.md names each format; `nox -s docs` writes the table."""
    page = (ROOT / "docs/json.md").read_text(encoding="utf-8")

    assert [name for name in DOCUMENTS if f"`{name}`" not in page] == []


def test_rooms_to_come_are_those_that_have_only_a_floor() -> None:
    """ARCHITECTURE.md says what they are for, until they are built."""
    tree = ast.parse((ROOT / "tests" / "test_floors.py").read_bytes())
    floors = next(ast.literal_eval(node.value) for node in tree.body if ast.unparse(node).startswith("FLOORS = "))
    text = (
        (ROOT / "ARCHITECTURE.md")
        .read_text(encoding="utf-8")
        .partition("## Planned folders\n")[2]
        .partition("\n## ")[0]
    )

    rooms = re.findall(r"^\| (\d+) \| `(\w+)/` \|", text, flags=re.MULTILINE)

    assert rooms == [
        (str(floor), name)
        for floor, names in enumerate(floors)
        for name in names
        if not any(
            (folder / name).exists() or (SOURCES / f"{name}.py").exists() for folder in (SOURCES, SOURCES.parent)
        )
    ]


def test_ci_begins_with_the_test_command_of_the_readme() -> None:
    """The README's command for the tests is a line of `.ci/run`."""
    command = "python3 -m venv .venv && .venv/bin/pip install nox && .venv/bin/nox"

    assert command in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def corrections() -> Iterator[tuple[str, str]]:
    """Give what changed in the entries that the application had: id, and ``old → new``."""
    for model_id, before in BEFORE.items():
        after = AFTER[model_id]
        yield from (
            (model_id, change) for change in _changes({"status": before["status"]}, {"status": after["status"]})
        )
        for part in ("requirements", "inference_defaults", "training_defaults", "capabilities", "quantization"):
            yield from ((model_id, change) for change in _changes(before.get(part, {}), after.get(part, {})))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key, old in before.items():
        if isinstance(old, dict):
            yield from _changes(old, after[key])
        elif key not in after:
            yield f"`{key}` {_in_words(old)} → absent"
        elif old != after[key]:
            yield f"`{key}` {_in_words(old)} → {_in_words(after[key])}"


def _in_words(value: Any) -> str:
    """Say a value as the changelog does: decimals without an exponent, the items of a list one after the other."""
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return value if isinstance(value, str) else json.dumps(value)


_NAME = r"`[^`]+`"
_VALUE = rf"(?:{_NAME}(?:, {_NAME})*|[\w.]*\w)"


def named_corrections() -> list[tuple[str, str]]:
    """Give each ``field old → new`` of the changelog's items about data, with each id that its item begins with."""
    section = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("### Registry data")[2]
    items = [" ".join(item.split()) for item in section.split("\n- ")]
    pairs: list[tuple[str, str]] = []
    for item in items:
        changes = re.findall(rf"`\w+` {_VALUE} → {_VALUE}", item)
        head = re.match(rf"{_NAME}(?:(?:, | and ){_NAME})*(?=: )", item)
        if item.startswith("All eleven entries: "):
            ids = list(BEFORE)
        else:
            ids = re.findall(r"`([^`]+)`", head[0]) if head else [""]
        pairs += [(model_id, change) for model_id in ids for change in changes]
    return pairs


@pytest.mark.parametrize(("model_id", "change"), [pytest.param(*pair, id=" ".join(pair)) for pair in corrections()])
def test_a_correction_of_data_is_in_the_changelog(model_id: str, change: str) -> None:
    """Each value that differs from the application's file is named with its entry, old and new."""
    assert (model_id, change) in named_corrections()


def test_the_changelog_names_no_correction_that_is_not_there() -> None:
    """Every ``field old → new`` of the section is a change of data, named once."""
    assert sorted(named_corrections()) == sorted(corrections())


def test_the_example_entry_of_the_format_loads(tmp_path: Path) -> None:
    """The file that docs/registry-format.md shows gives a model without a warning."""
    page = (ROOT / "docs/registry-format.md").read_text(encoding="utf-8")
    path = tmp_path / "models_registry.json"
    path.write_text(page.partition("```json")[2].partition("\n")[2].partition("```")[0], encoding="utf-8")

    assert list(load_registry(path).get_all_models()) == ["your-org/your-model"]
