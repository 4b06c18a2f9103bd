"""The same verdict in every format: without a driver, with one required, with a named GPU, with a card too small."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from model_garden_registry.families.stacks import stack_of

#: What answers name, with the newest release that was read.
TRL = stack_of("trl").named

#: What a line about the model says of the run, before its numbers.
RUN = f"training, LoRA, {TRL}, batch 2 x 2,048 tokens"
NUMBERS = r": about [0-9.]+ GB expected, [0-9.]+ safe(, of (24\.2|16\.1) GB \([0-9]+ %\))?$"

Validate = Callable[..., Any]

NAMING = "`--gpu NAME` judges another GPU: --gpu L4."
UNCHECKED = "hardware not checked: libnvidia-ml.so.1 is not installed."
CURE = "libnvidia-ml.so.1 is not installed. Install the NVIDIA driver, or start the container with GPU access."
FROM_TABLE = "L4 judged from the table of known GPUs, not this host; RAM is not judged"
TOO_SMALL = "GPU 0 (Tesla T4) has 16.11 GB, needs 20 GB (125 %)"

CASES = [
    pytest.param("", "", 0, [("not-checked", "note", UNCHECKED), ("no-library", "note", CURE)], id="no driver"),
    pytest.param(
        "",
        "--require-gpu",
        1,
        [("gpu-required", "fail", f"a GPU is required; {UNCHECKED}"), ("no-library", "note", CURE)],
        id="no driver, GPU required",
    ),
    pytest.param("", "--gpu L4", 0, [("from-table", "note", FROM_TABLE)], id="named"),
    pytest.param("T4", "", 1, [("vram-low", "fail", TOO_SMALL)], id="too small"),
]
in_each_case = pytest.mark.parametrize(("scenario", "asked", "code", "findings"), CASES)

Findings = list[tuple[str, str, str]]


def of_hardware(found: list[tuple[str, str, str]]) -> Findings:
    """Leave out what is said of the estimate."""
    return [each for each in found if each[0] not in ("estimate-coarse", "bf16-unsupported")]


def of_the_model(found: Findings) -> Findings:
    """Leave out what concerns the whole call."""
    return [each for each in found if each[0] not in ("not-checked", "no-library", "from-table")]


def of_the_call(findings: Findings) -> tuple[str, str] | None:
    """Give code and sentences of the one remark on the hardware of a call; None where there is nothing to say."""
    codes = {code for code, _, _ in findings}
    if "from-table" in codes:
        return "from-table", f"{FROM_TABLE}."
    if "not-checked" in codes:
        return "not-checked", f"hardware not checked: {CURE} {NAMING}"
    return ("gpu-required", f"{CURE} {NAMING}") if "gpu-required" in codes else None


@in_each_case
def test_in_json(scenario: str, asked: str, code: int, findings: Findings, validate: Validate) -> None:
    """Codes, severities and sentences of the findings, and the hardware that was judged."""
    answer = validate(scenario, "20", asked)

    found = [(each["code"], each["severity"], each["message"]) for each in answer.report["findings"]]
    assert (answer.code, of_hardware(found)) == (code, findings)
    source = "nvml" if scenario else "named" if "--gpu" in asked else "none"
    assert answer.report["hardware"]["source"] == source


@in_each_case
def test_in_sarif(scenario: str, asked: str, code: int, findings: Findings, validate: Validate) -> None:
    """As code scanning reads it: rule, level, text."""
    answer = validate(scenario, "20", asked, face="--format sarif")

    levels = {"fail": "error", "note": "note"}
    (run,) = json.loads(answer.out)["runs"]
    found = [(each["ruleId"], each["level"], each["message"]["text"]) for each in run["results"]]
    wanted = [(name, levels[severity], message) for name, severity, message in of_the_model(findings)]
    assert (answer.code, of_hardware(found)) == (code, wanted)
    said = [(each["descriptor"]["id"], each["message"]["text"]) for each in notifications(run)]
    assert said == list(filter(None, [of_the_call(findings)]))


def notifications(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what the tool says of a run."""
    (invocation,) = run["invocations"]
    return list(invocation.get("toolExecutionNotifications", ()))


@in_each_case
def test_in_junit(scenario: str, asked: str, code: int, findings: Findings, validate: Validate) -> None:
    """As servers read results of tests: a case that fails or not, with every sentence."""
    answer = validate(scenario, "20", asked, face="--format junit")

    suites = ElementTree.fromstring(answer.out)
    assert (answer.code, suites.attrib["tests"], suites.attrib["failures"]) == (code, "1", str(code))
    assert [name for name, _, message in findings if message not in "".join(words(suites))] == []


def words(element: ElementTree.Element) -> list[str]:
    """Give every text of a document: between tags and in attributes."""
    return [text for each in element.iter() for text in (each.text or "", *each.attrib.values())]


@in_each_case
def test_in_github(scenario: str, asked: str, code: int, findings: Findings, validate: Validate) -> None:
    """As annotations; what is true of the hardware for all models is one notice, after them."""
    answer = validate(scenario, "20", asked, face="--format github")

    commands = {"fail": "error", "note": "notice"}
    lines = answer.out.splitlines()
    titled = "title={} · org/model::{}"
    wanted = [
        (f"::{commands[severity]} ", titled.format(name, message.replace("%", "%25")))
        for name, severity, message in of_the_model(findings)
    ]
    if remark := of_the_call(findings):
        wanted.append(("::notice ", f"title={remark[0]}::{remark[1]}"))
    found = [line for line in lines if "estimate-coarse" not in line and "bf16-unsupported" not in line]
    assert answer.code == code
    assert [(line.startswith(start), line.endswith(end)) for line, (start, end) in zip(found, wanted, strict=True)] == [
        (True, True)
    ] * len(wanted)


@pytest.mark.parametrize(
    ("scenario", "asked", "code", "lines"),
    [
        pytest.param(
            "",
            "",
            0,
            [
                f"not-checked  org/model  {RUN}",
                f"hardware not checked: {CURE} `--gpu NAME` judges another GPU: --gpu L4.",
            ],
            id="no driver",
        ),
        pytest.param(
            "",
            "--require-gpu",
            1,
            [
                f"fail         org/model  {RUN}",
                f"  fail: a GPU is required; {UNCHECKED} [gpu-required]",
                f"{CURE} `--gpu NAME` judges another GPU: --gpu L4.",
            ],
            id="no driver, GPU required",
        ),
        pytest.param(
            "",
            "--gpu L4",
            0,
            [f"ok           org/model  {RUN}", f"{FROM_TABLE}."],
            id="named",
        ),
        pytest.param(
            "T4",
            "",
            1,
            [f"fail         org/model  {RUN}", f"  fail: {TOO_SMALL} [vram-low]"],
            id="too small",
        ),
        pytest.param(
            "L4",
            "",
            0,
            [f"ok           org/model  {RUN}", "judged: NVIDIA L4 (24.15 GB)"],
            id="enough",
        ),
    ],
)
def test_in_text(scenario: str, asked: str, code: int, lines: list[str], validate: Validate) -> None:
    """The verdict first; that hardware was not checked is said, and never that the model is compatible."""
    answer = validate(scenario, "20", asked, face="--format text")

    lines_of_hardware = [
        line for line in answer.out.splitlines() if not line.endswith(("coarse]", "[bf16-unsupported]"))
    ]
    shown = [re.sub(NUMBERS, "", line) for line in lines_of_hardware]
    assert (answer.code, shown) == (code, lines)
    assert "compatible" not in answer.out
