"""Each device, and how many of them: a case for each row, from a compiled driver to the exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Validate = Callable[..., Any]

DEVICES = [
    # compute capability
    pytest.param("P40", "20 cc 7.0", "", "fail", "cc-low:fail", 1, id="compute capability below"),
    pytest.param("V100", "20 cc 7.0", "", "ok", "", 0, id="compute capability exactly"),
    pytest.param("RTX 5090", "20 cc 9.0", "", "ok", "", 0, id="compute capability as numbers: 12.0 > 9.0"),
    pytest.param("H100", "20 cc 12.0", "", "fail", "cc-low:fail", 1, id="compute capability as numbers: 9.0 < 12.0"),
    pytest.param(
        "L4 without a capability",
        "20 cc 7.0",
        "",
        "unknown",
        "cc-unknown:unknown",
        3,
        id="compute capability unreadable",
    ),
    pytest.param("L4 without a capability", "20", "", "ok", "", 0, id="compute capability unreadable, none needed"),
    # memory
    pytest.param("L4", "20-24", "", "ok", "", 0, id="total ≥ recommended"),
    pytest.param(
        "L4", "20-24.2", "", "warning", "vram-below-recommended:warning", 0, id="N ≤ total, below recommended"
    ),
    pytest.param(
        "L4", "20-24.2", "--strict", "warning", "vram-below-recommended:warning", 1, id="below recommended, strict"
    ),
    pytest.param(
        "T4 on driver 470", "16", "", "warning", "vram-borderline:warning", 0, id="0.98 N ≤ total < N: borderline"
    ),
    pytest.param("L4", "24.6", "", "warning", "vram-borderline:warning", 0, id="1.8 % below N"),
    pytest.param("L4", "24.7", "", "fail", "vram-low:fail", 1, id="total < 0.98 N"),
    pytest.param("GH200 480GB", "110", "", "fail", "vram-low:fail", 1, id="no memory is read out of a name"),
    pytest.param("L4 with a garbled name", "20", "", "ok", "", 0, id="a garbled name hides no memory"),
    pytest.param("without memory v2", "20", "", "ok", "", 0, id="memory as old drivers count it"),
    pytest.param("without MIG", "20", "", "ok", "", 0, id="a driver that knows no MIG"),
    # unified
    pytest.param("GB10", "60", "", "warning", "unified-memory:warning", 0, id="integrated part, total unknown"),
    pytest.param("GB10", "65", "", "fail", "vram-low:fail", 1, id="integrated part, RAM below N"),
    pytest.param("Thor of 0 MiB", "60", "", "warning", "unified-memory:warning", 0, id="integrated part, total 0"),
    pytest.param(
        "Orin with the whole pool", "60", "", "warning", "unified-memory:warning", 0, id="integrated part, whole pool"
    ),
    # what cannot be
    pytest.param(
        "L4 whose memory is not supported",
        "20",
        "",
        "unknown",
        "vram-unknown:unknown",
        3,
        id="total unknown, other part",
    ),
    pytest.param("L4 of 0 MiB", "20", "", "unknown", "vram-unknown:unknown", 3, id="total 0, other part"),
    pytest.param("L4 of 2 PiB", "20", "", "unknown", "vram-unknown:unknown", 3, id="absurd: over 1 PiB"),
    pytest.param(
        "L4 with more free than there is", "20", "", "unknown", "vram-unknown:unknown", 3, id="absurd: free > total"
    ),
    pytest.param(
        "L4 whose memory is forbidden",
        "20",
        "",
        "unknown",
        "vram-unknown:unknown",
        3,
        id="NO_PERMISSION on a whole GPU",
    ),
    # free
    pytest.param("L4 in use", "20", "", "warning", "free-low:warning", 0, id="free < N"),
    pytest.param("L4 in use", "20", "--now", "fail", "free-low:fail", 1, id="free < N, now"),
    pytest.param("L4 in use", "10", "--now", "ok", "", 0, id="free ≥ N, now"),
    pytest.param(
        "L4 in use, by whom is not to be read",
        "20",
        "--now",
        "fail",
        "free-low:fail",
        1,
        id="free < N, by whom unknown",
    ),
    pytest.param("L4 with ECC errors", "20", "", "warning", "ecc-errors:warning", 0, id="uncorrected ECC errors"),
    # slices
    pytest.param("A100 in 7 slices", "5", "", "ok", "", 0, id="a slice"),
    pytest.param("A100 in 7 slices", "8", "", "fail", "vram-low:fail", 1, id="a slice is not its GPU"),
    pytest.param(
        "A100 in 7 slices, seen from a container", "5", "", "ok", "", 0, id="NO_PERMISSION on the GPU of a slice"
    ),
]

HOSTS = [
    pytest.param("2 x L4", "2x 20", "", "ok", "", 0, id="enough ok devices"),
    pytest.param("3 x L4", "2x 20", "", "ok", "", 0, id="more than enough"),
    pytest.param("L4", "2x 20", "", "fail", "gpus-few:fail", 1, id="fewer than min_gpus"),
    pytest.param("2 x A100 40GB", "80", "", "fail", "vram-low:fail vram-low:note", 1, id="never added up"),
    pytest.param(
        "8 x A100 40GB", "2x 30", "CUDA_VISIBLE_DEVICES=3", "fail", "gpus-few:fail", 1, id="only visible devices count"
    ),
    pytest.param("T4 and L4", "20", "", "warning", "vram-low:note gpus-mixed:warning", 0, id="unfit ones noted: mixed"),
    pytest.param(
        "L4 and T4", "20", "", "warning", "vram-low:note gpus-mixed:warning", 0, id="mixed, the fit one is device 0"
    ),
    pytest.param("L4 and T4", "10", "", "ok", "", 0, id="different, and both fit"),
    pytest.param(
        "2 x L4",
        "2x 20-30",
        "",
        "warning",
        "vram-below-recommended:warning",
        0,
        id="enough only with warnings",
    ),
    pytest.param(
        "T4, L4 and L40S",
        "20",
        "",
        "warning",
        "vram-low:note gpus-mixed:warning",
        0,
        id="one of three kinds is unfit",
    ),
    pytest.param(
        "T4, L4 and L40S", "20", "CUDA_VISIBLE_DEVICES=1,2 CUDA_DEVICE_ORDER=PCI_BUS_ID", "ok", "", 0, id="and left out"
    ),
    pytest.param("8 x H100", "2x 80", "", "ok", "", 0, id="of eight, two will do"),
    pytest.param("8 x H100", "2x 90", "", "fail", "vram-low:fail vram-low:note", 1, id="eight that are alike"),
    pytest.param("2 x A100 in 2 slices", "18", "", "ok", "", 0, id="the first of several slices"),
    pytest.param("2 x A100 in 2 slices", "2x 18", "", "fail", "gpus-few:fail", 1, id="slices do not combine"),
    pytest.param("L4 and T4", "2x 20", "", "fail", "vram-low:fail", 1, id="one of two unfit"),
    pytest.param(
        "L4 and one unknown",
        "20",
        "",
        "warning",
        "vram-unknown:note gpus-mixed:warning",
        0,
        id="enough without the unknown one",
    ),
    pytest.param(
        "L4 and one unknown", "2x 20", "", "unknown", "vram-unknown:unknown", 3, id="enough only if it turns out well"
    ),
    pytest.param(
        "T4 and one unknown",
        "20",
        "",
        "unknown",
        "vram-low:note vram-unknown:unknown",
        3,
        id="unknown beside an unfit one",
    ),
    pytest.param(
        "L4 and a lost one", "2x 20", "", "fail", "gpu-lost:warning gpus-few:fail", 1, id="a lost one counts as absent"
    ),
]

SERVING = [
    pytest.param("L4 in use", "5", "", "warning", "free-low:warning", 0, id="vLLM: free < utilisation x total"),
    pytest.param("L4 in use", "5", "--now", "fail", "free-low:fail", 1, id="vLLM, now"),
    pytest.param("T4", "10", "", "ok", "", 0, id="dtype auto on a T4"),
    pytest.param(
        "T4", "10", "--set dtype=bfloat16", "fail", "bf16-unsupported:fail", 1, id="bfloat16 on a T4 names the way out"
    ),
    pytest.param("P40", "10", "", "fail", "engine-unsupported:fail", 1, id="vLLM on Pascal"),
]


@pytest.mark.parametrize(("scenario", "need", "asked", "verdict", "findings", "code"), DEVICES)
def test_each_device(
    scenario: str, need: str, asked: str, verdict: str, findings: str, code: int, validate: Validate
) -> None:
    """Capability, total, free, errors: each fact has its verdict."""
    answer = validate(scenario, need, asked)

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)


@pytest.mark.parametrize(("scenario", "need", "asked", "verdict", "findings", "code"), HOSTS)
def test_the_host(
    scenario: str, need: str, asked: str, verdict: str, findings: str, code: int, validate: Validate
) -> None:
    """Enough visible devices must each meet everything; what does not decide is a note."""
    answer = validate(scenario, need, asked)

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)


@pytest.mark.parametrize(("scenario", "need", "asked", "verdict", "findings", "code"), SERVING)
def test_serving(
    scenario: str, need: str, asked: str, verdict: str, findings: str, code: int, validate: Validate
) -> None:
    """What an engine takes of a card, and what it cannot compute on it."""
    answer = validate(scenario, need, asked, task="inference")

    assert (answer.verdict, answer.findings, answer.code) == (verdict, findings, code)


def test_tensor_parallelism_needs_as_many_gpus(validate: Validate) -> None:
    """For inference at least as many as a layer is split into."""
    few = validate("2 x L4", "10", "--set tensor_parallel_size=4", task="inference")
    enough = validate("8 x A100 40GB", "10", "--set tensor_parallel_size=4", task="inference")

    assert "gpus-few:fail" in few.findings
    assert "4 GPUs are needed, 2 are there" in few.messages
    assert "gpus-few" not in enough.findings


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        pytest.param("L4 in use, by whom is not to be read", "; 13.67 GB are in use", id="by whom"),
        pytest.param(
            "L4 in use, how much by whom is not to be read",
            "; 13.67 GB are in use by Xorg (17, 0.1 GB), /usr/bin/python3 (4242)",
            id="how much by whom",
        ),
    ],
)
def test_what_is_not_known_of_processes_is_left_out(scenario: str, said: str, validate: Validate) -> None:
    """A driver of a container, or of Windows, names no processes, or none of their memory."""
    answer = validate(scenario, "20")

    [message] = [each["message"] for each in answer.report["findings"] if each["code"] == "free-low"]
    assert message == f"GPU 0 (NVIDIA L4) has 10.49 GB free, needs 20 GB (83 %){said}"


def test_gpus_that_are_alike_are_said_once(validate: Validate) -> None:
    """With how many there are, and their numbers."""
    answer = validate("8 x H100", "2x 90")

    assert "each of 8 x NVIDIA H100 80GB HBM3 (GPU 0-7) has 85.52 GB, needs 90 GB (106 %)" in answer.messages
    assert answer.messages.count("85.52 GB") == 1


def test_who_holds_the_memory_is_named(validate: Validate) -> None:
    """Free, used, and the process that holds it."""
    answer = validate("L4 in use", "20")

    [message] = [each["message"] for each in answer.report["findings"] if each["code"] == "free-low"]
    assert message == (
        "GPU 0 (NVIDIA L4) has 10.49 GB free, needs 20 GB (83 %); 13.67 GB are in use by "
        "/usr/bin/python3 (4242, 12.88 GB)"
    )
