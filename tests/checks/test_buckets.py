"""A report in one word: the bucket of a model on some hardware."""

from __future__ import annotations

import pytest

from model_garden_registry.checks.buckets import Bucket, bucket_of, host_finding
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.memory.fitting.remedies import Remedy
from model_garden_registry.reports import Report

FAIL, NOTE = Severity.FAIL, Severity.NOTE


def report(*findings: tuple[Code, Severity], remedies: tuple[Remedy, ...] = ()) -> Report:
    """Make a report of findings without words."""
    made = tuple(Finding(code=code, severity=severity, message="") for code, severity in findings)
    return Report(subject="org/model", findings=made, remedies=remedies)


@pytest.mark.parametrize(
    ("judged", "bucket"),
    [
        pytest.param(report(), Bucket.RUNS, id="nothing is said"),
        pytest.param(report((Code.VRAM_BELOW_RECOMMENDED, Severity.WARNING)), Bucket.RUNS, id="a warning"),
        pytest.param(
            report((Code.VRAM_LOW, FAIL), remedies=(Remedy(changes={"batch_size": 1}, safe_bytes=1),)),
            Bucket.WITH_CHANGES,
            id="something helps",
        ),
        pytest.param(report((Code.VRAM_LOW, FAIL), (Code.FROM_TABLE, NOTE)), Bucket.DOES_NOT_RUN, id="memory"),
        pytest.param(
            report((Code.CC_LOW, FAIL), (Code.GPUS_FEW, FAIL)), Bucket.DOES_NOT_RUN, id="capability and count"
        ),
        pytest.param(
            report((Code.DEPRECATED, FAIL), (Code.VRAM_LOW, FAIL)), Bucket.DOES_NOT_RUN, id="the model's fault"
        ),
        pytest.param(report((Code.DRIVER_NOT_LOADED, FAIL)), Bucket.DOES_NOT_RUN, id="a driver that cannot run"),
        pytest.param(report((Code.MASKED, FAIL), (Code.RAM_LOW, FAIL)), Bucket.DOES_NOT_RUN, id="no GPU is visible"),
        pytest.param(report((Code.NO_ANSWER, Severity.UNKNOWN)), Bucket.NOT_JUDGED, id="the driver gives no answer"),
        pytest.param(report((Code.ENTRY_INVALID, Severity.UNKNOWN)), Bucket.NOT_JUDGED, id="no entry"),
        pytest.param(report((Code.NOT_CHECKED, NOTE)), Bucket.NOT_JUDGED, id="nobody looked"),
    ],
)
def test_a_report_belongs_into_one_bucket(judged: Report, bucket: Bucket) -> None:
    """By verdict, by what helps, and by whose fault a failure is."""
    assert bucket_of(judged) is bucket


def test_what_leaves_no_gpu_is_one_finding_for_all_models() -> None:
    """The first that says so; what is about a card, or a model, is none."""
    reports = [report((Code.DEPRECATED, FAIL)), report((Code.VRAM_LOW, FAIL), (Code.MASKED, FAIL))]

    assert host_finding(reports) == Finding(code=Code.MASKED, severity=FAIL, message="")
    assert host_finding(reports[:1]) is None
