"""`CUDA_VISIBLE_DEVICES` and `CUDA_DEVICE_ORDER`, row by row, to the verdict and the devices of the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from verdicts.scenarios import slice_uuid, uuid_of

Validate = Callable[..., Any]

THREE, SEVEN = "3 x L4", "A100 in 7 slices"
ALONE = "A100 in MIG mode without a slice"
#: Two that begin alike.
ALIKE = uuid_of(0)[:5]


@pytest.mark.parametrize(
    ("scenario", "mask", "devices", "findings"),
    [
        pytest.param(THREE, None, [0, 1, 2], "", id="unset: all"),
        pytest.param(THREE, "", [], "masked:fail", id="empty: none"),
        pytest.param(THREE, "-1", [], "masked:fail", id="-1: none"),
        pytest.param(THREE, "NoDevFiles", [], "masked:fail", id="NoDevFiles: none"),
        pytest.param(THREE, "all", [], "masked:fail", id="all: none"),
        pytest.param(THREE, "any text", [], "masked:fail", id="any text: none"),
        pytest.param(THREE, "1,0", [0, 1], "", id="1,0: both"),
        pytest.param(THREE, "0,9,1", [0], "", id="0,9,1: an invalid entry ends the list"),
        pytest.param(THREE, "0,2,-1,1", [0, 2], "", id="0,2,-1,1: 0 and 2"),
        pytest.param(THREE, "0,0", [], "masked:fail", id="0,0: a repeat voids the list"),
        pytest.param(THREE, "1gpu", [1], "", id="1gpu: leading digits count"),
        pytest.param(THREE, uuid_of(1), [1], "", id="a UUID: that GPU"),
        pytest.param(THREE, uuid_of(1)[:8], [1], "", id="a unique prefix will do"),
        pytest.param(THREE, f"{uuid_of(1)},{uuid_of(1)[:8]}", [], "masked:fail", id="a repeated UUID voids the list"),
        pytest.param(THREE, f"{uuid_of(1)},{ALIKE},{uuid_of(0)}", [1], "", id="a prefix of two ends the list"),
        pytest.param(THREE, f"{uuid_of(1)},GPU-f,{uuid_of(0)}", [1], "", id="a prefix of none ends the list"),
        pytest.param(THREE, f"0,{uuid_of(1)}", [0], "", id="0,GPU-…: another kind ends the list"),
        pytest.param(THREE, f"{uuid_of(1)},0", [1], "", id="GPU-…,0: another kind ends the list"),
        pytest.param(SEVEN, slice_uuid(3), ["0/3"], "", id="MIG-…: that slice"),
        pytest.param(SEVEN, f"{slice_uuid(3)},{slice_uuid(4)}", ["0/3"], "", id="MIG-…,MIG-…: at most one"),
        pytest.param(SEVEN, f"MIG-{uuid_of(0)}/9/0", ["0/2"], "", id="MIG-GPU-…/gi/ci: that slice"),
        pytest.param(SEVEN, "0", ["0/0"], "", id="a GPU with MIG on, by index: its first slice"),
        pytest.param(SEVEN, uuid_of(0), ["0/0"], "", id="a GPU with MIG on, by UUID: its first slice"),
        pytest.param(ALONE, "0", [], "mig-empty:fail", id="a GPU with MIG on, no slice: nothing"),
        pytest.param(
            "L4 and an A100 in MIG mode without a slice",
            uuid_of(1),
            [],
            "mig-empty:fail",
            id="a GPU with MIG on, no slice, beside a whole GPU: nothing",
        ),
        pytest.param("L40S and an A100 in 7 slices", None, ["1/0"], "", id="any slice visible: only that one"),
        pytest.param("L40S and an A100 in 7 slices", uuid_of(0), [0], "", id="a whole GPU where no slice is visible"),
    ],
)
def test_a_mask_leaves_devices(
    scenario: str,
    mask: str | None,
    devices: list[object],
    findings: str,
    validate: Validate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As CUDA reads it; a mask that leaves none is a failure, whatever the GPUs are."""
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    if mask is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)

    answer = validate(scenario, "4")

    assert (answer.findings, answer.code) == (findings, 1 if findings else 0)
    assert visible(answer.report["hardware"]) == devices


def visible(hardware: dict[str, Any]) -> list[object]:
    """Give the devices that a report calls visible: ``1``, or ``"0/3"`` for a slice."""
    gpus = [gpu["index"] for gpu in hardware["gpus"] if gpu["visible"]]
    parts = [part for gpu in hardware["gpus"] for part in gpu["slices"] if part["visible"]]
    return [*gpus, *(f"{part['gpu_index']}/{part['index']}" for part in parts)]


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        pytest.param("", "CUDA_VISIBLE_DEVICES='' hides all 3 GPUs: unset it, or name one of them", id="empty"),
        pytest.param("7", "CUDA_VISIBLE_DEVICES='7' hides all 3 GPUs: unset it, or name one of them", id="beyond"),
        pytest.param("\x1b[2J", "CUDA_VISIBLE_DEVICES='\\x1b[2J' hides all 3 GPUs", id="a terminal's escapes"),
    ],
)
def test_a_mask_that_leaves_none_is_named(
    mask: str, text: str, validate: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable, its value, and how many GPUs it hides."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)

    assert text in validate(THREE).messages


ORDER = [
    pytest.param(
        "L4 and T4",
        "20",
        "CUDA_VISIBLE_DEVICES=0",
        "warning",
        "order-ambiguous:warning vram-low:note",
        0,
        id="a mixed host: which GPU is 0",
    ),
    pytest.param(
        "L4 and T4",
        "20",
        "CUDA_VISIBLE_DEVICES=1",
        "warning",
        "order-ambiguous:warning vram-low:note",
        0,
        id="a mixed host: which GPU is 1",
    ),
    pytest.param("L4 and T4", "10", "CUDA_VISIBLE_DEVICES=1", "ok", "", 0, id="all readings are ok"),
    pytest.param("L4 and T4", "40", "CUDA_VISIBLE_DEVICES=1", "fail", "vram-low:fail", 1, id="all readings fail"),
    pytest.param(
        "L4 and T4",
        "20",
        "CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=0",
        "ok",
        "",
        0,
        id="by bus: 0 is the first",
    ),
    pytest.param(
        "L4 and T4",
        "20",
        "CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES=1",
        "fail",
        "vram-low:fail",
        1,
        id="by bus: 1 is the second",
    ),
    pytest.param("L4 and T4", "20", f"CUDA_VISIBLE_DEVICES={uuid_of(0)}", "ok", "", 0, id="by UUID"),
    pytest.param("2 x L4", "20", "CUDA_VISIBLE_DEVICES=1", "ok", "", 0, id="GPUs of one model"),
    pytest.param(
        "T4 and one unknown",
        "20",
        "CUDA_VISIBLE_DEVICES=0",
        "unknown",
        "order-ambiguous:unknown vram-low:note vram-unknown:note",
        3,
        id="no reading is good",
    ),
]


@pytest.mark.parametrize(
    ("scenario", "need", "asked", "verdict", "findings", "code"),
    ORDER,
)
def test_an_index_means_what_all_readings_agree_on(
    scenario: str, need: str, asked: str, verdict: str, findings: str, code: int, validate: Validate
) -> None:
    """Without CUDA_DEVICE_ORDER=PCI_BUS_ID, on a host whose GPUs differ, every reading is judged."""
    answer = validate(scenario, need, asked)

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)
    assert ("set CUDA_DEVICE_ORDER=PCI_BUS_ID" in answer.messages) == ("order-ambiguous" in findings)
