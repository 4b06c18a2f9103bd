"""GPUs by the names that people, drivers and clouds give them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import UnknownGpuError, known_gpu
from model_garden_registry.hardware.gpu_names import name_words
from model_garden_registry.hardware.gpu_table import KnownGpu, gpu_table
from model_garden_registry.hardware.gpus import ASSUMED, Gpu, Hardware, Slice
from model_garden_registry.hardware.known_gpus import known_gpu_names, known_rows
from model_garden_registry.units import MIB


def names_of(hardware: Hardware) -> list[str]:
    """Give the name of each card that is meant."""
    return [str(gpus[0].name) for gpus in hardware.alternatives or (hardware.gpus,)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("RTX 4090", "RTX 4090"),
        ("4090", "RTX 4090"),
        ("rtx4090", "RTX 4090"),
        ("RTX-4090", "RTX 4090"),
        ("rtx_4090", "RTX 4090"),
        ("GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA GeForce RTX\N{TRADE MARK SIGN} 4090", "RTX 4090"),
        ("RTX 4090 24GB", "RTX 4090"),
        ("RTX 4090 48GB", "RTX 4090 48GB"),
        ("48gb 4090", "RTX 4090 48GB"),
        ("RTX 4090 PCIe", "RTX 4090"),
        ("4090D", "RTX 4090 D"),
        ("a100-80gb", "A100 80GB"),
        ("A100 80GB", "A100 80GB"),
        ("80GB A100", "A100 80GB"),
        ("A100-80", "A100 80GB"),
        ("a100 80 g", "A100 80GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 SXM4 80GB"),
        ("NVIDIA A100 80GB PCIe", "A100 PCIe 80GB"),
        ("A100 SXM 40GB", "A100 SXM4 40GB"),
        ("a100sxm480gb", "A100 SXM4 80GB"),
        ("H100 SXM", "H100 SXM5 80GB"),
        ("h100-sxm5-80gb", "H100 SXM5 80GB"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM5 80GB"),
        ("NVIDIA-H100-80GB-HBM3", "H100 SXM5 80GB"),
        ("H100-80GB", "H100 80GB"),
        ("H100 PCIe", "H100 PCIe 80GB"),
        ("h100 nvl", "H100 NVL"),
        ("H100 94GB", "H100 94GB"),
        ("nvidia-h100-mega-80gb", "H100 SXM5 80GB"),
        ("H200", "H200 141GB"),
        ("GeForce RTX 4070 Ti SUPER", "RTX 4070 Ti SUPER"),
        ("4070tisuper", "RTX 4070 Ti SUPER"),
        ("RTX 4070 SUPER", "RTX 4070 SUPER"),
        ("RTX 4070 Ti", "RTX 4070 Ti"),
        ("3090ti", "RTX 3090 Ti"),
        ("3090", "RTX 3090"),
        ("GTX 1080 Ti", "GTX 1080 Ti"),
        ("GTX 1080", "GTX 1080"),
        ("A10G", "A10G"),
        ("A10", "A10"),
        ("A100 40GB", "A100 40GB"),
        ("T4", "T4"),
        ("Tesla T4", "T4"),
        ("Tesla-T4", "T4"),
        ("nvidia-tesla-t4", "T4"),
        ("nvidia-l4", "L4"),
        ("L4", "L4"),
        ("NVIDIA L4 Tensor Core GPU", "L4"),
        ("L40", "L40"),
        ("L40S", "L40S"),
        ("nvidia-a100-80gb", "A100 80GB"),
        ("nvidia-tesla-p100", "P100 16GB"),
        ("rtx3070ti", "RTX 3070 Ti"),
        ("RTX 3050 6GB", "RTX 3050 6GB"),
        ("rtx5090dv2", "RTX 5090 D V2"),
        ("NVIDIA GeForce RTX 5090 D v2", "RTX 5090 D V2"),
        ("a800-80gb", "A800 80GB"),
        ("NVIDIA-A800-SXM4-80GB", "A800 SXM4 80GB"),
        ("A800 40GB Active", "A800 PCIe 40GB"),
        ("h800-80gb", "H800 80GB"),
        ("NVIDIA H800 PCIe", "H800 PCIe 80GB"),
        ("H20", "H20"),
        ("h20-141gb", "H20-3e"),
        ("NVIDIA GH200 144G HBM3e", "GH200 144GB"),
        ("RTX 4000 SFF Ada", "RTX 4000 SFF Ada"),
        ("rtxa1000", "RTX A1000"),
        ("rtx-a400", "RTX A400"),
        ("RTX PRO 5000 72GB", "RTX PRO 5000 Blackwell 72GB"),
        ("NVIDIA RTX PRO 5000 72GB Blackwell", "RTX PRO 5000 Blackwell 72GB"),
        ("RTX PRO 5000 Blackwell", "RTX PRO 5000 Blackwell"),
        ("rtxpro2000", "RTX PRO 2000 Blackwell"),
        ("RTX 6000D", "RTX 6000D"),
        ("Quadro RTX 5000", "Quadro RTX 5000"),
        ("RTX A5500 Laptop", "RTX A5500 Laptop"),
        ("NVIDIA RTX 5000 Ada Generation Laptop GPU", "RTX 5000 Ada Laptop"),
        ("NVIDIA RTX PRO 5000 Blackwell Generation Laptop GPU", "RTX PRO 5000 Blackwell Laptop"),
        ("Jetson T4000", "Jetson T4000"),
        ("V100-32GB", "V100 32GB"),
        ("Quadro RTX 6000", "Quadro RTX 6000"),
        ("RTX 6000 24GB", "Quadro RTX 6000"),
        ("RTX 6000 Ada", "RTX 6000 Ada"),
        ("RTX6000-Ada", "RTX 6000 Ada"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("RTX A6000", "RTX A6000"),
        ("a6000", "RTX A6000"),
        ("RTX PRO 6000", "RTX PRO 6000 96GB"),
        ("RTXPRO6000", "RTX PRO 6000 96GB"),
        ("RTX 6000 Pro", "RTX PRO 6000 96GB"),
        ("RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server"),
        ("RTX 8000", "Quadro RTX 8000"),
        ("Titan RTX", "TITAN RTX"),
        ("GH200", "GH200"),
        ("NVIDIA GH200 480GB", "GH200"),
        ("B200", "B200"),
        ("GB200", "GB200"),
        ("DGX Spark", "GB10"),
        ("AGX Orin 64GB", "Jetson AGX Orin 64GB"),
        ("Jetson Thor", "Jetson Thor"),
        ("RTX 4090 Laptop", "RTX 4090 Laptop"),
        ("NVIDIA GeForce RTX 4080 Laptop GPU", "RTX 4080 Laptop"),
        ("4070 mobile", "RTX 4070 Laptop"),
        ("4090s", "RTX 4090"),
        ("two 4090s", "RTX 4090"),
        ("NVIDIA-A10G-SHARED", "A10G"),
    ],
)
def test_every_spelling_finds_its_card(typed: str, name: str) -> None:
    """As people type it, as NVML reports it, as clouds and clusters label it."""
    assert names_of(known_gpu(typed)) == [name]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("A100", ["A100 40GB", "A100 80GB"]),
        ("nvidia-tesla-a100", ["A100 40GB", "A100 80GB"]),
        ("A100 PCIe", ["A100 PCIe 40GB", "A100 PCIe 80GB"]),
        ("H100", ["H100 80GB", "H100 NVL"]),
        ("V100", ["V100 16GB", "V100 32GB"]),
        ("RTX 3080", ["RTX 3080 10GB", "RTX 3080 12GB"]),
        ("NVIDIA GeForce RTX 3080", ["RTX 3080 10GB", "RTX 3080 12GB"]),
        ("4060 Ti", ["RTX 4060 Ti 8GB", "RTX 4060 Ti 16GB"]),
        ("RTX 6000", ["Quadro RTX 6000", "RTX 6000 Ada"]),
        ("RTX 4000", ["Quadro RTX 4000", "RTX 4000 Ada"]),
        ("RTX 3050", ["RTX 3050 6GB", "RTX 3050 8GB"]),
        ("3080 laptop", ["RTX 3080 Laptop 8GB", "RTX 3080 Laptop 16GB"]),
        ("RTX PRO 5000", ["RTX PRO 5000 Blackwell", "RTX PRO 5000 Blackwell 72GB"]),
        ("A800", ["A800 40GB", "A800 80GB"]),
        ("H800", ["H800 80GB", "H800 NVL"]),
        ("RTX A2000 Laptop", ["RTX A2000 Laptop 4GB", "RTX A2000 Laptop 8GB"]),
        ("Jetson Orin Nano", ["Jetson Orin Nano 8GB", "Jetson Orin Nano 4GB"]),
        ("GTX 1060", ["GTX 1060 3GB", "GTX 1060 6GB"]),
        ("Jetson AGX Orin", ["Jetson AGX Orin 64GB", "Jetson AGX Orin 32GB"]),
        ("MIG 1g.10gb", ["A100 40GB", "A100 80GB", "H100 80GB"]),
        ("A100 1g.10gb", ["A100 40GB", "A100 80GB"]),
    ],
)
def test_a_name_of_several_cards_keeps_them_all(typed: str, names: list[str]) -> None:
    """Each is an alternative, none is chosen, and a sentence says so."""
    hardware = known_gpu(typed, count=2)

    assert names_of(hardware) == names
    assert hardware.gpus == ()
    assert hardware.hints[0] == f"the name means several GPUs: {', '.join(names)}"


def test_named_gpus_are_facts_from_the_table_and_nothing_of_this_host() -> None:
    """Two of a kind differ in their index only."""
    first = Gpu(index=0, name="L4", total_bytes=23034 * MIB, compute_capability=(8, 9))

    assert known_gpu("L4", count=2) == Hardware(source="named", gpus=(first, replace(first, index=1)))


@pytest.mark.parametrize("typed", ["2x L4", "L4:2", "2 x l-4", "L4 x2", "2\N{MULTIPLICATION SIGN}L4"])
def test_a_count_in_the_name_is_as_good_as_one_beside_it(typed: str) -> None:
    """Also where both say the same."""
    assert known_gpu(typed) == known_gpu(typed, count=2) == known_gpu("L4", count=2)


def test_slices_are_those_of_one_gpu() -> None:
    """The GPU is in MIG mode and no device itself; the slices have the memory of their profile."""
    slices = tuple(
        Slice(
            gpu_index=0,
            index=index,
            profile="1g.5gb",
            name="A100 40GB MIG 1g.5gb",
            total_bytes=4864 * MIB,
            compute_capability=(8, 0),
        )
        for index in range(2)
    )
    gpu = Gpu(
        index=0,
        name="A100 40GB",
        total_bytes=40960 * MIB,
        compute_capability=(8, 0),
        mig_enabled=True,
        slices=slices,
    )

    assert known_gpu("2x A100 MIG 1g.5gb") == Hardware(source="named", gpus=(gpu,))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("1g.5gb", "A100 40GB"),
        ("A100-SXM4-40GB-MIG-1g.5gb", "A100 SXM4 40GB"),
        ("A100 7g.80gb", "A100 80GB"),
        ("A100-80GB:1g.10gb", "A100 80GB"),
        ("NVIDIA-A100-SXM4-80GB-MIG-3g.40gb", "A100 SXM4 80GB"),
        ("A30 4g.24gb", "A30"),
        ("H200 1g.18gb", "H200 141GB"),
        ("RTX PRO 6000 1g.24gb", "RTX PRO 6000 96GB"),
        ("B200 MIG 1g.23gb", "B200"),
        ("MIG 1g.10gb H100", "H100 80GB"),
        ("H100 PCIe MIG 1g.20gb", "H100 PCIe 80GB"),
    ],
)
def test_a_slice_finds_its_parent(typed: str, name: str) -> None:
    """Among the cards that are named and have the profile."""
    assert names_of(known_gpu(typed)) == [name]


def test_memory_that_is_derived_is_said_to_be() -> None:
    """A derived total is no measurement."""
    of_a_slice = "the memory of B200 MIG 1g.23gb is derived from that of other slices, not measured"

    assert known_gpu("RTX 2070").hints == ("the memory of RTX 2070 is derived from that of RTX 2080, not measured",)
    assert known_gpu("B200 1g.23gb").hints == (of_a_slice,)
    assert known_gpu("A100 80GB 1g.10gb").hints == ()


def test_a_size_is_the_smallest_gpu_that_is_sold_with_it() -> None:
    """What it computes is not known; GPUs of laptops and those with the memory of their host do not count."""
    sold = [row for row in gpu_table() if row.marketing_gb == 24 and not row.is_laptop and not row.is_integrated]
    smallest = min(row.total_bytes for row in sold)
    first = Gpu(index=0, name="24 GB GPU", total_bytes=smallest, compute_capability=ASSUMED)
    hint = "a GPU sold with 24 GB has at least 24.15 GB, like A10"

    assert known_gpu("2x 24GB") == Hardware(source="named", gpus=(first, replace(first, index=1)), hints=(hint,))


def test_gibibytes_are_exactly_that() -> None:
    """No table is asked."""
    gpu = Gpu(index=0, name="GPU of 25.77 GB", total_bytes=24 * 2**30, compute_capability=ASSUMED)

    assert known_gpu("24GiB") == Hardware(source="named", gpus=(gpu,))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("22GB", "no GPU in the table is sold with 22 GB (nearest: 20 or 24); write 22GiB for an exact size"),
        ("1GB", "no GPU in the table is sold with 1 GB (nearest: 3); write 1GiB for an exact size"),
        ("900GB", "no GPU in the table is sold with 900 GB (nearest: 288); write 900GiB for an exact size"),
        ("g5.xlarge", "that is a machine of AWS with one A10G; write A10G"),
        ("MI300X", "that is hardware from AMD; only NVIDIA GPUs are supported, such as L4 or 'RTX 4090'"),
        ("cuda:0", "that is not a GPU model; write one such as L4, or leave it out for the GPUs of this machine"),
    ],
)
def test_what_names_no_gpu_says_what_it_is(typed: str, problem: str) -> None:
    """With what to write, in place of near names."""
    with pytest.raises(UnknownGpuError) as caught:
        known_gpu(typed)

    assert (caught.value.problem, caught.value.close) == (problem, ())
    assert str(caught.value) == f"GPU {typed!r}: {problem}"


def test_rows_by_name_are_whole_gpus() -> None:
    """A size means all that are sold with it; without names, all but those of laptops."""
    assert {row.marketing_gb for row in known_rows(["24GB"])} == {24}
    assert {"RTX 4090", "L4", "A10G"} <= {row.name for row in known_rows(["24GB"])}
    assert [row.name for row in known_rows(["L4", "4090 laptop"])] == ["RTX 4090 Laptop", "L4"]
    assert not any(row.is_laptop for row in known_rows(None))
    for name in ("24GiB", "L4:2", "A100 1g.5gb"):
        with pytest.raises(UnknownGpuError, match="name a whole GPU, without a count and without a slice"):
            known_rows([name])
    with pytest.raises(UnknownGpuError, match="did you mean"):
        known_rows(["RTX 409"])


@pytest.mark.parametrize(
    ("typed", "close"),
    [
        pytest.param("L4 48GB", ("L4", "T400 4GB", "RTX 4090 48GB"), id="no such size"),
        pytest.param("A100 48GB", ("A100 SXM4 40GB", "A100 PCIe 40GB", "A100 SXM4 80GB"), id="none of several sizes"),
        pytest.param("RTX 4070 Ti 16GB", ("RTX 4070 Ti", "RTX 4060 Ti 16GB", "RTX 5060 Ti 16GB"), id="another's size"),
        pytest.param(
            "NVIDIA GeForce RTX 3090 Laptop GPU",
            ("RTX 3090", "RTX 3050 Laptop", "RTX 3060 Laptop"),
            id="no laptop has it",
        ),
        pytest.param("RTX 3040", ("RTX 3050", "RTX 3060", "RTX 3070"), id="not in the table"),
        pytest.param("ss", (), id="no plural"),
        pytest.param("RTX 409", ("RTX 4090", "RTX 4090 D", "RTX 4090 48GB"), id="a digit missing"),
        pytest.param("L4 1g.5gb", ("L4", "L40", "L40S"), id="a card without slices"),
        pytest.param(
            "A100 40GB 1g.6gb",
            ("A100 SXM4 40GB 1g.5gb", "A100 SXM4 40GB 1g.10gb", "A100 SXM4 40GB 2g.10gb"),
            id="no such profile",
        ),
        pytest.param(
            "9g.99gb",
            ("A30 1g.6gb", "A30 2g.12gb", "A30 4g.24gb"),
            id="a profile of none",
        ),
        pytest.param("2x what is this", (), id="nothing near"),
    ],
)
def test_an_unknown_name_comes_with_near_ones(typed: str, close: tuple[str, ...]) -> None:
    """Of the same family first; all of them can be asked for."""
    with pytest.raises(UnknownGpuError) as caught:
        known_gpu(typed)

    assert (caught.value.name, caught.value.close, caught.value.problem) == (typed, close, None)
    assert all(known_gpu(name) for name in close)


def test_a_name_in_bad_form_and_an_impossible_count_are_errors_too() -> None:
    """With the problem in place of near names."""
    with pytest.raises(UnknownGpuError, match="it has two counts"):
        known_gpu("2x L4:3")
    with pytest.raises(UnknownGpuError, match="the name says 2 GPUs, the separate count 3"):
        known_gpu("2x L4", count=3)
    with pytest.raises(UnknownGpuError, match="0 is not a valid number of GPUs"):
        known_gpu("L4", count=0)


def test_every_name_to_offer_can_be_asked_for() -> None:
    """No name twice; families, cards and slices are among them."""
    names = known_gpu_names()

    assert len(names) == len(set(names))
    assert {"A100", "A100 SXM4 40GB", "A100 SXM4 40GB 1g.5gb", "RTX 4090", "DGX Spark"} <= set(names)
    assert all(known_gpu(name) for name in names)


# Invariants


def spellings() -> Iterator[tuple[str, KnownGpu]]:
    """Give every name, alias and NVML name of the table with its row."""
    for row in gpu_table():
        yield from ((name, row) for name in (row.name, *row.aliases, *row.nvml_names))


SPELLINGS = list(spellings())
BLANKS = st.sampled_from([" ", "-", "  ", "_", " - "])
COUNTS = st.sampled_from(["{}", "2x {}", "2x{}", "2 x {}", "{}:2", "{} x2", "{} : 2", "2\N{MULTIPLICATION SIGN} {}"])


def meant(hardware: Hardware) -> set[object]:
    """Give what is known of each card that is meant."""
    cards = [gpus[0] for gpus in hardware.alternatives or (hardware.gpus,)]
    return {(gpu.total_bytes, gpu.compute_capability, gpu.is_integrated) for gpu in cards}


@pytest.mark.parametrize(("name", "row"), [pytest.param(*pair, id=f"{pair[1].name}: {pair[0]}") for pair in SPELLINGS])
def test_every_name_of_the_table_gives_its_own_rows(name: str, row: KnownGpu) -> None:
    """All cards that bear the name, and no other; one that needs its size is not among them."""
    words = name_words(name)
    bearers = {found for spelled, found in SPELLINGS if spelled == name and not found.needs_size}
    bearers |= {found for found in gpu_table() if name_words(found.family) == words and not found.needs_size}
    bearers = bearers or {row}

    expected = {(found.total_bytes, found.compute_capability, found.is_integrated) for found in bearers}

    assert meant(known_gpu(name)) == expected


@given(pair=st.sampled_from(SPELLINGS), data=st.data())
def test_case_blanks_and_dashes_do_not_matter(pair: tuple[str, KnownGpu], data: st.DataObject) -> None:
    """Nor does a count before or behind the name."""
    name, _ = pair
    blank, form = data.draw(BLANKS), data.draw(COUNTS)
    changed = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(name).replace(" ", blank)
    expected = known_gpu(name, count=2 if "2" in form else 1)

    assert known_gpu(form.format(changed)) == expected


@given(pair=st.sampled_from(SPELLINGS))
def test_a_name_in_one_word_is_the_same_name(pair: tuple[str, KnownGpu]) -> None:
    """`RTX4090`, `A100SXM480GB`; a size keeps its B then."""
    name, _ = pair
    words = (
        name.replace("144G ", "144GB ")
        .replace("NVIDIA ", "")
        .replace("GeForce ", "")
        .replace("Tesla ", "")
        .replace(" Generation", "")
    )
    joined = words.replace(" Edition", "").replace(" GPU", "").replace(" ", "").replace("-", "")

    assert known_gpu(joined) == known_gpu(name)


def test_looking_up_a_name_loads_no_model_classes(tmp_path: Path) -> None:
    """Neither pydantic nor NVML."""
    program = (
        "import sys; from model_garden_registry import known_gpu; known_gpu('L4');"
        "print(sorted({'pydantic', 'pydantic_core', 'pynvml'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)

    assert done.stdout == "[]\n"
