"""The table of GPUs that people name: facts of GPUs that need not be in this machine, with their sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from model_garden_registry.bundled import bundled_gpus
from model_garden_registry.units import GB, MIB


class TotalKind(StrEnum):
    """How the table knows the memory of a GPU."""

    NVML = "nvml"
    DERIVED = "derived"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGpu:
    """
    One row: a GPU as it is sold.

    Args:
        name: Its unique name in the table.

        family: The common name of several rows: ``A100``.

        aliases: Other names in use.

        nvml_names: Names in NVML, newest driver first.

        marketing_gb: Nominal size in GB.

        total_kind: Whether the total was seen in NVML, is derived from another GPU, or is nominal.

        nvml_total_mib: Memory of the whole GPU in NVML, in MiB.

        derived_from: The row that the total is derived from.

        needs_size: Whether this GPU is meant only by a name with its size, not by the family's name alone.

        compute_capability: Major and minor.

        bandwidth_gb_per_s: Of its memory, in 10^9 bytes per second; None if not known.

        memory_type: Such as ``GDDR6X`` or ``HBM3``; None if unknown.

        peak_tflops: Pairs of a number format (``fp32``, ``tf32``, ``bf16``, ``fp16``, ``fp8``, ``int8``, ``fp4``) and
            peak rate of the whole GPU at its boost clock, in 10^12 operations per second: dense, with sums in
            float32. A format that is left out is unknown, or the GPU does not compute in it.

        number_sources: Pairs of ``bandwidth`` or a format of ``peak_tflops``, and the key of its source.

        architecture: NVIDIA's name of the generation.

        form_factor: Such as ``SXM5`` or ``laptop``.

        is_integrated: Whether it uses the memory of the host.

        mig_total_mib: Pairs of MIG profile and memory of one such slice, in MiB.

        mig_derived: Profiles whose memory was not seen, but derived from others.

        sources: Keys of the table's sources.
    """

    name: str
    family: str
    aliases: tuple[str, ...]
    nvml_names: tuple[str, ...]
    marketing_gb: int
    total_kind: TotalKind
    nvml_total_mib: int | None
    derived_from: str | None
    needs_size: bool
    compute_capability: tuple[int, int]
    bandwidth_gb_per_s: float | None
    memory_type: str | None
    peak_tflops: tuple[tuple[str, float], ...]
    number_sources: tuple[tuple[str, str], ...]
    architecture: str
    form_factor: str
    is_integrated: bool
    mig_total_mib: tuple[tuple[str, int], ...]
    mig_derived: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def total_bytes(self) -> int:
        """Memory of the whole GPU in bytes; for an integrated part the memory shared with the host, an upper bound."""
        return self.marketing_gb * GB if self.nvml_total_mib is None else self.nvml_total_mib * MIB

    @property
    def is_laptop(self) -> bool:
        """Whether it is a laptop GPU: the only GPU of its kind in the machine."""
        return self.form_factor == "laptop"

    def slice_bytes(self, profile: str) -> int | None:
        """Return the memory of a MIG slice, in bytes; None if the GPU has no such profile in the table."""
        mib = dict(self.mig_total_mib).get(profile)
        return None if mib is None else mib * MIB


@cache
def gpu_table() -> tuple[KnownGpu, ...]:
    """Return all rows in the order of the file, which is read on first use."""
    rows = json.loads(bundled_gpus().read_text(encoding="utf-8"))["gpus"]
    return tuple(map(_parse_row, rows))


def _parse_row(row: dict[str, Any]) -> KnownGpu:
    major, _, minor = row["compute_capability"].partition(".")
    parsed = {
        "aliases": tuple(row["aliases"]),
        "nvml_names": tuple(row["nvml_names"]),
        "total_kind": TotalKind(row["total_kind"]),
        "compute_capability": (int(major), int(minor)),
        "peak_tflops": tuple(row["peak_tflops"].items()),
        "number_sources": tuple(row["number_sources"].items()),
        "mig_total_mib": tuple(row["mig_total_mib"].items()),
        "mig_derived": tuple(row["mig_derived"]),
        "sources": tuple(row["sources"]),
    }
    return KnownGpu(**row | parsed)
