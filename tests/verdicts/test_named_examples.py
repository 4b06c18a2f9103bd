"""What people ask first: cards for what their boxes promise, cards together, an index, a slice, a sick driver."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nvml_stand_in.build import StandIn
from verdicts.scenarios import SCENARIOS

from model_garden_registry import (
    load_registry,
    read_hardware,
    validate_model_for_inference,
    validate_model_for_training,
)
from model_garden_registry.hardware.driver import probe

Validate = Callable[..., Any]


@pytest.mark.parametrize(
    ("scenario", "name", "need"),
    [
        pytest.param("T4", "T4", "16", id="T4 for 16"),
        pytest.param("L4", "L4", "24", id="L4 for 24"),
        pytest.param("A10G", "A10G", "24", id="A10G for 24"),
        pytest.param("L40S", "L40S", "48", id="L40S for 48"),
        pytest.param("A100 80GB", "A100-80GB", "80", id="A100 80GB for 80"),
        pytest.param("H100", "H100", "80", id="H100 for 80"),
    ],
)
def test_a_card_is_enough_for_the_number_on_its_box(scenario: str, name: str, need: str, validate: Validate) -> None:
    """Here and idle, all of it required to be free, as much as by its name alone."""
    here, named = validate(scenario, need, "--now"), validate("", need, f"--gpu {name}")

    assert (here.verdict, here.findings, here.code) == ("ok", "", 0)
    assert (named.verdict, named.findings, named.code) == ("ok", "from-table:note", 0)


def test_two_cards_of_40_are_none_of_80(validate: Validate) -> None:
    """Each fails by itself, and a hint says how a model is split."""
    answer = validate("2 x A100 40GB", "80")

    sentences = [each["message"] for each in answer.report["findings"] if each["code"] == "vram-low"]
    assert (answer.verdict, answer.code, sentences) == (
        "fail",
        1,
        [
            "each of 2 x NVIDIA A100-SXM4-40GB (GPU 0-1) has 42.95 GB, needs 80 GB (187 %)",
            (
                "memory is not added up: the 2 GPUs have 85.9 GB together, but each one must fit its part; to split "
                "the model, set tensor_parallel_size (inference), or n_gpus with sharding (training)"
            ),
        ],
    )


def test_an_index_on_a_mixed_host_names_the_variable(validate: Validate) -> None:
    """Which GPU 0 is depends on how CUDA counts."""
    answer = validate("L4 and T4", "20", "CUDA_VISIBLE_DEVICES=0")

    assert (answer.verdict, answer.code) == ("warning", 0)
    assert "set CUDA_DEVICE_ORDER=PCI_BUS_ID, or name GPUs in CUDA_VISIBLE_DEVICES by UUID" in answer.messages


def test_seven_slices_of_5_are_none_of_8(validate: Validate) -> None:
    """The slice is what CUDA sees, not the 40 GB of its GPU, and slices do not combine."""
    answer = validate("A100 in 7 slices", "8")

    assert (answer.verdict, answer.code, answer.report["error_message"]) == (
        "fail",
        1,
        "GPU 0 slice 0 (NVIDIA A100-SXM4-40GB MIG 1g.5gb) has 5.1 GB, needs 8 GB (157 %)",
    )


@pytest.mark.parametrize("validate_model", [validate_model_for_training, validate_model_for_inference])
def test_the_tuple_names_card_have_and_need(
    validate_model: Validate,
    machine: Callable[[str], None],
    registry: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Scripts that only go on or stop get a sentence to show; it comes from the GPUs of this machine."""
    machine("T4")
    monkeypatch.setattr("model_garden_registry.registry.shared.get_registry", lambda: load_registry(registry("24")))

    answer = validate_model("org/model")

    assert answer == (False, "GPU 0 (Tesla T4) has 16.11 GB, needs 24 GB (150 %)")


def test_the_tuple_says_what_could_not_be_checked(
    machine: Callable[[str], None], registry: Callable[..., Path]
) -> None:
    """Not valid, and not a no either."""
    machine("no permission")

    is_valid, error = load_registry(registry()).validate_model_for_training("org/model")

    assert not is_valid
    assert str(error).startswith("Could not be checked: the NVIDIA driver: Insufficient Permissions (NVML code 4).")


def test_the_tuple_without_a_driver_is_what_it_always_was(
    machine: Callable[[str], None], registry: Callable[..., Path]
) -> None:
    """Where there is no driver, the registry's own checks decide."""
    machine("")

    assert load_registry(registry("999")).validate_model_for_training("org/model") == (True, None)


def test_a_driver_that_hangs_is_answered_in_time(stand_in: StandIn, registry: Callable[..., Path]) -> None:
    """With exit code 3; what is waited for, and how long a process that was killed may take to end, is below 10 s."""
    stand_in.play(SCENARIOS["hangs"])
    registry()
    call = [sys.executable, "-m", "model_garden_registry", "validate", "training", "org/model"]

    done = subprocess.run(call, check=False, capture_output=True, encoding="utf-8", timeout=60)

    assert (done.returncode, done.stderr) == (3, "")
    assert probe.LIMIT_SECONDS + probe._GRACE_SECONDS < 10
    assert "the driver did not answer within 8 s" in done.stdout


@pytest.mark.parametrize("scenario", ["hangs", "aborts", "crashes", "ends the process"])
def test_of_a_sick_driver_no_process_stays(scenario: str, stand_in: StandIn, registry: Callable[..., Path]) -> None:
    """While the caller lives: neither one that runs nor a zombie."""
    before = children()
    stand_in.play(SCENARIOS[scenario])
    path = registry()

    report = load_registry(path).validate("org/model", "training", hardware=lambda: read_hardware(limit_seconds=0.5))

    assert (report.verdict, children()) == ("unknown", before)


def children() -> list[str]:
    """List the processes that this thread has started and that are still there, zombies too."""
    listed = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children")
    return listed.read_text(encoding="ascii").split()
