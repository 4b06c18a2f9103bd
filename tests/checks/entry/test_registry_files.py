"""Whole files: every finding with its line and column, in file order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kinds_of_models import some_of

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.registry_files import (
    check_registry_file,
    check_registry_files,
    lint_registry_file,
    lint_registry_files,
)
from model_garden_registry.checks.entry.schema import SchemaChecker
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.findings import Code, Finding, Place, Severity, Verdict
from model_garden_registry.reports import Report

FAIL = Severity.FAIL
#: The shipped file with some of its entries.
SHIPPED: dict[str, Any] = some_of(json.loads(bundled_registry().read_bytes()))
#: Nothing that a schema or a rule across fields is about.
LONG = {"inference_defaults.max_model_len": 9000}
#: What is planted: no leaf of the file may be this.
WRONG_TEXT, WRONG_NUMBER = "planted {}", 9_007_000.5


def leaves(value: Any, where: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the place of every text, number and truth value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    for key, inner in items or ():
        yield from leaves(inner, (*where, key))
    if items is None:
        yield where


#: Settings of a measured run may have any values.
LEAVES = [where for where in leaves(SHIPPED) if where != ("version",) and "settings" not in where]


def plant(document: dict[str, Any], where: tuple[str | int, ...], number: int) -> str:
    """Put a value of the wrong type in a place; give what to look for in the file's text."""
    inner: Any = document
    for segment in where[:-1]:
        inner = inner[segment]
    is_text = isinstance(inner[where[-1]], str)
    inner[where[-1]] = WRONG_NUMBER + number if is_text else f"planted {number}"
    return json.dumps(inner[where[-1]])


@pytest.fixture(scope="module")
def checkers() -> tuple[SchemaChecker, SchemaChecker]:
    """Give a checker with jsonschema-rs, and one as it is where that is not installed."""
    fast = SchemaChecker(registry_schema())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "jsonschema_rs", None)
        return fast, SchemaChecker(registry_schema())


@pytest.fixture
def checker(checkers: tuple[SchemaChecker, SchemaChecker]) -> SchemaChecker:
    """Give a checker."""
    return checkers[0]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Give a maker of files from their text."""

    def make(text: str | bytes) -> Path:
        path = tmp_path / "registry.json"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make


@pytest.mark.sweep
@given(chosen=st.lists(st.sampled_from(LEAVES), min_size=1, max_size=6, unique=True), indent=st.sampled_from([1, 2, 4]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_planted_flaws_are_found_where_they_stand(
    chosen: list[tuple[str | int, ...]],
    indent: int,
    checkers: tuple[SchemaChecker, SchemaChecker],
    write: Callable[[str], Path],
) -> None:
    """Values of the wrong type at any places of the shipped file are found at line and column, in file order."""
    document = deepcopy(SHIPPED)
    planted = {plant(document, where, number): where for number, where in enumerate(chosen)}
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    path = write(text)
    expected = [
        (number, len(line) - len(line.lstrip()) + 1, pointer(where))
        for number, line in enumerate(text.splitlines(), start=1)
        for sentinel, where in planted.items()
        if line.rstrip(",").endswith(sentinel)
    ]

    reports = [check_registry_file(path, checker) for checker in checkers]

    assert [(place.line, place.column, place.pointer) for place in map(placed, reports[0].findings)] == expected
    assert reports[0] == reports[1]
    assert len(expected) == len(chosen)


def pointer(where: tuple[str | int, ...]) -> str:
    """Write a place as RFC 6901 has it."""
    return "".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in where)


def placed(finding: Finding) -> Place:
    """Give the place of a finding that must have one."""
    assert finding.place is not None
    return finding.place


def test_many_flaws_of_many_kinds_stand_in_file_order(
    checkers: tuple[SchemaChecker, SchemaChecker], write: Callable[[str], Path]
) -> None:
    """Head, entries and their parts: all at once, by line, whatever rule they break."""
    first, second, *_ = SHIPPED["models"]
    document = deepcopy(SHIPPED)
    document["categories"]["text-llm"]["icn"] = "x"
    document["models"][first]["training_defaults"]["lora_config"]["r"] = 0
    del document["models"][first]["name"]
    document["models"][second]["statsu"] = "stable"
    document["models"] = {**document["models"], "x/last": []}
    document["version"] = document.pop("version") + ".0"
    path = write(json.dumps(document, indent=2))

    reports = [check_registry_file(path, checker) for checker in checkers]

    assert [(finding.code, finding.where, placed(finding).pointer) for finding in reports[0].findings] == [
        (Code.UNKNOWN_KEY, "", "/categories/text-llm/icn"),
        (Code.MISSING_KEY, first, pointer(("models", first))),
        (Code.OUT_OF_RANGE, first, pointer(("models", first, "training_defaults", "lora_config", "r"))),
        (Code.UNKNOWN_KEY, second, pointer(("models", second, "statsu"))),
        (Code.WRONG_TYPE, "x/last", "/models/x~1last"),
        (Code.BAD_PATTERN, "", "/version"),
    ]
    assert reports[0] == reports[1]


def test_columns_count_characters(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """In a file of one line, with marks of several bytes before the flaw, the column is the character's."""
    text = json.dumps(document(raw_with({"name": "é🎨", "statsu": 1})), ensure_ascii=False)
    path = write(text)

    report = check_registry_file(path, checker)

    place = Place(file=str(path), line=1, column=text.index('"statsu"') + 1, pointer="/models/org~1model/statsu")
    message = "unknown key 'statsu'; did you mean status or tags?"
    finding = Finding(code=Code.UNKNOWN_KEY, severity=FAIL, message=message, where="org/model", place=place)
    assert (report.subject, report.findings) == (str(path), (finding,))


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        pytest.param(b"", Code.EMPTY, 1, 1, id="empty"),
        pytest.param(b'{\n  "a": 1\n  "b": 2}', Code.NOT_JSON, 3, 3, id="a comma too few"),
        pytest.param(b'{\n"a": "\xff"}', Code.NOT_UTF8, 2, 7, id="not UTF-8"),
        pytest.param(b'{"a": 1,\n "a": 2}', Code.DUPLICATE_KEY, 2, 2, id="a key twice"),
        pytest.param(b'{"a": NaN}', Code.NOT_FINITE, 1, 7, id="not a number"),
        pytest.param(b"[]", Code.NOT_AN_OBJECT, 1, 1, id="a list"),
        pytest.param(b'{\n "version": "2.0.0"}', Code.VERSION_UNSUPPORTED, 2, 2, id="a newer major version"),
    ],
)
def test_what_is_no_registry_is_one_finding(
    text: bytes, code: Code, line: int, column: int, write: Callable[[bytes], Path], checker: SchemaChecker
) -> None:
    """The file is the subject: what keeps it from being read is a finding with a place, not an error."""
    report = check_registry_file(write(text), checker)

    assert [(finding.code, placed(finding).line, placed(finding).column) for finding in report.findings] == [
        (code, line, column)
    ]
    assert report.verdict is Verdict.FAIL


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path, checker: SchemaChecker) -> None:
    """Only what cannot be opened leaves nothing to report on."""
    with pytest.raises(RegistryNotFoundError, match="Registry not found: "):
        check_registry_file(tmp_path / "missing.json", checker)


def test_of_several_files_each_has_its_outcome(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], tmp_path: Path
) -> None:
    """One that cannot be opened is an error in its place; lint finds what the check of the schema lets pass."""
    long = write(json.dumps(document(raw_with({"inference_defaults.max_model_len": 9000}))))
    files = [tmp_path / "missing.json", long]

    (missing, checked), (_, linted) = check_registry_files(files), lint_registry_files(files)

    assert str(missing) == f"Registry not found: {files[0]}"
    assert isinstance(checked, Report)
    assert isinstance(linted, Report)
    assert (checked.findings, linted.findings[-1].code) == ((), Code.CONTEXT_TOO_LONG)


def test_rules_across_fields_are_checked_by_both_and_physics_by_lint(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """What lint finds is what the check of the schema finds, and more."""
    path = write(json.dumps(document(raw_with({"category": "texts", **LONG}))))

    checked, linted = check_registry_file(path, checker), lint_registry_file(path, checker)

    assert codes(checked) == [Code.CATEGORY_UNKNOWN]
    assert codes(linted) == [Code.CATEGORY_UNKNOWN, Code.SHAPE_MISSING, Code.CONTEXT_TOO_LONG]


def codes(report: Report) -> list[Code]:
    """Give the codes of what was found."""
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize(
    ("changes", "violations", "is_read"),
    [
        pytest.param({"name": 1}, [Code.WRONG_TYPE], False, id="cannot be read"),
        pytest.param({"statsu": "stable"}, [Code.UNKNOWN_KEY], True, id="has a key that is passed over"),
        pytest.param(
            {"architecture.nmae": 1, "architecture.layres": [], "tgas": []},
            [Code.UNKNOWN_KEY] * 3,
            True,
            id="has several",
        ),
        pytest.param(
            {"architecture.layers": [{"count": 2, "mixer": "full", "feed_forward": "dense", "cuont": 1}]},
            [Code.UNKNOWN_KEY],
            True,
            id="has one in a list",
        ),
        pytest.param({"name": 1, "statsu": "x"}, [Code.UNKNOWN_KEY, Code.WRONG_TYPE], False, id="has both"),
    ],
)
def test_rules_hold_for_every_entry_that_can_be_read(
    changes: dict[str, Any],
    violations: list[Code],
    is_read: bool,
    write: Callable[[str], Path],
    document: Callable[..., Any],
    raw_with: Callable[..., Any],
    checkers: tuple[SchemaChecker, SchemaChecker],
) -> None:
    """As the loader reads it: keys that are not of the format are passed over, anything else is in the way."""
    path = write(json.dumps(document(raw_with({"category": "texts", **LONG, **changes}))))
    checked = sorted([*violations, *([Code.CATEGORY_UNKNOWN] if is_read else [])])
    linted = sorted([*checked, *([Code.SHAPE_MISSING, Code.CONTEXT_TOO_LONG] if is_read else [])])

    assert [sorted(codes(check_registry_file(path, one))) for one in checkers] == [checked] * 2
    assert [sorted(codes(lint_registry_file(path, one))) for one in checkers] == [linted] * 2


def test_what_else_is_wrong_with_a_file_hides_no_rule(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """Another entry, the head, a category: each has its own finding, and the sound entries theirs, in file order."""
    bad = raw_with({"id": "org/bad", "status": "fine", "aliases": ["org/one", "org/old"]})
    flawed = raw_with({"category": "texts", "aliases": ["org/old"], **LONG})
    whole = {**document(bad, flawed), "last_updated": "2025-02-30T00:00:00Z", "nmae": 1}
    whole["categories"] = {**whole["categories"], "own": {"name": "Own", "description": "Own.", "icn": "x"}}
    path = write(json.dumps(whole))

    report = lint_registry_file(path, checker)

    assert [(finding.code, placed(finding).pointer) for finding in report.findings] == [
        (Code.DATE_INVALID, "/last_updated"),
        (Code.UNKNOWN_KEY, "/categories/own/icn"),
        (Code.NOT_ALLOWED, "/models/org~1bad/status"),
        (Code.CATEGORY_UNKNOWN, "/models/org~1model/category"),
        (Code.SHAPE_MISSING, "/models/org~1model/architecture"),
        (Code.CONTEXT_TOO_LONG, "/models/org~1model/inference_defaults/max_model_len"),
        (Code.ALIAS_TAKEN, "/models/org~1model/aliases/0"),
        (Code.UNKNOWN_KEY, "/nmae"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"categories": []}, [Code.WRONG_TYPE], id="categories that are none"),
        pytest.param({"categories": None}, [Code.WRONG_TYPE], id="null for categories"),
        pytest.param({"last_updated": 5}, [Code.WRONG_TYPE, Code.CATEGORY_UNKNOWN], id="a date that is a number"),
        pytest.param({"last_updated": "soon"}, [Code.BAD_PATTERN, Code.CATEGORY_UNKNOWN], id="a date that is none"),
    ],
)
def test_a_broken_head_is_one_finding(
    changes: dict[str, Any],
    expected: list[Code],
    write: Callable[[str], Path],
    document: Callable[..., Any],
    raw_with: Callable[..., Any],
    checker: SchemaChecker,
) -> None:
    """A date is not refused twice, and no entry is blamed for categories that cannot be read."""
    path = write(json.dumps({**document(raw_with({"category": "texts"})), **changes}))

    assert codes(check_registry_file(path, checker)) == expected


@pytest.mark.parametrize(
    ("changes", "message", "severity"),
    [
        pytest.param(
            {"statsu": 1, "category": "texts", "status": "deprecated"},
            "mgr schema check finds 2 failures and 1 warning, not repeated here",
            FAIL,
            id="failures and a warning",
        ),
        pytest.param(
            {"status": "deprecated"},
            "mgr schema check finds 1 warning, not repeated here",
            Severity.WARNING,
            id="a warning",
        ),
    ],
)
def test_beyond_the_schema_only_the_rest_is_repeated(
    changes: dict[str, Any],
    message: str,
    severity: Severity,
    write: Callable[[str], Path],
    document: Callable[..., Any],
    raw_with: Callable[..., Any],
    checker: SchemaChecker,
) -> None:
    """What the other check says is counted, at the first of its places, and weighs as much; then what lint adds."""
    path = write(json.dumps(document(raw_with({**LONG, **changes}))))
    checked, linted = check_registry_file(path, checker), lint_registry_file(path, checker)

    counted, *rest = lint_registry_file(path, checker, beyond_schema=True).findings

    assert (counted.code, counted.severity, counted.message) == (Code.LEFT_TO_SCHEMA_CHECK, severity, message)
    assert placed(counted) == placed(checked.findings[0])
    assert rest == [finding for finding in linted.findings if finding not in checked.findings]


def test_beyond_the_schema_a_sound_file_has_what_lint_finds(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """And what is no JSON stays a failure, in one line."""
    path = write(json.dumps(document(raw_with(LONG))))
    assert lint_registry_file(path, checker, beyond_schema=True) == lint_registry_file(path, checker)

    (finding,) = lint_registry_file(write("{"), checker, beyond_schema=True).findings

    assert (finding.code, finding.message) == (
        Code.LEFT_TO_SCHEMA_CHECK,
        "mgr schema check finds 1 failure, not repeated here",
    )


def test_the_date_of_the_head_is_checked(
    write: Callable[[str], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """A moment that never was is found at its key, and belongs to no entry."""
    path = write(json.dumps({**document(raw_with({})), "last_updated": "2025-02-30T00:00:00Z"}, indent=2))

    (finding,) = check_registry_file(path, checker).findings

    assert (finding.code, finding.where, placed(finding)) == (
        Code.DATE_INVALID,
        "",
        Place(file=str(path), line=3, column=3, pointer="/last_updated"),
    )


def test_a_bom_moves_no_column(
    write: Callable[[bytes], Path], document: Callable[..., Any], raw_with: Callable[..., Any], checker: SchemaChecker
) -> None:
    """A byte order mark is no character of the file."""
    text = json.dumps(document(raw_with({"statsu": 1}))).encode()

    plain = check_registry_file(write(text), checker)
    marked = check_registry_file(write(b"\xef\xbb\xbf" + text), checker)

    assert marked == plain


def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    """Of one line, as every file that cannot be read."""
    (tmp_path / "loop.json").symlink_to("loop.json")

    (found,) = check_registry_files([tmp_path / "loop.json"])

    assert isinstance(found, RegistryReadError)
