"""JUnit XML, as continuous integration servers read it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.payloads.formats.junit import junit_text
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.visible_text import visible


def tree(element: ElementTree.Element) -> tuple[Any, ...]:
    """Give an element as tag, attributes, text, children."""
    return element.tag, element.attrib, (element.text or "").strip(), [tree(child) for child in element]


def case_of(*outcomes: Outcome, strict: bool = False) -> tuple[Any, ...]:
    """Give the first case of the suite."""
    (suite,) = ElementTree.fromstring(junit_text(outcomes, name="mgr lint", strict=strict))
    return tree(suite[0])


def test_every_kind_of_result_is_a_case(every_outcome: list[Outcome]) -> None:
    """The whole document: a failure, a skipped one, what could not be checked, and two without an answer."""
    text = junit_text(every_outcome, name="mgr lint")

    name = {"classname": "mgr lint", "time": "0"}
    counts = {"tests": "5", "failures": "1", "errors": "3", "time": "0"}
    lama = "no model 'lama' in the registry; did you mean llama?"
    unreadable = "storage/c.json: may not be read by this user"
    typo = "unknown key 'nmae'; did you mean name?"
    assert tree(ElementTree.fromstring(text)) == (
        "testsuites",
        counts,
        "",
        [
            (
                "testsuite",
                {"name": "mgr lint", **counts, "skipped": "1"},
                "",
                [
                    (
                        "testcase",
                        {**name, "name": "storage/a b.json", "file": "storage/a b.json", "line": "12"},
                        "",
                        [
                            (
                                "failure",
                                {"type": "unknown-key", "message": typo},
                                f"storage/a b.json:12:7: fail: {typo} [unknown-key]",
                                [],
                            ),
                            ("system-out", {}, "storage/a b.json:3:3: warning: no real moment [date-invalid]", []),
                        ],
                    ),
                    (
                        "testcase",
                        {**name, "name": "a/b"},
                        "",
                        [
                            ("skipped", {"message": "hardware not checked"}, "", []),
                            ("system-out", {}, "note: hardware not checked [not-checked]", []),
                        ],
                    ),
                    (
                        "testcase",
                        {**name, "name": "x"},
                        "",
                        [
                            (
                                "error",
                                {"type": "entry-invalid", "message": "entry 'x' is not valid"},
                                "unknown: entry 'x' is not valid [entry-invalid]",
                                [],
                            )
                        ],
                    ),
                    (
                        "testcase",
                        {**name, "name": "lama"},
                        "",
                        [("error", {"type": "UnknownModelError", "message": lama}, lama, [])],
                    ),
                    (
                        "testcase",
                        {**name, "name": "storage/c.json"},
                        "",
                        [("error", {"type": "RegistryReadError", "message": unreadable}, unreadable, [])],
                    ),
                ],
            )
        ],
    )


def test_all_failures_of_a_subject_are_one_element() -> None:
    """Servers show the first of several; its message says how many there are, its text has them all."""
    findings = tuple(
        Finding(code=code, severity=Severity.FAIL, message=str(number))
        for number, code in enumerate((Code.DEPRECATED, Code.METHOD_MISMATCH, Code.GPUS_FEW))
    )

    _, _, _, children = case_of(Report(subject="a", task="training", findings=findings))

    assert children == [
        (
            "failure",
            {"type": "deprecated", "message": "0 (and 2 more)"},
            "fail: 0 [deprecated]\nfail: 1 [method-mismatch]\nfail: 2 [gpus-few]",
            [],
        )
    ]


@pytest.mark.parametrize(
    ("strict", "tags"),
    [pytest.param(False, ["system-out"], id="passes"), pytest.param(True, ["failure"], id="fails when strict")],
)
def test_a_warning(strict: bool, tags: list[str]) -> None:
    """A warning is the output of a case that passes, unless warnings fail."""
    warning = Finding(code=Code.RANK_UNSERVABLE, severity=Severity.WARNING, message="rank 1024")

    _, _, _, children = case_of(Report(subject="a", task="training", findings=(warning,)), strict=strict)

    assert [tag for tag, *_ in children] == tags


def test_what_fails_is_not_skipped_as_well() -> None:
    """Though its hardware was not looked at either."""
    findings = (
        Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message="old"),
        Finding(code=Code.NOT_CHECKED, severity=Severity.NOTE, message="hardware not checked"),
    )

    _, _, _, children = case_of(Report(subject="a", task="training", findings=findings))

    assert [tag for tag, *_ in children] == ["failure", "system-out"]


def test_a_case_without_findings_is_empty() -> None:
    """It passes."""
    assert case_of(Report(subject="a.json")) == (
        "testcase",
        {"classname": "mgr lint", "name": "a.json", "time": "0"},
        "",
        [],
    )


def test_the_text_is_right_in_every_encoding(hostile_report: Report) -> None:
    """It declares UTF-8 and is ASCII, so it does not matter how it is written."""
    text = junit_text([hostile_report], name="größe")

    assert text.isascii()
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')


def test_a_hostile_text_comes_back_visible(hostile_report: Report, hostile_text: str) -> None:
    """What XML cannot hold, and what a terminal would act on, is an escape; the rest is the text."""
    _, attributes, _, children = case_of(hostile_report)

    shown = visible(hostile_text)
    assert (attributes["name"], children[0][:3]) == (
        shown,
        ("failure", {"type": "deprecated", "message": shown}, f"a.json:1:1: fail: {shown} [deprecated]"),
    )


@given(st.text(alphabet=st.characters()))
def test_every_message_gives_xml(message: str) -> None:
    """No text breaks the document."""
    finding = Finding(code=Code.DEPRECATED, severity=Severity.FAIL, message=message)

    _, _, _, children = case_of(Report(subject="a", task="training", findings=(finding,)))

    assert children[0][1]["message"] == visible(message)
