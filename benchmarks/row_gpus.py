"""The column `gpu` of a measured row: ``A100-80GB``, ``4xH100``, ``1x80GB``, ``H100-80GB(79.19GiB)``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import Gpu, Hardware
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.units import GIB

#: A GPU that only its memory is known of.
_SIZE = re.compile(r"(\d+) ?Gi?B", re.IGNORECASE)
#: How many, before or behind the name.
_COUNT = re.compile("^\\d+ ?[x\u00d7*] ?|(?<![a-z]) ?[x\u00d7*] ?\\d+$", re.IGNORECASE)
#: What the driver reports, behind the name.
_EXACT = re.compile(r"\(([\d.]+) ?GiB\)")


def row_gpu(row: Mapping[str, str], *, least_bytes: float = 0) -> Hardware | None:
    """
    Give the GPU that a row names, from the table of known ones; None where it names none that is known.

    Args:
        least_bytes: What was on it: of GPUs of that name, the first that has so much.
    """
    try:
        found = known_gpu(_name(row))
    except UnknownGpuError:
        return None
    choices = found.alternatives or (found.gpus,)
    large = [gpus for gpus in choices if _bytes(gpus[0]) >= least_bytes]
    return Hardware(source="named", gpus=(large or choices)[0])


def gpu_bytes(row: Mapping[str, str], gpu: Hardware | None) -> GpuMemory | None:
    """Give the memory of a row's GPU: as stated, else as known by its name, else of the least one sold as so large."""
    if exact := _EXACT.search(row.get("gpu", "")):
        return round(float(exact[1]) * GIB)
    if gpu:
        return _bytes(gpu.gpus[0])
    if sized := _SIZE.fullmatch(_name(row)):
        return min((known.total_bytes for known in gpu_table() if known.marketing_gb == int(sized[1])), default=None)
    return None


def _name(row: Mapping[str, str]) -> str:
    return _COUNT.sub("", _EXACT.sub("", row.get("gpu", "")).strip())


def _bytes(gpu: Gpu) -> int:
    assert isinstance(gpu.total_bytes, int)  # the table knows them all
    return gpu.total_bytes
