"""Several GPUs, through a compiled driver: the split that is chosen, what of a minimum binds, and why GPUs are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Validate = Callable[..., Any]
Ask = Callable[[str], Any]

CONTEXT = "--set max_model_len=32768"
OSS, LLAMA = f"inference openai/gpt-oss-120b {CONTEXT}", f"inference meta-llama/Llama-3.3-70B-Instruct {CONTEXT}"


@pytest.mark.parametrize(
    ("scenario", "question", "verdict", "split", "said"),
    [
        pytest.param("H100", OSS, "ok", (1, True), "on 1 GPU, chosen for the hardware", id="made for one H100"),
        pytest.param(
            "2 x H200",
            LLAMA,
            "warning",
            (2, True),
            "on 2 GPUs (tensor parallel), chosen",
            id="two H200 for 70B, on a host of 64 GB",
        ),
        pytest.param("4 x RTX 3090", OSS, "ok", (4, True), "on 4 GPUs (tensor", id="more than its own"),
        pytest.param(
            "4 x RTX 3090",
            f"{LLAMA} --set tensor_parallel_size=2",
            "fail",
            (2, False),
            "each of 4 x NVIDIA GeForce RTX 3090 (GPU 0-3) has 25.77 GB, needs",
            id="as the caller says",
        ),
        pytest.param(
            "4 x RTX 3090",
            f"{LLAMA} --set tensor_parallel_size=8",
            "fail",
            (8, False),
            "8 GPUs are needed, 4 are there",
            id="more than there are",
        ),
        pytest.param(
            "4 x RTX 3090",
            LLAMA,
            "fail",
            (4, False),
            "has 25.77 GB, needs",
            id="not even over all of them",
        ),
        pytest.param(
            "L40S",
            LLAMA,
            "fail",
            (1, True),
            "on 1 GPU, chosen for the hardware; the entry's default is 4 GPUs",
            id="fewer than the entry's own, and too few",
        ),
    ],
)
def test_the_split_is_chosen_unless_it_is_said(
    scenario: str, question: str, verdict: str, split: tuple[int, bool], said: str, machine: Ask, mgr: Ask
) -> None:
    """The entry's own where it is there, else the smallest that fits; identical GPUs are said once."""
    machine(scenario)

    answer = mgr(f"validate {question} --json")

    assert (answer.verdict, (answer.report["split"]["gpus"], answer.report["split"]["chosen"])) == (verdict, split)
    assert said in answer.messages


@pytest.mark.parametrize(
    ("scenario", "need", "asked", "verdict", "said"),
    [
        pytest.param(
            "4 x RTX 3090",
            "2x 20",
            "CUDA_VISIBLE_DEVICES=2",
            "fail",
            "2 GPUs are needed, 1 is there: CUDA_VISIBLE_DEVICES='2' hides 3 more GPUs",
            id="a mask",
        ),
        pytest.param(
            "4 x RTX 3090",
            "2x 20",
            "CUDA_VISIBLE_DEVICES=0,9,1",
            "fail",
            "hides 3 more GPUs; its entry '9' names none, and ends the list",
            id="an entry that ends the list",
        ),
        pytest.param(
            "A100 in 7 slices",
            "2x 4",
            "",
            "fail",
            "2 GPUs are needed, 1 is there: a process uses one MIG slice, and slices do not combine",
            id="slices",
        ),
        pytest.param(
            "L4 and a lost one",
            "2x 20",
            "",
            "fail",
            "2 GPUs are needed, 1 is there: 1 does not answer",
            id="a lost one",
        ),
        pytest.param("2 x L4", "4x 20", "", "fail", "4 GPUs are needed, 2 are there", id="there are not more"),
    ],
)
def test_why_there_are_few_is_said(
    scenario: str, need: str, asked: str, verdict: str, said: str, validate: Validate
) -> None:
    """The variable with its value, the entry that ended the list, MIG."""
    answer = validate(scenario, need, asked)

    assert (answer.verdict, said in answer.messages) == (verdict, True), answer.messages


def test_a_container_that_got_one_gpu_is_quoted(validate: Validate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime read the variable before us; it is a likely cause, and no filter."""
    monkeypatch.setenv("NVIDIA_VISIBLE_DEVICES", "0")

    answer = validate("L4", "2x 20")

    assert "2 GPUs are needed, 1 is there: NVIDIA_VISIBLE_DEVICES is '0'" in answer.messages


@pytest.mark.parametrize(
    ("asked", "verdict", "code"),
    [pytest.param("", "warning", 0, id="a warning"), pytest.param("--now", "fail", 1, id="now: a failure")],
)
def test_what_is_free_is_compared_with_a_stated_minimum(
    asked: str, verdict: str, code: int, validate: Validate
) -> None:
    """70,000 MiB of one of two A100 are in use, 60 GB on 2 GPUs are stated, and the engine takes what it needs."""
    options = f"--set gpu_memory_utilization=0.0 {asked}"
    answer = validate("2 x A100 80GB, 70,000 MiB of one in use", "2x 60", options, task="inference")

    assert (answer.verdict, answer.code) == (verdict, code)
    assert "GPU 0 (NVIDIA A100-SXM4-80GB) has 12.5 GB free, needs" in answer.messages


def test_of_several_gpus_the_free_ones_are_taken(machine: Ask, mgr: Ask) -> None:
    """Two of four H100 are full: over two of them the model is ok now, over four it is not."""
    machine("4 x H100, two of them nearly full")

    two = mgr("validate inference Qwen/Qwen3-32B --now --json --set tensor_parallel_size=2")
    four = mgr("validate inference Qwen/Qwen3-32B --now --json --set tensor_parallel_size=4")

    assert (two.verdict, four.verdict) == ("warning", "fail")
    assert "2 of 4 visible GPUs are not as good" in two.messages


def test_a_split_below_a_stated_one_is_a_warning(validate: Validate) -> None:
    """The caller decides, and is told what the entry states."""
    answer = validate("2 x A100 40GB", "2x 20", "--set tensor_parallel_size=1", task="inference")

    assert answer.verdict == "warning"
    assert "the settings split over 1, the entry states that 2 GPUs are needed" in answer.messages
