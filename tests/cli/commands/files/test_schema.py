"""``mgr schema``: files against the schema, and the schema itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from model_garden_registry.entries.registry_schema import overlay_schema_text, registry_schema_text

Ask = Callable[..., Any]
Write = Callable[..., Path]


@pytest.fixture
def check(mgr: Ask) -> Ask:
    """Ask ``mgr schema check``."""
    return lambda *arguments: mgr("schema", "check", *arguments)


@pytest.fixture
def file_with(entry: Callable[..., dict[str, Any]]) -> Write:
    """Give a maker of files with one entry per line of its JSON, by name; changes as ``entry`` takes them."""

    def write(name: str, **changes: Any) -> Path:
        head = {"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z"}
        categories = {"text-llm": {"name": "Text", "description": "Read and write."}}
        document = {**head, "categories": categories, "models": {"org/model": entry(changes)}}
        path = Path(name)
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
        return path

    return write


def place_of(path: Path, key: str) -> tuple[int, int]:
    """Find line and column of the last key of this name, by reading."""
    lines = path.read_text(encoding="utf-8").splitlines()
    number = max(number for number, line in enumerate(lines, 1) if line.strip().startswith(f'"{key}":'))
    return number, lines[number - 1].index('"') + 1


def test_a_sound_file_is_ok(check: Ask, file_with: Write) -> None:
    """One line, exit 0."""
    file_with("good.json")

    result = check("good.json")

    assert (result.code, result.out, result.err) == (0, "ok           good.json\n", "")


def test_every_error_of_every_file_is_shown(check: Ask, file_with: Write) -> None:
    """File, line, column and pointer, a near name for a wrong key; exit 1."""
    file_with("good.json")
    bad = file_with("bad.json", nmae="Model", status="old", requirements={"min_ram_gb": -1})

    result = check("good.json", "bad.json")

    typo, status, memory = (":".join(map(str, place_of(bad, key))) for key in ("nmae", "status", "min_ram_gb"))
    assert (result.code, result.out.splitlines()[:2]) == (
        1,
        ["ok           good.json", "fail         bad.json: 3 failures"],
    )
    assert set(result.out.splitlines()[2:]) == {
        (f"bad.json:{typo}: fail: unknown key 'nmae'; did you mean name? [unknown-key] at /models/org~1model/nmae"),
        (
            f'bad.json:{status}: fail: should be one of "stable", "experimental", "deprecated", found "old" '
            "[value-not-allowed] at /models/org~1model/status"
        ),
        (
            f"bad.json:{memory}: fail: should be a number ≥ 0 and ≤ 1000000, found -1 [out-of-range]"
            " at /models/org~1model/requirements/min_ram_gb"
        ),
    }


def test_rules_across_fields_come_after_the_schema(check: Ask, file_with: Write) -> None:
    """A file that follows the schema is held against the rules."""
    path = file_with("rules.json", category="text-lm")

    result = check("rules.json")

    line, column = place_of(path, "category")
    assert (result.code, result.out.splitlines()) == (
        1,
        [
            "fail         rules.json: 1 failure",
            (
                f"rules.json:{line}:{column}: fail: category 'text-lm' is not in categories; did you mean text-llm?"
                " [category-unknown] at /models/org~1model/category"
            ),
        ],
    )


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(b'{\n "a": 1\n "b": 2}', "3:2: fail: is not JSON: expecting ',' delimiter", id="not JSON"),
        pytest.param(b'{"a":\n "\xff"}', "2:3: fail: is not UTF-8: byte 0xff [not-utf8]", id="not UTF-8"),
        pytest.param(
            b'{"a": 1,\n "a": 2}',
            "2:2: fail: key 'a' appears twice in one object; first in line 1 [duplicate-key]",
            id="a duplicate key",
        ),
        pytest.param(b"", "1:1: fail: is empty [empty-file]", id="empty"),
    ],
)
def test_a_file_that_is_no_registry_is_a_finding(content: bytes, found: str, check: Ask) -> None:
    """The file is the subject, so what is in it is an answer: exit 1."""
    Path("odd.json").write_bytes(content)

    result = check("odd.json")

    head, line = result.out.splitlines()
    assert (result.code, head) == (1, "fail         odd.json: 1 failure")
    assert line.startswith(f"odd.json:{found}")


def test_a_file_that_cannot_be_opened_hides_no_other(check: Ask, file_with: Write) -> None:
    """Exit 3 goes before 1; every other file is checked."""
    file_with("bad.json", nmae="Model")
    Path("folder").mkdir()

    result = check("gone.json", "bad.json", "folder")

    lines = [line for line in result.out.splitlines() if not line.startswith("bad.json")]
    assert (result.code, lines) == (
        3,
        [
            "no answer    gone.json",
            "  error: Registry not found: gone.json",
            "fail         bad.json: 1 failure",
            "no answer    folder",
            "  error: folder: is a directory, not a file",
        ],
    )


def test_one_file_that_cannot_be_opened_is_no_answer(check: Ask) -> None:
    """Nothing on stdout, the sentence on stderr."""
    result = check("gone.json")

    assert (result.code, result.out, result.err) == (3, "", "mgr: error: Registry not found: gone.json\n")


def test_without_a_file_the_registry_in_use_is_checked(check: Ask, registry: Write) -> None:
    """The one that every other command would read."""
    registry({})

    assert check().out == "ok           registry.json\n"


def test_the_option_names_the_file_too(check: Ask, file_with: Write) -> None:
    """``--registry`` is where the registry in use is."""
    file_with("mine.json")

    assert check("--registry", "mine.json").out == "ok           mine.json\n"


def test_one_file_is_one_report(check: Ask, file_with: Write) -> None:
    """``--json`` gives findings with file, line, column and pointer."""
    path = file_with("bad.json", nmae="Model")

    result = check("bad.json", "--json")

    line, column = place_of(path, "nmae")
    message = "unknown key 'nmae'; did you mean name?"
    finding = {
        "code": "unknown-key",
        "severity": "fail",
        "where": "org/model",
        "message": message,
        "have": None,
        "need": None,
        "unit": None,
        "file": "bad.json",
        "line": line,
        "column": column,
        "pointer": "/models/org~1model/nmae",
    }
    assert (result.code, json.loads(result.out)) == (
        1,
        {
            "format": "mgr.report/1",
            "subject": "bad.json",
            "verdict": "fail",
            "is_valid": False,
            "error_message": message,
            "findings": [finding],
        },
    )


def test_several_files_are_a_list_of_reports(check: Ask, file_with: Write) -> None:
    """Each file in its place, one that cannot be opened as its error."""
    file_with("good.json")

    result = check("good.json", "gone.json", "--json")

    document = json.loads(result.out)
    assert (result.code, document["verdict"], [each["format"] for each in document["reports"]], result.err) == (
        3,
        "unknown",
        ["mgr.report/1", "mgr.error/1"],
        "mgr: error: Registry not found: gone.json\n",
    )


def test_annotations_stand_beside_the_line(check: Ask, file_with: Write) -> None:
    """One workflow command for each finding; nothing for a sound file."""
    file_with("good.json")
    path = file_with("bad.json", nmae="Model")

    result = check("good.json", "bad.json", "--format", "github")

    line, column = place_of(path, "nmae")
    assert (result.code, result.out) == (
        1,
        (f"::error file=bad.json,line={line},col={column},title=unknown-key::unknown key 'nmae'; did you mean name?\n"),
    )


def test_sarif_has_a_result_for_each_finding(check: Ask, file_with: Write) -> None:
    """Rule, line and column of the file."""
    path = file_with("bad.json", nmae="Model")

    result = check("bad.json", "--format", "sarif")

    line, column = place_of(path, "nmae")
    (run,) = json.loads(result.out)["runs"]
    (found,) = run["results"]
    assert (found["ruleId"], found["locations"][0]["physicalLocation"]) == (
        "unknown-key",
        {
            "artifactLocation": {"uri": "bad.json", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line, "startColumn": column},
        },
    )


def test_junit_has_a_case_for_each_file(check: Ask, file_with: Write) -> None:
    """A sound one passes, a wrong one fails, one that cannot be opened is an error."""
    file_with("good.json")
    file_with("bad.json", nmae="Model")

    result = check("good.json", "bad.json", "gone.json", "--format", "junit")

    (suite,) = ElementTree.fromstring(result.out)
    assert [(case.attrib["name"], [child.tag for child in case]) for case in suite] == [
        ("good.json", []),
        ("bad.json", ["failure"]),
        ("gone.json", ["error"]),
    ]


def test_columns_count_characters(check: Ask) -> None:
    """Neither bytes nor half a symbol."""
    Path("wide.json").write_text('{"🎨é": 1, "version": 4}', encoding="utf-8")

    result = check("wide.json", "--json")

    columns = {each["pointer"]: each["column"] for each in json.loads(result.out)["findings"]}
    assert columns["/version"] == len('{"🎨é": 1, ') + 1


def test_hostile_keys_are_shown_not_obeyed(check: Ask, file_with: Write) -> None:
    """A key of a file reaches the screen as text."""
    file_with("bad.json", **{"[red]x[/]\x1b[2J\n::error::": 1})

    result = check("bad.json")

    assert "\x1b" not in result.out
    assert len(result.out.splitlines()) == 2


def test_print_gives_the_schema(mgr: Ask) -> None:
    """Byte for byte what the models make."""
    result = mgr("schema", "print")

    assert (result.code, result.out) == (0, registry_schema_text())


def test_overlays_have_a_schema_of_their_own(mgr: Ask) -> None:
    result = mgr("schema", "print", "--overlay")

    assert json.loads(result.out) == json.loads(overlay_schema_text())


def test_print_is_json_in_every_encoding(mgr_process: Ask) -> None:
    """What stdout cannot write is an escape that JSON knows."""
    result = mgr_process("schema", "print", env={"PYTHONIOENCODING": "ascii"})

    assert result.out.isascii()
    assert json.loads(result.out) == json.loads(registry_schema_text())


def test_write_makes_the_schema_from_the_models(mgr: Ask) -> None:
    """The file's name goes to stderr; stdout stays empty."""
    result = mgr("schema", "write", "made.json")

    assert (result.code, result.out, result.err) == (0, "", "mgr: note: wrote made.json\n")
    assert Path("made.json").read_bytes() == registry_schema_text().encode()


def test_write_makes_the_schema_of_overlays(mgr: Ask) -> None:
    assert mgr("schema", "write", "--overlay", "own.schema.json").code == 0

    assert Path("own.schema.json").read_text(encoding="utf-8") == overlay_schema_text()


def test_write_into_nowhere_is_no_answer(mgr: Ask) -> None:
    """Exit 3, with the reason."""
    result = mgr("schema", "write", "gone/made.json")

    assert (result.code, result.err) == (
        3,
        "mgr: error: gone/made.json: cannot be written: No such file or directory\n",
    )


@pytest.fixture
def installed(repository: Path, tmp_path: Path) -> Path:
    """Give a place where the package lies as a wheel leaves it: beside no checkout, with storage inside."""
    import shutil

    place = tmp_path / "site-packages"
    nothing = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repository / "src/model_garden_registry", place / "model_garden_registry", ignore=nothing)
    shutil.copytree(repository / "storage", place / "model_garden_registry" / "storage")
    return place


def test_an_installed_package_does_not_overwrite_its_schema(installed: Path, mgr_process: Ask) -> None:
    """Without a checkout a FILE has to be named: invalid usage, and the schema stays as it was."""
    schema = installed / "model_garden_registry/storage/models_registry.schema.json"
    before = schema.stat().st_mtime_ns

    result = mgr_process("schema", "write", env={"PYTHONPATH": str(installed)})

    assert (result.code, result.out, schema.stat().st_mtime_ns) == (2, "", before)
    assert "name a FILE" in result.err


def test_a_checkout_is_where_write_goes(installed: Path, repository: Path, mgr_process: Ask) -> None:
    """In a checkout or an editable install the stale file in storage/ is made anew."""
    checkout = installed.parent / "checkout"
    (checkout / "src").mkdir(parents=True)
    (installed / "model_garden_registry").rename(checkout / "src/model_garden_registry")
    (checkout / "src/model_garden_registry/storage").rename(checkout / "storage")
    (checkout / "pyproject.toml").write_bytes((repository / "pyproject.toml").read_bytes())
    schema = checkout / "storage/models_registry.schema.json"
    schema.write_text("{}", encoding="utf-8")

    result = mgr_process("schema", "write", env={"PYTHONPATH": str(checkout / "src")})

    wrote = [schema, schema.with_name("models_registry_overlay.schema.json")]
    assert (result.code, result.err) == (0, "".join(f"mgr: note: wrote {path}{os.linesep}" for path in wrote))
    assert [path.read_bytes() for path in wrote] == [registry_schema_text().encode(), overlay_schema_text().encode()]
