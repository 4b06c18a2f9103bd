"""The words of every check: severities, verdicts, codes."""

from __future__ import annotations

import pickle
import re
from itertools import permutations, product

import pytest

from model_garden_registry.findings import Code, Finding, Place, Severity, Verdict, verdict_of, worst


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
