"""GPUs from what a cluster says of them."""

from __future__ import annotations

import pytest
from cluster_samples import gpus

from model_garden_registry.hardware.gpus import ASSUMED, NOT_ASKED, HostMemory
from model_garden_registry.hardware.inventory.declared import Declared, named_gpus, stated_gpus, table_bytes, unknown
from model_garden_registry.units import GIB, MIB


@pytest.mark.parametrize(
    ("name", "count", "sizes", "said"),
    [
        ("l40s", 4, [], "4x L40S 46068"),
        ("h100", 8, [80, 512], "8x H100 80GB 81559"),
        ("a100", 1, [40], "1x A100 40GB 40960"),
        ("v100", 2, [32], "2x V100 32GB 32768"),
        ("a100_1g.5gb", 9, [], "9x A100 40GB MIG 1g.5gb 4864"),
        ("a100_3g.20gb", 2, [], "2x A100 40GB MIG 3g.20gb 19968"),
    ],
)
def test_gpus_of_a_name_are_those_of_the_table(name: str, count: int, sizes: list[int], said: str) -> None:
    found = named_gpus(name, count, frozenset(sizes))
    assert (gpus(found.hardware), found.exact, found.reason) == (said, False, None)


@pytest.mark.parametrize("sizes", [[], [512], [40, 80]])
def test_a_name_of_several_sizes_is_not_guessed(sizes: list[int]) -> None:
    found = named_gpus("a100", 4, frozenset(sizes))
    assert gpus(found.hardware) == "4x A100 40GB 40960 or 4x A100 80GB 81920"
    assert found.reason == "the name means several GPUs: A100 40GB, A100 80GB"


@pytest.mark.parametrize(
    ("name", "count", "reason"),
    [
        ("fake1", 1, "no GPU 'fake1' in the table of known GPUs"),
        (
            "mi300x",
            8,
            "GPU 'mi300x': that is hardware from AMD",
        ),
        ("2x l4", 1, "GPU '2x l4': it contains a number of GPUs"),
        ("l4", 0, "0 is no number of GPUs: a node has 1 to 1024"),
        ("l4", 9999, "9999 is no number of GPUs: a node has 1 to 1024"),
    ],
)
def test_gpus_that_are_not_known_have_a_reason(name: str, count: int, reason: str) -> None:
    assert named_gpus(name, count) == Declared(None, reason=reason)


def test_a_reason_is_not_endless() -> None:
    assert len(unknown("a" * 1000).reason or "") == 200


def test_slices_are_on_as_few_gpus_as_have_room_for_them() -> None:
    hardware = named_gpus("a100_1g.5gb", 9).hardware
    assert hardware is not None
    assert [(gpu.index, gpu.mig_enabled, len(gpu.slices)) for gpu in hardware.gpus] == [(0, True, 7), (1, True, 2)]
    assert [(piece.gpu_index, piece.index) for piece in hardware.gpus[1].slices] == [(1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("name", "mib", "said"),
    [
        ("NVIDIA-H200-SXM", 143360, "2x H200 SXM 143360"),
        ("NVIDIA-GeForce-RTX-4090", 49140, "2x RTX 4090 49140"),  # some are sold with more than the table says
        ("NVIDIA-H100", 95830, "2x H100 NVL 95830"),
        ("GRID-A100-40C", 40960, "2x GRID A100 40C 40960"),
        ("NVIDIA-A100-SXM4-80GB-MIG-3g.40gb", 40192, "2x A100 SXM4 80GB MIG 3g.40gb 40192"),
        ("unheard-of-MIG-1g.9gb", 9000, "2x unheard of MIG 1g.9gb 9000"),
    ],
)
def test_stated_memory_counts(name: str, mib: int, said: str) -> None:
    found = stated_gpus(name, 2, total_bytes=mib * MIB)
    assert (gpus(found.hardware), found.exact, found.reason) == (said, True, None)


def test_memory_that_no_slice_of_that_profile_has_is_a_contradiction() -> None:
    found = stated_gpus("A100-SXM4-40GB-MIG-3g.20gb", 2, total_bytes=10240 * MIB)
    assert found == Declared(None, reason="a slice 3g.20gb has 20.94 GB, and 10.74 GB are stated")


def test_other_facts_are_kept() -> None:
    found = stated_gpus("x9", 1, total_bytes=GIB, capability=(9, 1), driver_version="580.1", ram_bytes=9_999_999_999)
    assert found.hardware is not None
    assert found.hardware.ram == HostMemory(total_bytes=9_000_000_000)
    assert found.hardware.driver_version == "580.1"
    assert found.hardware.gpus[0].compute_capability == (9, 1)
    assert found.hardware.gpus[0].compute_capability != ASSUMED


def test_the_capability_of_an_unknown_gpu_is_not_known() -> None:
    found = stated_gpus("", 1, total_bytes=GIB)
    assert found.hardware is not None
    assert found.hardware.gpus[0].compute_capability == NOT_ASKED
    assert stated_gpus("l4", 2000, total_bytes=GIB).hardware is None


@pytest.mark.parametrize(
    ("name", "mib"), [("Tesla T4", 15360), ("A100-SXM4-40GB-MIG-1g.5gb", 4864), ("A100", None), ("x9", None)]
)
def test_the_table_knows_some_sizes(name: str, mib: int | None) -> None:
    assert table_bytes(name) == (None if mib is None else mib * MIB)


@pytest.mark.parametrize(
    ("name", "stated", "told"),
    [
        pytest.param("NVIDIA-H100-80GB-HBM3", 81559 * GIB, "the H100 SXM5 80GB has 85.52 GB", id="MiB taken for GiB"),
        pytest.param("NVIDIA-H100-80GB-HBM3", 80 * MIB, "the H100 SXM5 80GB has 85.52 GB", id="GB taken for MiB"),
        pytest.param("NVIDIA-H100-80GB-HBM3", 81559, "the H100 SXM5 80GB has 85.52 GB", id="MiB taken for bytes"),
        pytest.param("NVIDIA-L4", 4 * 23034 * MIB + 1, "the L4 has 24.15 GB", id="more than four times"),
        pytest.param("NVIDIA-A100", 2**60, "the A100 80GB has 85.9 GB", id="a name of several sizes"),
        pytest.param("x9", 81559 * GIB, "no GPU has that", id="more than any GPU"),
        pytest.param("x9", 24 * MIB, "no GPU has that", id="less than any GPU"),
        pytest.param("x9-MIG-1g.9gb", 9000 * GIB, "no GPU has that", id="a slice"),
    ],
)
def test_memory_of_another_unit_is_a_contradiction(name: str, stated: int, told: str) -> None:
    """A model that fits nowhere would run on it."""
    found = stated_gpus(name, 8, total_bytes=stated)
    assert (found.hardware, found.exact) == (None, False)
    assert found.reason == f"{stated / 1e9:,.3f} GB of memory are stated, and {told}"


@pytest.mark.parametrize("mib", [23034 // 48, 4 * 23034])
def test_shares_of_a_gpu_and_changed_ones_are_believed(mib: int) -> None:
    """MPS divides memory among 48 processes at most; some GPUs are sold with more than the table has."""
    assert gpus(stated_gpus("NVIDIA-L4", 1, total_bytes=mib * MIB).hardware) == f"1x L4 {mib}"


@pytest.mark.parametrize("capability", [(9_999_999_999, 0), (9, 100), (0, 5)])
def test_an_impossible_capability_is_that_of_the_table(capability: tuple[int, int]) -> None:
    """A document with it could not be read again."""
    found = stated_gpus("NVIDIA-L4", 1, total_bytes=23034 * MIB, capability=capability)
    assert found.hardware is not None
    assert found.hardware.gpus[0].compute_capability == (8, 9)
