"""Sizes of GPUs: the smallest that is enough, and the requirements of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import NamedTuple, TypeVar

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import fits, least_gpu_bytes
from model_garden_registry.units import GB, MIB

#: Memory of GPUs of the common sizes on sale, in whole decimal GB: the least total of all that are sold as 6, 8, 10,
#: 12, 16, 24, 32, 40, 48, 80, 96, 141, 180 and 288 GB. Source: the table of known GPUs, as GPU_TOTALS_MIB.
GPU_SIZES_GB = (6, 8, 10, 12, 16, 24, 34, 42, 48, 85, 102, 150, 192, 288)

#: Totals as drivers report them, in MiB, one for each number of whole decimal GB: the least that a GPU with that number
#: has, among those from compute capability 7.0 on, which engines run on; if no GPU has the number, that of a MIG slice
#: that was seen. Source: the table of known GPUs, without those that share main memory.
GPU_TOTALS_MIB = (
    *(4094, 4864, 6113, 8151, 10240, 11264, 12227, 15356, 16302, 19968, 20470, 22144, 23028, 24455),
    *(32607, 40960, 46068, 47488, 48512, 48935, 65247, 73415, 80896, 81559, 85651, 95232, 95830, 97871),
    *(143771, 146831, 183359, 189471, 275040, 284208),
)
_KNOWN_BYTES: Mapping[int, int] = {mib * MIB // GB: mib * MIB for mib in GPU_TOTALS_MIB}

#: Context of a serving minimum, in tokens, for models with at least as many positions.
LEAST_CONTEXT = 8192

#: A size is exact to one part in this many, or to 1 GB if that is more.
_STEPS = 1000


S = TypeVar("S", bound=Settings)


class RequiredMemory(NamedTuple):
    """
    GPU memory in an entry's requirements: whole decimal GB of the total that a driver reports.

    Args:
        min_vram_gb: The smallest GPU that safely fits the task with a batch of one, or with one sequence of the common
            minimum context, so that sibling models compare.

        recommended_vram_gb: The next size on sale above it that safely fits the settings as given.
    """

    min_vram_gb: int
    recommended_vram_gb: int


def required_memory(entry: ModelInfo, settings: Settings) -> RequiredMemory:
    """Return the GPU memory that an entry requires for its own settings."""
    minimum = smallest_gpu_gb(entry, least_settings(entry, settings))
    # Above the minimum, so that there is spare memory even if the settings ask for a batch of one only.
    return RequiredMemory(minimum, gpu_size_gb(max(minimum + 1, smallest_gpu_gb(entry, settings))))


def least_settings(entry: ModelInfo, settings: S) -> S:
    """Return the settings of a minimum: a batch of one; in serving, one sequence of the common minimum context."""
    if isinstance(settings, TrainingSettings):
        return settings.model_copy(update={"batch_size": 1})
    positions = entry.architecture.max_position_embeddings if entry.architecture else None
    length = min(LEAST_CONTEXT, positions or LEAST_CONTEXT)
    return settings.model_copy(update={"max_model_len": length, "concurrent": 1})


def gpu_size_gb(least: int) -> int:
    """Return the smallest size on sale with at least this many GB; the number itself if none is that large."""
    return next((size for size in GPU_SIZES_GB if size >= least), least)


def gpu_bytes(size_gb: int) -> int:
    """Return the memory of a GPU of this many whole GB: that of the smallest known one, else exactly as many."""
    return _KNOWN_BYTES.get(size_gb, size_gb * GB)


def smallest_gpu_gb(entry: ModelInfo, settings: Settings) -> int:
    """
    Return the smallest GPU, in whole decimal GB of its total, that ``safe`` fits on.

    No known GPU from compute capability 7.0 on with that number of GB has less than ``gpu_bytes``: the answer is 24
    where 24.1 GB are needed, as all that are sold as 24 GB have more. Engines choose their batch size by the
    GPU, so a larger GPU is not always enough.
    """
    # A GPU of 1 GB makes engines choose their smallest batch: nothing below what that takes is enough.
    least = _least_gb(entry, settings, GB)
    if least > GPU_SIZES_GB[-1]:  # larger than any real GPU: engines choose the largest batch
        least = _least_gb(entry, settings, least * GB)
    step = max(1, least // _STEPS)  # no such GPU exists, so not every GB is tried
    return next(size for size in count(least, step) if fits(entry, settings, gpu_total_bytes=gpu_bytes(size)))


def _least_gb(entry: ModelInfo, settings: Settings, gpu_total_bytes: int) -> int:
    """Return the whole GB that the task needs with the batch chosen on a GPU of this size; at least 1."""
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    return max(1, int(least_gpu_bytes(entry, settings, found.safe_bytes) // GB))
