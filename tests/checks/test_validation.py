"""A verdict on an entry for a task where no hardware is looked at, or where nothing can be judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sound_entry import judged

from model_garden_registry.checks.validation import could_not_check
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import EntryProblem, InvalidEntryError
from model_garden_registry.findings import Code, Finding, Severity, Verdict
from model_garden_registry.reports import Report

Changes = Mapping[str, Any]

FAIL, NOTE = Severity.FAIL, Severity.NOTE
NOT_CHECKED = Finding(
    code=Code.NOT_CHECKED,
    severity=NOTE,
    message="hardware not checked, only the registry's own rules and the settings.",
)
NO_GPU = Finding(code=Code.NO_GPU_NEEDED, severity=NOTE, message="no GPU needed")


@pytest.fixture
def judge(entry_with: Callable[[Changes], ModelInfo]) -> Callable[..., Report]:
    """Give the judgement of the sound entry with changes, for a task with its own settings."""

    def check(changes: Changes, task: Task, **options: Any) -> Report:
        entry = entry_with(changes)
        return judged(entry, task, merge(entry, task), **options)

    return check


@pytest.mark.parametrize(
    ("changes", "task", "is_gpu_required", "finding"),
    [
        pytest.param({"requirements.min_vram_gb": 0}, "training", False, NO_GPU, id="no GPU needed"),
        pytest.param({"requirements.min_vram_gb": 0}, "training", True, NO_GPU, id="no GPU needed, one required"),
        pytest.param(
            {"requirements.inference": {"min_vram_gb": 0, "recommended_vram_gb": 0}},
            "inference",
            False,
            NO_GPU,
            id="no GPU needed for this task",
        ),
        pytest.param(
            {"requirements.inference": {"min_vram_gb": 0, "recommended_vram_gb": 0}},
            "training",
            False,
            NOT_CHECKED,
            id="no GPU needed for the other task",
        ),
        pytest.param(
            {},
            "training",
            True,
            replace(
                NOT_CHECKED, code=Code.GPU_REQUIRED, severity=FAIL, message=f"a GPU is required; {NOT_CHECKED.message}"
            ),
            id="a GPU required",
        ),
    ],
)
def test_the_need_of_a_gpu_is_told(
    changes: Changes, task: Task, is_gpu_required: bool, finding: Finding, judge: Callable[..., Report]
) -> None:
    """Unless the entry needs none, the report says that no GPU was looked at; where one is required it fails."""
    assert judge(changes, task, gpu_required=is_gpu_required).findings == (finding,)


def test_an_entry_that_cannot_be_read_is_unknown() -> None:
    """Each problem of the entry is a finding; the verdict is unknown and says where."""
    problems = (
        EntryProblem("/models/a/name", "should be a text", "1", "string_type"),
        EntryProblem("/models/a/tags", "a required key is missing", "nothing", "missing"),
    )

    report = could_not_check("a", "inference", InvalidEntryError("a", problems))

    messages = (
        "entry 'a' is not valid at /models/a/name: should be a text, found 1",
        "entry 'a' is not valid at /models/a/tags: a required key is missing, found nothing",
    )
    findings = tuple(
        Finding(code=Code.ENTRY_INVALID, severity=Severity.UNKNOWN, message=message) for message in messages
    )
    assert report == Report(subject="a", task="inference", findings=findings)
    assert (report.verdict, report.error_message) == (Verdict.UNKNOWN, f"Could not be checked: {messages[0]}")
