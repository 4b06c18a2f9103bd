"""The column `gpu` of a measured row: ``A100-80GB``, ``4xH100``, ``1x80GB``, ``H100-80GB(79.19GiB)``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from model_garden_registry.checks.hardware.need import memory_of
from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.units import GIB

#: A GPU that only its memory is known of.
_SIZE = re.compile(r"(\d+) ?Gi?B", re.IGNORECASE)
#: How many, before or behind the name.
_COUNT = re.compile("^\\d+ ?[x\u00d7*] ?|(?<![a-z]) ?[x\u00d7*] ?\\d+$", re.IGNORECASE)
#: What the driver reports, behind the name.
_EXACT = re.compile(r"\(([\d.]+) ?GiB\)")


def row_gpu(row: Mapping[str, str], *, least_bytes: float = 0) -> GpuMemory | None:
    """
    Return the memory of the GPU that a row names, with what the table of known GPUs says of it; None if that is none.

    The memory is as the row states it, else that of the name, else that of the least one sold as so large.

    Args:
        least_bytes: What was on it: of GPUs of that name, the first that has so much.
    """
    text = row.get("gpu", "").strip()
    name = _COUNT.sub("", _EXACT.sub("", text).strip())
    gpu = _named(name, least_bytes)
    if exact := _EXACT.search(text):
        total = round(float(exact[1]) * GIB)
        return GpuMemory(total, name=gpu.name, capability=gpu.capability) if gpu else GpuMemory(total)
    if gpu is None and (sized := _SIZE.fullmatch(name)):
        totals = [known.total_bytes for known in gpu_table() if known.marketing_gb == int(sized[1])]
        return GpuMemory(min(totals)) if totals else None
    return gpu


def _named(name: str, least_bytes: float) -> GpuMemory | None:
    try:
        found = known_gpu(name)
    except UnknownGpuError:
        return None
    choices = [memory for gpus in found.alternatives or (found.gpus,) if (memory := memory_of(gpus[0]))]
    return next((memory for memory in choices if memory >= least_bytes), choices[0])
