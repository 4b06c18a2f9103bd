"""What would pass instead, in every format of another program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.payloads.formats.github import github_lines
from model_garden_registry.payloads.formats.junit import junit_text
from model_garden_registry.payloads.formats.remarks import call_remarks, changes_text, told_findings
from model_garden_registry.payloads.formats.sarif import sarif_document
from model_garden_registry.reports import Report

NOTE = Finding(code=Code.FROM_TABLE, severity=Severity.NOTE, message="T4 judged")
SHORT = Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="needs 24 GB")
FEW = Finding(code=Code.GPUS_FEW, severity=Severity.FAIL, message="needs 2 GPUs")
LINES = [
    "would pass: batch_size=1 gradient_accumulation_steps=8 (warning; safe 16 GB)",
    "would pass: method=qlora (ok; safe 9.1 GB)",
]


@pytest.fixture
def report() -> Report:
    """Give a model that is too large for a card, and what would not be."""
    remedies = (
        Remedy(
            changes={"batch_size": 1, "gradient_accumulation_steps": 8},
            safe_bytes=16_000_000_000,
            verdict=Verdict.WARNING,
        ),
        Remedy(changes={"method": "qlora"}, safe_bytes=9_100_000_000),
    )
    return Report(subject="a/b", task="training", findings=(NOTE, SHORT, FEW), remedies=remedies)


def test_remedies_stand_below_the_first_failure(report: Report) -> None:
    """Once, each in a line as `--set` takes it."""
    assert list(told_findings(report)) == [
        (SHORT, "\n".join([SHORT.message, *LINES])),
        (FEW, FEW.message),
    ]


def test_remedies_stand_below_what_they_cure(report: Report) -> None:
    """A slip in a file, which fails as well, comes before it; without hardware, at the first that decides."""
    slip = Finding(code=Code.KEY_UNKNOWN, severity=Severity.FAIL, message="rowz is no key")

    told = dict(told_findings(replace(report, findings=(slip, SHORT))))
    alone = dict(told_findings(replace(report, findings=(slip,))))

    assert told == {slip: slip.message, SHORT: "\n".join([SHORT.message, *LINES])}
    assert alone == {slip: "\n".join([slip.message, *LINES])}


def test_every_format_has_them(report: Report, tmp_path: Path) -> None:
    """In the message of an annotation and of a result, and in the text of a failed case."""
    lines = list(github_lines([report], base=tmp_path))
    results = sarif_document([report], version="1", base=tmp_path)["runs"][0]["results"]
    failure = ElementTree.fromstring(junit_text([report], name="mgr")).find("testsuite/testcase/failure")

    assert lines[0] == f"::error title=vram-low · a/b::{'%0A'.join([SHORT.message, *LINES])}"
    assert results[0]["message"] == {"text": "\n".join([SHORT.message, *LINES])}
    assert failure is not None
    assert (failure.text or "").split("\n")[-2:] == LINES


CAUSE = Finding(code=Code.NO_LIBRARY, severity=Severity.NOTE, message="no driver.")
UNCHECKED = Finding(code=Code.NOT_CHECKED, severity=Severity.NOTE, message="hardware not checked: skipped.")
REQUIRED = Finding(code=Code.GPU_REQUIRED, severity=Severity.FAIL, message="a GPU is required")
NAMING = "`--gpu NAME` judges another GPU: --gpu L4."


@pytest.mark.parametrize(
    ("findings", "remarks"),
    [
        pytest.param((), {}, id="nothing to say"),
        pytest.param((SHORT, NOTE), {"T4 judged.": Code.FROM_TABLE}, id="named"),
        pytest.param((UNCHECKED,), {f"{UNCHECKED.message} {NAMING}": Code.NOT_CHECKED}, id="skipped"),
        pytest.param(
            (UNCHECKED, CAUSE), {f"hardware not checked: no driver. {NAMING}": Code.NOT_CHECKED}, id="no driver"
        ),
        pytest.param((REQUIRED, CAUSE), {f"no driver. {NAMING}": Code.GPU_REQUIRED}, id="required, no driver"),
        pytest.param((REQUIRED,), {NAMING: Code.GPU_REQUIRED}, id="required, skipped"),
    ],
)
def test_what_concerns_the_call_is_said_once(findings: tuple[Finding, ...], remarks: dict[str, Code]) -> None:
    """However many models there are."""
    reports = [Report(subject=subject, task="training", findings=findings) for subject in "ab"]

    assert call_remarks(reports) == remarks


def test_annotations_have_one_notice_for_the_call(report: Report, tmp_path: Path) -> None:
    """Without a place, after what is said of the models; quiet, there is none, nor a note of a model."""
    note = Finding(code=Code.MINIMUM_IS_FOR_DEFAULTS, severity=Severity.NOTE, message="judged by the estimate")
    noted = Report(subject="c/d", task="training", findings=(note, NOTE, UNCHECKED))
    errors = list(github_lines([report], base=tmp_path))[:2]

    assert list(github_lines([report, noted], base=tmp_path)) == [
        *errors,
        "::notice title=minimum-is-for-defaults · c/d::judged by the estimate",
        f"::notice title=from-table%2C not-checked::T4 judged.%0A{UNCHECKED.message} {NAMING}",
    ]
    assert list(github_lines([report, noted], base=tmp_path, quiet=True)) == errors


def test_code_scanning_has_one_notification_for_the_call(report: Report, tmp_path: Path) -> None:
    """It is about the run, not about a line of a file."""
    (run,) = sarif_document([report, report], version="1", base=tmp_path)["runs"]

    notification = {"level": "note", "descriptor": {"id": "from-table"}, "message": {"text": "T4 judged."}}
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": [notification]}]
    assert {result["ruleId"] for result in run["results"]} == {"vram-low", "gpus-few"}


def test_several_gpus_are_judged_in_one_sentence() -> None:
    """What says something else of a GPU stays a sentence of its own."""
    of_table = " judged from the table of known GPUs, not this host"
    said = [f"T4{of_table}", f"L4{of_table}", f"A10{of_table}; other names", f"T4{of_table}"]
    notes = (Finding(code=Code.FROM_TABLE, severity=Severity.NOTE, message=text) for text in said)
    reports = [Report(subject="a", task="training", findings=(note,)) for note in notes]

    assert list(call_remarks(reports)) == [f"T4, L4{of_table}.", f"A10{of_table}; other names."]


def test_changes_are_written_as_they_are_typed() -> None:
    """Settings as `--set` takes them; an option that is switched on has nothing behind it."""
    changes = {"model": "org/other", "--enforce-eager": True, "--max-model-len": 4096, "packing": True, "offload": None}

    assert changes_text(Remedy(changes=changes, safe_bytes=1)) == (
        "use org/other instead, with --enforce-eager --max-model-len=4096 packing=true offload=null"
    )
