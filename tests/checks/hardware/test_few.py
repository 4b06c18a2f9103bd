"""Why a process sees fewer GPUs than a machine may have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.checks.hardware.few import few_reason
from model_garden_registry.hardware.gpus import Cause, Gpu, Hardware, Slice, Unread
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.visible_devices import visible_devices

FOUR = tuple(Gpu(index=index, name="NVIDIA GeForce RTX 3090", total_bytes=25 * 10**9) for index in range(4))
HOST = Hardware(source="nvml", gpus=FOUR, cuda_device_order="PCI_BUS_ID")
SLICES = tuple(Slice(gpu_index=0, index=index, name="MIG 1g.5gb", total_bytes=5 * 10**9) for index in range(7))
LOST = Unread(Cause.LOST, "GPU is lost")
CONTAINER = "NVIDIA_VISIBLE_DEVICES is '0': the container runtime read it when the container was started."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, "", id="all are visible"),
        pytest.param({"cuda_visible_devices": "0,1,2,3"}, "", id="a mask that hides nothing"),
        pytest.param(
            {"cuda_visible_devices": ""},
            ": CUDA_VISIBLE_DEVICES='' hides 4 more GPUs; its entry '' names none, and ends the list",
            id="a mask of none",
        ),
        pytest.param({"cuda_visible_devices": "2"}, ": CUDA_VISIBLE_DEVICES='2' hides 3 more GPUs", id="a mask"),
        pytest.param(
            {"cuda_visible_devices": "0,1,2"}, ": CUDA_VISIBLE_DEVICES='0,1,2' hides 1 more GPU", id="one is hidden"
        ),
        pytest.param(
            {"cuda_visible_devices": "0,9\x1b,1"},
            ": CUDA_VISIBLE_DEVICES='0,9\\x1b,1' hides 3 more GPUs; its entry '9\\x1b' names none, and ends the list",
            id="an entry that names nothing ends the list",
        ),
        pytest.param(
            {"cuda_visible_devices": "0,,1"},
            ": CUDA_VISIBLE_DEVICES='0,,1' hides 3 more GPUs; its entry '' names none, and ends the list",
            id="an empty entry",
        ),
        pytest.param(
            {"gpus": (replace(FOUR[0], mig_enabled=True, slices=SLICES),)},
            ": a process uses one MIG slice, and slices do not combine",
            id="MIG",
        ),
        pytest.param({"gpus": (FOUR[0], replace(FOUR[1], problem=LOST))}, ": 1 does not answer", id="one is lost"),
        pytest.param(
            {"gpus": (FOUR[0], *(replace(gpu, problem=LOST) for gpu in FOUR[1:]))}, ": 3 do not answer", id="three are"
        ),
        pytest.param({"gpus": FOUR[:1], "hints": (CONTAINER,)}, f": {CONTAINER[:-1]}", id="a container"),
        pytest.param({"gpus": FOUR[:1], "hints": ("One.", "Two.")}, ": One. Two", id="several hints"),
        pytest.param({"gpus": FOUR[:1], "hints": ("One.",), "source": "named"}, "", id="hints on names"),
    ],
)
def test_the_cause_is_named(changes: dict[str, Any], reason: str) -> None:
    """The variable with its value, the slice, the container; nothing where nothing is known."""
    hardware = replace(HOST, **changes)

    assert few_reason(hardware, visible_devices(hardware)) == reason


def test_named_gpus_hide_nothing() -> None:
    """There are as many as were named."""
    named = known_gpu("L4", count=2)

    assert few_reason(named, visible_devices(named)) == ""
