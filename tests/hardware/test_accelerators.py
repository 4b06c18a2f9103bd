"""What people write for a GPU and is none."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_accelerators
from model_garden_registry.hardware.accelerators import known_instances, machine_problem, maker_problem
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.known_gpus import known_gpu

DOCUMENT: dict[str, Any] = json.loads(bundled_accelerators().read_bytes())
OUT_OF_SCOPE = "only NVIDIA GPUs are supported, such as L4 or 'RTX 4090'"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("g5.xlarge", "that is a machine of AWS with one A10G; write A10G"),
        ("ml.g5.2xlarge", "that is a machine of AWS with one A10G; write A10G"),
        ("G6E.12XLARGE", "that is a machine of AWS with 4 x L40S; write L40S:4"),
        ("p4d.24xlarge", "that is a machine of AWS with 8 x A100 SXM4 40GB; write 'A100 SXM4 40GB:8'"),
        ("Standard_NC24ads_A100_v4", "that is a machine of Azure with one A100 PCIe 80GB; write 'A100 PCIe 80GB'"),
        ("nc24ads_a100_v4", "that is a machine of Azure with one A100 PCIe 80GB; write 'A100 PCIe 80GB'"),
        ("NV6ads_A10_v5", "that is a machine of Azure with a part of a GPU with 4GiB of memory; write 4GiB"),
        ("a2-highgpu-1g", "that is a machine of Google Cloud with one A100 SXM4 40GB; write 'A100 SXM4 40GB'"),
        (" DGX  H100 ", "that is a machine of NVIDIA with 8 x H100 SXM5 80GB; write 'H100 SXM5 80GB:8'"),
    ],
)
def test_an_instance_is_told_with_the_gpu_to_write(text: str, problem: str) -> None:
    """In any case, with or without what may stand before its name."""
    assert machine_problem(text) == problem


@pytest.mark.parametrize("text", ["8", " 24 ", "141"])
def test_a_number_alone_is_taken_for_memory(text: str) -> None:
    """It says how that is written."""
    problem = f"a number alone is not a GPU name; write {text.strip()}GB for a GPU with that much memory"

    assert machine_problem(text) == problem


@pytest.mark.parametrize(
    "text", ["cuda", "cuda:0", "gpu 1", "0", "0,1", "auto", "all", "local", "none", "CPU", "nvidia"]
)
def test_what_means_this_machine_elsewhere_names_no_gpu(text: str) -> None:
    """Other tools take such words."""
    assert machine_problem(text) == (
        "that is not a GPU model; write one such as L4, or leave it out for the GPUs of this machine"
    )


@pytest.mark.parametrize("text", ["", " ", "L4", "4090", "A100 80GB", "24GB", "x" * 201, "t4"])
def test_what_may_be_a_gpu_is_no_machine(text: str) -> None:
    """Nor is a text longer than anybody types."""
    assert machine_problem(text) is None


@pytest.mark.parametrize(
    ("text", "maker"),
    [
        *((name, "AMD") for name in ("RX 7900 XTX", "7900xtx", "MI300X", "Instinct MI210", "Radeon 780M", "RX580")),
        *((name, "AMD") for name in ("Ryzen AI Max+ 395", "Standard_ND96isr_MI300X_v5", "Strix Halo", "9070 XT")),
        *((name, "Intel") for name in ("Arc A770", "B580", "Intel Iris Xe", "Gaudi 3", "gaudi2", "dl1.24xlarge")),
        *((name, "Apple") for name in ("M2 Max", "Apple M1", "m4", "M3 Ultra", "MacBook Pro", "mps")),
        *((name, "Google") for name in ("TPU v5e", "tpu", "v5litepod-8", "v4-8", "ct5lp-hightpu-4t", "Trillium")),
        *((name, "AWS") for name in ("trn1.32xlarge", "inf2.xlarge", "Inferentia2", "Trainium")),
        ("Ascend 910B", "Huawei"),
        ("Groq LPU", "other makers"),
    ],
)
def test_what_another_maker_builds_is_out_of_scope(text: str, maker: str) -> None:
    """And it is said whose it is."""
    assert maker_problem(text) == f"that is hardware from {maker}; {OUT_OF_SCOPE}"


def test_no_name_of_the_table_is_taken_for_something_else() -> None:
    """However it is written."""
    names = [name for row in gpu_table() for name in (row.name, row.family, *row.aliases, *row.nvml_names)]

    assert [name for name in names if machine_problem(name) or maker_problem(name)] == []


def test_every_gpu_of_an_instance_can_be_asked_for() -> None:
    """As the sentence writes it; it means one kind of GPU, as many as it says."""
    for instance in known_instances().values():
        hardware = known_gpu(f"{instance.gpu}:{instance.gpus}")
        assert (len(hardware.gpus), hardware.alternatives) == (instance.gpus, ()), instance.name


def test_the_table_has_sources_no_name_twice_and_patterns_that_compile() -> None:
    """Each row names its source, each source has a row."""
    names = [name for row in DOCUMENT["hardware"] for name in row["instances"]]

    assert len(known_instances()) == len(names) >= 150
    assert {row["source"] for row in DOCUMENT["hardware"]} == set(DOCUMENT["sources"])
    assert all(re.compile(row["pattern"]) for row in DOCUMENT["makers"])
    assert all({*row} == {"where", "gpu", "instances", "source"} for row in DOCUMENT["hardware"])
