"""Two other programs that ask NVML list the same devices. They have a session of their own: ``nox -s peers``."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from nvml_stand_in.build import StandIn

from model_garden_registry.hardware.driver.probe import read_hardware

pytest.importorskip("gpustat")
pytest.importorskip("nvitop")

SCENARIO = """
    driver 570.86.15
    cuda 12080

    gpu NVIDIA L4
    uuid GPU-10000000-0000-4000-8000-000000000001
    pci 00000000:01:00.0
    capability 8.9
    total 23034 MiB
    free 22500 MiB

    gpu NVIDIA H100 80GB HBM3
    uuid GPU-10000000-0000-4000-8000-000000000002
    pci 00000000:02:00.0
    capability 9.0
    total 81559 MiB
    free 81000 MiB

    gpu NVIDIA A100-SXM4-40GB
    uuid GPU-10000000-0000-4000-8000-000000000003
    pci 00000000:03:00.0
    capability 8.0
    total 40960 MiB
    free 40000 MiB
    mig on
    slice NVIDIA A100-SXM4-40GB MIG 1g.5gb
    uuid MIG-30000000-0000-5000-8000-000000000001
    total 4864 MiB
    free 4800 MiB
    instances 7 0
    slice NVIDIA A100-SXM4-40GB MIG 2g.10gb
    uuid MIG-30000000-0000-5000-8000-000000000002
    total 9856 MiB
    free 9800 MiB
    instances 3 0
"""
#: Prints what nvitop lists.
NVITOP = """
import json, nvitop
def facts(device):
    return [device.name(), device.uuid(), device.memory_total(), device.memory_free()]
print(json.dumps([
    [*facts(gpu), list(gpu.cuda_compute_capability()), [facts(piece) for piece in gpu.mig_devices()]]
    for gpu in nvitop.Device.all()
]))
"""


def answer(*arguments: str) -> Any:
    reply = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, encoding="utf-8")
    return json.loads(reply.stdout)


@pytest.mark.usefixtures("starts")
def test_gpustat_lists_the_same_gpus(stand_in: StandIn) -> None:
    """Index, UUID, name and memory in MiB."""
    stand_in.play(SCENARIO)

    theirs = answer("-m", "gpustat", "--json")["gpus"]

    assert [(gpu["index"], gpu["uuid"], gpu["name"], gpu["memory.total"]) for gpu in theirs] == [
        (gpu.index, gpu.uuid, gpu.name, gpu.total_bytes // 2**20) for gpu in read_hardware().gpus
    ]


@pytest.mark.usefixtures("starts")
def test_nvitop_lists_the_same_gpus_and_slices(stand_in: StandIn) -> None:
    """Name, UUID, memory in bytes, compute capability, and the slices likewise."""
    stand_in.play(SCENARIO)

    theirs = answer("-c", NVITOP)

    def facts(device: Any) -> list[Any]:
        return [device.name, device.uuid, device.total_bytes, device.free_bytes]

    assert theirs == [
        [*facts(gpu), list(gpu.compute_capability), [facts(piece) for piece in gpu.slices]]
        for gpu in read_hardware().gpus
    ]
