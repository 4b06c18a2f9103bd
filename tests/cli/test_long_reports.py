"""Reports with more findings than anybody reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import pytest

from model_garden_registry.cli.report_formats import ReportFormat
from model_garden_registry.reports import short_report

Ask = Callable[..., Any]
Write = Callable[..., Any]

#: As many unknown keys, and one finding that weighs less.
MANY = 1_200


@pytest.fixture(autouse=True)
def _many_flaws(registry: Write) -> None:
    """Write a registry with many flaws."""
    odd = {f"odd_{number}": number for number in range(MANY)}
    registry({"id": "org/odd model", **odd})


@pytest.mark.parametrize("command", [("schema", "check"), ("lint",)], ids=" ".join)
def test_a_long_report_ends_with_how_many_more_there_are(command: tuple[str, ...], mgr: Ask) -> None:
    """In every format; all are shown where that is asked for."""
    text, as_json = mgr(*command), json.loads(mgr(*command, "--json").out)
    everything = json.loads(mgr(*command, "--json", "--all-findings").out)

    more = len(everything["findings"]) - 1_000
    assert more >= MANY - 1_000
    assert (len(as_json["findings"]), as_json["verdict"]) == (1_001, everything["verdict"])
    assert as_json["findings"][-1]["message"] == f"and {more} more; --all-findings shows them"
    assert f"note: and {more} more; --all-findings shows them [findings-left-out]" in text.out


#: How many findings a text in each format shows.
SHOWN: dict[str, Callable[[str], int]] = {
    "text": lambda text: len(re.findall(r"\[[a-z-]+\]", text)),
    "json": lambda text: len(json.loads(text)["findings"]),
    "sarif": lambda text: len(json.loads(text)["runs"][0]["results"]),
    "junit": lambda text: len(re.findall(r"\[[a-z-]+\]", text)),
    "github": lambda text: text.count("\n"),
}


@pytest.mark.parametrize("output_format", get_args(ReportFormat))
@pytest.mark.parametrize("command", [("schema", "check"), ("lint",)], ids=" ".join)
def test_a_long_report_is_as_short_in_every_format(command: tuple[str, ...], output_format: str, mgr: Ask) -> None:
    """SARIF of a few kilobytes would be of hundreds of megabytes."""
    shown = SHOWN[output_format]
    short = mgr(*command, "--format", output_format).out
    whole = mgr(*command, "--format", output_format, "--all-findings").out

    assert (shown(short), shown(whole) >= MANY) == (1_001, True)
    assert "more; --all-findings shows them" in short
    assert "more; --all-findings shows them" not in whole


def test_files_of_other_tools_have_short_reports_too(
    mgr: Ask, tmp_path: Any, registry: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key of them may be wrong."""
    registry({"id": "org/model"})
    file = tmp_path / "training.yaml"
    file.write_text(
        "base_model: org/model\nadapter: lora\nmicro_batch_size: 1\nlora_rr: 8\nbf61: 1\n", encoding="utf-8"
    )
    monkeypatch.setattr("model_garden_registry.cli.commands.dialects.check.short_report", partial(short_report, most=1))

    short, whole = (
        json.loads(mgr("check", file, "--skip-hardware", "--json", *more).out)["configs"][0]["report"]["findings"]
        for more in ((), ("--all-findings",))
    )

    assert len(whole) > 2
    assert [one["message"] for one in short[1:]] == [f"and {len(whole) - 1} more; --all-findings shows them"]


def test_an_audit_can_be_long_as_well(mgr: Ask, registry: Write) -> None:
    """Of many models."""
    registry(*({"id": f"org/model-{number}"} for number in range(400)))
    command = "audit", "--fail-on", "declared", "--format", "sarif"

    short = json.loads(mgr(*command).out)["runs"][0]["results"]
    whole = json.loads(mgr(*command, "--all-findings").out)["runs"][0]["results"]

    assert (len(short), len(whole) > 1_001) == (1_001, True)
