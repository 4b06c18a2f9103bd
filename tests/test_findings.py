"""The words of every check: severities, verdicts, codes."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import pytest

from model_garden_registry.findings import Code, Finding, Place, Section, Severity, Verdict, verdict_of, worst


def finding(severity: Severity, code: Code = Code.DEPRECATED) -> Finding:
    return Finding(code=code, severity=severity, message="One sentence.")


@pytest.mark.parametrize(
    ("verdict", "is_valid"),
    [("ok", True), ("not-checked", True), ("warning", True), ("unknown", False), ("fail", False)],
)
def test_only_unknown_and_fail_stand_against_going_on(verdict: str, is_valid: bool) -> None:
    """These five words, and these answers to "is it valid"."""
    assert Verdict(verdict).is_valid is is_valid


def test_verdicts_are_in_the_order_of_badness() -> None:
    """From best to worst: a closed set."""
    assert [str(verdict) for verdict in Verdict] == ["ok", "not-checked", "warning", "unknown", "fail"]


@pytest.mark.parametrize(("one", "other"), list(product(Verdict, repeat=2)))
def test_of_two_verdicts_the_worse_counts(one: Verdict, other: Verdict) -> None:
    """Whichever comes first."""
    order = ["ok", "not-checked", "warning", "unknown", "fail"]

    assert worst([one, other]) == order[max(order.index(one), order.index(other))]


def test_no_verdict_at_all_is_ok() -> None:
    """Where nothing was said, nothing stands against going on."""
    assert worst([]) is Verdict.OK
    assert verdict_of([]) is Verdict.OK


@pytest.mark.parametrize(
    ("severity", "verdict"), [("fail", "fail"), ("unknown", "unknown"), ("warning", "warning"), ("note", "ok")]
)
def test_one_finding_gives_the_verdict_of_its_severity(severity: str, verdict: str) -> None:
    """A note is worth knowing and changes nothing."""
    assert verdict_of([finding(Severity(severity))]) == verdict


@pytest.mark.parametrize("severity", Severity)
def test_not_checked_is_a_verdict_of_its_own(severity: Severity) -> None:
    """Whatever its severity, it keeps an ok from being one, and hides nothing worse."""
    not_checked = finding(severity, Code.NOT_CHECKED)

    assert verdict_of([not_checked]) is Verdict.NOT_CHECKED
    assert verdict_of([not_checked, finding(Severity.NOTE)]) is Verdict.NOT_CHECKED
    assert verdict_of([not_checked, finding(Severity.WARNING)]) is Verdict.WARNING


def test_of_several_findings_the_heaviest_counts_in_any_order() -> None:
    """A fail among notes and warnings is a fail."""
    findings = [finding(severity) for severity in Severity]

    assert {verdict_of(order) for order in permutations(findings)} == {Verdict.FAIL}


@pytest.mark.parametrize("code", Code)
def test_every_code_is_a_word_with_a_rule(code: Code) -> None:
    """A code is kebab-case, its rule a sentence; both are shown to people and machines."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+|deprecated|masked", code)
    assert re.fullmatch(r"[A-Zb].*[^.]\.", code.rule)


def test_codes_and_rules_are_unique() -> None:
    """Two kinds of finding never share a code or a sentence."""
    assert len({str(code) for code in Code}) == len(Code.__members__)
    assert len({code.rule for code in Code}) == len(Code)


def test_a_code_is_its_text() -> None:
    """It is found by its text, prints as it, and survives pickling."""
    assert Code("duplicate-key") is Code.DUPLICATE_KEY
    assert f"{Code.DUPLICATE_KEY}" == "duplicate-key"
    assert pickle.loads(pickle.dumps(Code.DUPLICATE_KEY)) is Code.DUPLICATE_KEY


@pytest.mark.parametrize(
    ("place", "text"),
    [
        pytest.param(Place(file="a.json"), "a.json", id="file"),
        pytest.param(Place(file="a.json", line=2), "a.json:2", id="line"),
        pytest.param(Place(file="a.json", line=2, column=9, pointer="/models"), "a.json:2:9", id="column"),
    ],
)
def test_a_place_is_written_as_far_as_it_is_known(place: Place, text: str) -> None:
    """As compilers write it, so that editors jump there."""
    assert str(place) == text


def test_codes_list_severities_heaviest_first() -> None:
    """At least one, none twice; a code found by its word is the same."""
    order = list(Severity)

    assert all(code.severities == tuple(sorted({*code.severities}, key=order.index)) != () for code in Code)
    assert Code("vram-low").severities == (Severity.FAIL, Severity.NOTE)


def test_every_section_has_codes() -> None:
    """A section without one would be an empty table in docs/findings.md."""
    assert {code.section for code in Code} == set(Section)


SOURCES = Path(__file__).resolve().parents[1] / "src" / "model_garden_registry"

#: Made by a variable: `mgr audit --fail-on` turns the notes of sources into failures (checks/entry/provenance.py).
#: Whether a tool refuses what it does not know, or passes over it, its dialect says (dialects/reading.py).
#: What is left out of a long report, the report itself says (reports.py).
MADE_OTHERWISE = {
    *((code, Severity.FAIL) for code in Code if code.section is Section.SOURCES),
    *((code, severity) for code in (Code.KEY_UNKNOWN, Code.KEY_RETIRED) for severity in code.severities),
    (Code.FINDINGS_LEFT_OUT, Severity.NOTE),
}


@pytest.mark.sweep
def test_the_judges_make_exactly_the_severities_that_codes_list() -> None:
    """Read from the sources: a code in a call with a severity, or with none, which is a failure."""
    files = (path for name in ("checks", "files", "dialects", "registry") for path in (SOURCES / name).rglob("*.py"))
    made = severities_made(*(path.read_text(encoding="utf-8") for path in files)) | MADE_OTHERWISE
    listed = {(code, severity) for code in Code for severity in code.severities}

    assert {"made, not listed": made - listed, "listed, not made": listed - made} == {
        "made, not listed": set(),
        "listed, not made": set(),
    }


@pytest.mark.parametrize(
    ("source", "made"),
    [
        pytest.param("Finding(code=Code.VRAM_LOW, severity=Severity.NOTE)", {"vram-low note"}, id="by keyword"),
        pytest.param("_finding(device, Code.CC_LOW, Severity.FAIL, '')", {"cc-low fail"}, id="by place"),
        pytest.param("_host(Code.MASKED, '')", {"masked fail"}, id="a call that names no severity fails"),
        pytest.param("CODES = {'type': Code.WRONG_TYPE}", {"wrong-type fail"}, id="a table for a call that fails"),
        pytest.param(
            "_sized(Code.FREE_LOW, Severity.FAIL if now else Severity.WARNING)",
            {"free-low fail", "free-low warning"},
            id="either of two",
        ),
        pytest.param("if finding.code is Code.MASKED: pass", set(), id="a comparison makes none"),
    ],
)
def test_severities_are_read_from_calls(source: str, made: set[str]) -> None:
    """What the sources are searched for."""
    assert {f"{code} {severity}" for code, severity in severities_made(source)} == made


def severities_made(*sources: str) -> set[tuple[Code, Severity]]:
    """Return each code that modules name outside of comparisons, with the severities of its calls."""
    found: dict[Code, set[Severity]] = {}
    for node in (node for source in sources for node in _uncompared(ast.parse(source))):
        named = [node]
        if isinstance(node, ast.Call):
            values = (*node.args, *(word.value for word in node.keywords))
            named = [way for value in values for way in _ways(value)]
        members = {pair for one in named for pair in re.findall(r"^(Code|Severity)\.([A-Z]\w*)$", ast.unparse(one))}
        for code in [Code[name] for owner, name in members if owner == "Code"]:
            found.setdefault(code, set()).update(Severity[name] for owner, name in members if owner == "Severity")
    return {(code, severity) for code, some in found.items() for severity in some or {Severity.FAIL}}


def _uncompared(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Compare):
            yield from _uncompared(child)


def _ways(value: ast.expr) -> list[ast.expr]:
    """Return what an argument may be: both sides of ``one if condition else other``."""
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
