"""SARIF 2.1.0, as code scanning reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.findings import Code, Finding, Place, Severity
from model_garden_registry.payloads.formats.sarif import sarif_document
from model_garden_registry.reports import Outcome, Report


def run_of(*outcomes: Outcome, base: Path) -> dict[str, Any]:
    """Give the one run of a log."""
    document = sarif_document(outcomes, version="1.2.3", base=base)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def fingerprint(text: str) -> dict[str, str]:
    """Give the fingerprint that stands for a text."""
    return {"codePointerAndMessage/v1": sha256(text.encode()).hexdigest()}


def test_a_log_says_what_was_found_where_and_by_which_rule(file_report: Report, tmp_path: Path) -> None:
    """The whole document: rules in the order of the codes, results in the order of the findings."""
    document = sarif_document([file_report], version="1.2.3", base=tmp_path)

    artifact = {"uri": "storage/a%20b.json", "uriBaseId": "%SRCROOT%"}
    assert document == {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mgr",
                        "version": "1.2.3",
                        "rules": [
                            {"id": "unknown-key", "shortDescription": {"text": Code.UNKNOWN_KEY.rule}},
                            {"id": "date-invalid", "shortDescription": {"text": Code.DATE_INVALID.rule}},
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [
                    {
                        "ruleId": "unknown-key",
                        "ruleIndex": 0,
                        "level": "error",
                        "message": {"text": "unknown key 'nmae'; did you mean name?"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": artifact,
                                    "region": {"startLine": 12, "startColumn": 7},
                                },
                                "logicalLocations": [{"fullyQualifiedName": "/models/a~1b/nmae"}],
                            }
                        ],
                        "partialFingerprints": fingerprint(
                            "unknown-key\n/models/a~1b/nmae\na/b\nunknown key 'nmae'; did you mean name?"
                        ),
                    },
                    {
                        "ruleId": "date-invalid",
                        "ruleIndex": 1,
                        "level": "warning",
                        "message": {"text": "no real moment"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": artifact,
                                    "region": {"startLine": 3, "startColumn": 3},
                                },
                                "logicalLocations": [{"fullyQualifiedName": "/last_updated"}],
                            }
                        ],
                        "partialFingerprints": fingerprint("date-invalid\n/last_updated\n\nno real moment"),
                    },
                ],
            }
        ],
    }


def test_a_finding_without_a_place_has_no_location(model_report: Report, tmp_path: Path) -> None:
    """It is told apart by its subject."""
    finding = Finding(code=Code.DEPRECATED, severity=Severity.NOTE, message="old")
    run = run_of(replace(model_report, findings=(finding,)), base=tmp_path)

    assert run["results"] == [
        {
            "ruleId": "deprecated",
            "ruleIndex": 0,
            "level": "note",
            "message": {"text": "old"},
            "partialFingerprints": fingerprint("deprecated\na/b\n\nold"),
        }
    ]


def test_a_subject_without_an_answer_is_a_notification(every_outcome: list[Outcome], tmp_path: Path) -> None:
    """Such a run was not successful; a file that cannot be opened is named as the place."""
    run = run_of(*every_outcome, base=tmp_path)

    artifact = {"uri": "storage/c.json", "uriBaseId": "%SRCROOT%"}
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {
                    "level": "error",
                    "descriptor": {"id": "UnknownModelError"},
                    "message": {"text": "no model 'lama' in the registry; did you mean llama?"},
                },
                {
                    "level": "error",
                    "descriptor": {"id": "RegistryReadError"},
                    "message": {"text": "storage/c.json: may not be read by this user"},
                    "locations": [{"physicalLocation": {"artifactLocation": artifact}}],
                },
                {
                    "level": "note",
                    "descriptor": {"id": "not-checked"},
                    "message": {"text": "hardware not checked `--gpu NAME` judges another GPU: --gpu L4."},
                },
            ],
        }
    ]


def test_what_could_not_be_checked_is_an_error(unknown_report: Report, tmp_path: Path) -> None:
    """Code scanning has no level for it, and the exit code is not 0 either."""
    assert [result["level"] for result in run_of(unknown_report, base=tmp_path)["results"]] == ["error"]


def test_every_result_refers_to_its_rule(every_outcome: list[Outcome], tmp_path: Path) -> None:
    """``ruleIndex`` is the index of the rule with that id."""
    run = run_of(*every_outcome, base=tmp_path)

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert len(set(rules)) == len(rules)


def test_a_fingerprint_survives_a_move(file_report: Report, tmp_path: Path) -> None:
    """Other lines and columns, the same findings: the same fingerprints."""
    moved = replace(
        file_report,
        findings=tuple(
            replace(finding, place=replace(finding.place, line=99, column=1))
            for finding in file_report.findings
            if finding.place
        ),
    )

    before, after = run_of(file_report, base=tmp_path)["results"], run_of(moved, base=tmp_path)["results"]

    assert [r["partialFingerprints"] for r in before] == [r["partialFingerprints"] for r in after]


def test_a_file_elsewhere_has_a_whole_address(tmp_path: Path) -> None:
    """What is not below the base cannot be named relative to it."""
    place = Place(file=str(tmp_path / "x.json"), line=1)
    finding = Finding(code=Code.EMPTY, severity=Severity.FAIL, message="is empty", place=place)

    (result,) = run_of(Report(subject="x", findings=(finding,)), base=tmp_path / "work")["results"]

    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": (tmp_path / "x.json").as_uri()},
                "region": {"startLine": 1},
            }
        }
    ]


def test_a_hostile_text_comes_back_from_the_document(hostile_report: Report, hostile_text: str, tmp_path: Path) -> None:
    """JSON carries every text."""
    run = run_of(hostile_report, base=tmp_path)

    (result,) = json.loads(json.dumps(run))["results"]
    assert result["message"] == {"text": hostile_text}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param("see [this](http://a.example)", "see \\[this\\](http://a.example)", id="a link"),
        pytest.param("[a\\](b)](c)", "\\[a\\\\\\](b)\\](c)", id="a link around an escaped bracket"),
        pytest.param("[[a]](b)", "\\[\\[a\\]\\](b)", id="brackets within a link"),
        pytest.param('found ["a", "b"]', 'found ["a", "b"]', id="a list"),
        pytest.param("found {0} and {", "found {{0}} and {{", id="a placeholder"),
    ],
)
def test_a_message_makes_no_link_and_no_placeholder(
    message: str, text: str, file_report: Report, tmp_path: Path
) -> None:
    """SARIF knows both in plain text; text from a registry must become neither."""
    finding = replace(file_report.findings[0], message=message)

    (result,) = run_of(replace(file_report, findings=(finding,)), base=tmp_path)["results"]

    assert result["message"] == {"text": text}


def test_two_findings_of_one_rule_at_one_place_are_told_apart(file_report: Report, tmp_path: Path) -> None:
    """Two keys that one entry lacks differ only in what is said of them."""
    first = file_report.findings[0]
    report = replace(file_report, findings=(first, replace(first, message="'tags' is missing")))

    prints = [tuple(result["partialFingerprints"].values()) for result in run_of(report, base=tmp_path)["results"]]

    assert len(set(prints)) == 2


def test_a_file_name_that_is_no_text_has_an_address(tmp_path: Path) -> None:
    """Each byte stands there as it is, in percent."""
    finding = Finding(code=Code.EMPTY, severity=Severity.FAIL, message="is empty", place=Place(file="\udcff ä.json"))

    (result,) = run_of(Report(subject="x", findings=(finding,)), base=tmp_path)["results"]

    artifact = {"uri": "%FF%20%C3%A4.json", "uriBaseId": "%SRCROOT%"}
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": artifact}}]
