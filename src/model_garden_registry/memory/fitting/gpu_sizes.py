"""Sizes of GPUs: the smallest that is enough, and what an entry's requirements state by that."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import NamedTuple, TypeVar

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import fits, least_gpu_bytes
from model_garden_registry.units import GB, MIB

#: What GPUs of the common sizes on sale have, in whole decimal GB: the least total of all that are sold as 6, 8, 10,
#: 12, 16, 24, 32, 40, 48, 80, 96, 141, 180 and 288 GB. Source: the table of known GPUs, as GPU_TOTALS_MIB.
GPU_SIZES_GB = (6, 8, 10, 12, 16, 24, 34, 42, 48, 85, 102, 150, 192, 288)

#: Totals as drivers report them, in MiB, one for each number of whole decimal GB: the least that a GPU with that number
#: has, of those from compute capability 7.0 on, which engines run on; where no GPU has the number, that of a MIG slice
#: that was seen. Source: the table of known GPUs, without those that share main memory.
GPU_TOTALS_MIB = (
    *(4094, 4864, 6113, 8151, 10240, 11264, 12227, 15356, 16302, 19968, 20470, 22144, 23028, 24455),
    *(32607, 40960, 46068, 47488, 48512, 48935, 65247, 73415, 80896, 81559, 85651, 95232, 95830, 97871),
    *(143771, 146831, 183359, 189471, 275040, 284208),
)
_KNOWN_BYTES: Mapping[int, int] = {mib * MIB // GB: mib * MIB for mib in GPU_TOTALS_MIB}

#: Context that a minimum for serving is for, in tokens, where a model has so many positions.
LEAST_CONTEXT = 8192

#: A size is exact to one part in so many, or to 1 GB where that is more.
_STEPS = 1000


S = TypeVar("S", bound=Settings)


class RequiredMemory(NamedTuple):
    """
    Memory of a GPU as an entry's requirements state it: whole decimal GB of the total that a driver reports.

    Args:
        min_vram_gb: The smallest GPU that safely fits the task with a batch of one, or with one sequence of the context
            that all minima are for, so that siblings compare.

        recommended_vram_gb: The next size on sale above it that safely fits the settings as they are.
    """

    min_vram_gb: int
    recommended_vram_gb: int


def required_memory(entry: ModelInfo, settings: Settings) -> RequiredMemory:
    """Return the memory that an entry requires of each GPU for these settings, its own."""
    minimum = smallest_gpu_gb(entry, least_settings(entry, settings))
    # Above the minimum, so that there is memory to spare also where a batch of one is all that the settings ask for.
    return RequiredMemory(minimum, gpu_size_gb(max(minimum + 1, smallest_gpu_gb(entry, settings))))


def least_settings(entry: ModelInfo, settings: S) -> S:
    """Return the settings that a minimum is for: a batch of one; in serving, a sequence of the same length for all."""
    if isinstance(settings, TrainingSettings):
        return settings.model_copy(update={"batch_size": 1})
    positions = entry.architecture.max_position_embeddings if entry.architecture else None
    length = min(LEAST_CONTEXT, positions or LEAST_CONTEXT)
    return settings.model_copy(update={"max_model_len": length, "concurrent": 1})


def gpu_size_gb(least: int) -> int:
    """Return the smallest size on sale that has so many GB; where none has, that number itself."""
    return next((size for size in GPU_SIZES_GB if size >= least), least)


def gpu_bytes(size_gb: int) -> int:
    """Return the memory of a GPU of so many whole GB: that of the smallest known one, else just as many."""
    return _KNOWN_BYTES.get(size_gb, size_gb * GB)


def smallest_gpu_gb(entry: ModelInfo, settings: Settings) -> int:
    """
    Return the smallest GPU, in whole decimal GB of its total, that ``safe`` fits on.

    No known GPU from compute capability 7.0 on has less than ``gpu_bytes`` of that number but as many whole GB: 24
    where 24.1 GB are needed, as all that are sold as 24 GB have more. Engines choose the size of their batch by the
    GPU, so that it need not fit on a larger one.
    """
    # A GPU of 1 GB makes engines choose their smallest batch: nothing below what that takes is enough.
    least = _least_gb(entry, settings, GB)
    if least > GPU_SIZES_GB[-1]:  # beyond every real GPU, the largest batch is chosen
        least = _least_gb(entry, settings, least * GB)
    step = max(1, least // _STEPS)  # of a GPU that does not exist, not every GB is tried
    return next(size for size in count(least, step) if fits(entry, settings, gpu_total_bytes=gpu_bytes(size)))


def _least_gb(entry: ModelInfo, settings: Settings, gpu_total_bytes: int) -> int:
    """Return the whole GB without which the batch that is chosen on a GPU of that size does not fit; at least 1."""
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    return max(1, int(least_gpu_bytes(entry, settings, found.safe_bytes) // GB))
