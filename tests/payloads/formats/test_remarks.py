"""What would pass instead, in every format of another program."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.payloads.formats.github import github_lines
from model_garden_registry.payloads.formats.junit import junit_text
from model_garden_registry.payloads.formats.remarks import told_findings
from model_garden_registry.payloads.formats.sarif import sarif_document
from model_garden_registry.reports import Report

NOTE = Finding(code=Code.FROM_TABLE, severity=Severity.NOTE, message="T4 judged")
SHORT = Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="needs 24 GB")
FEW = Finding(code=Code.GPUS_FEW, severity=Severity.FAIL, message="needs 2 GPUs")
LINES = [
    "would pass: batch_size=1 gradient_accumulation_steps=8 (warning, 16 GB to be safe)",
    "would pass: method=qlora (ok, 9.1 GB to be safe)",
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
        (NOTE, NOTE.message),
        (SHORT, "\n".join([SHORT.message, *LINES])),
        (FEW, FEW.message),
    ]


def test_every_format_has_them(report: Report, tmp_path: Path) -> None:
    """In the message of an annotation and of a result, and in the text of a failed case."""
    lines = list(github_lines([report], base=tmp_path))
    results = sarif_document([report], version="1", base=tmp_path)["runs"][0]["results"]
    failure = ElementTree.fromstring(junit_text([report], name="mgr")).find("testsuite/testcase/failure")

    assert lines[1] == f"::error title=vram-low · a/b::{'%0A'.join([SHORT.message, *LINES])}"
    assert results[1]["message"] == {"text": "\n".join([SHORT.message, *LINES])}
    assert failure is not None
    assert (failure.text or "").split("\n")[-2:] == LINES
