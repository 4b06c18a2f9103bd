"""Report: findings become a verdict and one sentence."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.reports import MOST_FINDINGS, Report, short_report, shortened


def finding(severity: Severity, message: str = "m", code: Code = Code.DEPRECATED) -> Finding:
    """Make a finding."""
    return Finding(code=code, severity=severity, message=message)


NOTE, WARNING, UNKNOWN, FAIL = map(finding, (Severity.NOTE, Severity.WARNING, Severity.UNKNOWN, Severity.FAIL))
NOT_CHECKED = finding(Severity.NOTE, code=Code.NOT_CHECKED)


@pytest.mark.parametrize(
    ("findings", "verdict", "is_valid"),
    [
        pytest.param((), Verdict.OK, True, id="none"),
        pytest.param((NOTE,), Verdict.OK, True, id="a note"),
        pytest.param((NOTE, NOT_CHECKED), Verdict.NOT_CHECKED, True, id="not checked"),
        pytest.param((NOT_CHECKED, WARNING), Verdict.WARNING, True, id="a warning"),
        pytest.param((UNKNOWN, WARNING, NOT_CHECKED), Verdict.UNKNOWN, False, id="not known"),
        pytest.param((UNKNOWN, FAIL, NOTE), Verdict.FAIL, False, id="a failure"),
    ],
)
def test_the_verdict_is_the_worst_finding(findings: tuple[Finding, ...], verdict: Verdict, is_valid: bool) -> None:
    """From best to worst: ok, not-checked, warning, unknown, fail, in any order; the last two are not valid."""
    reports = [Report(subject="s", findings=order) for order in (findings, findings[::-1])]

    assert [(report.verdict, report.is_valid) for report in reports] == [(verdict, is_valid)] * 2


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        pytest.param((), None, id="none"),
        pytest.param((finding(Severity.WARNING, "w"), NOT_CHECKED), None, id="nothing that stands against it"),
        pytest.param((finding(Severity.FAIL, "a"), finding(Severity.FAIL, "b")), "a", id="the first failure"),
        pytest.param((finding(Severity.UNKNOWN, "u"),), "Could not be checked: u", id="what is not known says so"),
        pytest.param((finding(Severity.UNKNOWN, "u"), finding(Severity.FAIL, "f")), "f", id="a failure before it"),
    ],
)
def test_the_error_is_one_sentence(findings: tuple[Finding, ...], message: str | None) -> None:
    """The first failure speaks; else the first thing that is not known; else nothing does."""
    assert Report(subject="s", findings=findings).error_message == message


def test_a_report_is_a_frozen_value_that_pickles() -> None:
    """Equal content is an equal report, through pickle, too; nothing of it can be set."""
    report = Report(subject="s", findings=(FAIL,), task="training")

    copy = pickle.loads(pickle.dumps(report))

    assert copy == report
    with pytest.raises(AttributeError):
        report.subject = "other"  # type: ignore[misc]


def test_a_long_report_keeps_the_heaviest_findings_in_their_order() -> None:
    """And says how many it leaves out; its verdict is the same."""
    severities = [Severity.WARNING, Severity.NOTE, Severity.FAIL, Severity.WARNING, Severity.UNKNOWN, Severity.FAIL]
    report = Report(subject="f", findings=tuple(map(finding, severities, "012345")))

    short = short_report(report, 4)

    assert [one.message for one in short.findings] == ["0", "2", "4", "5", "and 2 more; --all-findings shows them"]
    assert (short.findings[-1].code, short.verdict) == (Code.FINDINGS_LEFT_OUT, report.verdict)


def test_a_report_that_is_short_enough_stays_as_it_is() -> None:
    """So does what is no report."""
    error = RegistryReadError(Path("f"), "is odd")
    full = Report(subject="f", findings=tuple(finding(Severity.NOTE) for _ in range(MOST_FINDINGS)))
    over = Report(subject="f", findings=(*full.findings, finding(Severity.FAIL)))

    kept = shortened([full, error, over])

    assert kept[:2] == [full, error]
    assert isinstance(kept[2], Report)
    assert (len(kept[2].findings), kept[2].verdict) == (MOST_FINDINGS + 1, Verdict.FAIL)
