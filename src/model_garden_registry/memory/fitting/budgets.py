"""What an estimate may fill of a GPU, and which GPUs are enough by that."""

from __future__ import annotations

from enum import Enum
from math import floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate

#: What falls short by no more than this is borderline: GPUs with ECC on drivers before R510 are a hair smaller than
#: their own box number, and newer drivers reserve as much of an idle GPU. Source: docs/hardware.md#two-per-cent.
HAIR = 0.98
#: What a driver leaves of an idle GPU: 22,565 of an L4's 23,034 MiB. Source: docs/hardware.md#two-per-cent.
_IDLE = 0.98


class Measure(Enum):
    """By what a GPU is judged to be enough, strictest first."""

    SAFE = "safe"
    EXPECTED = "expected"

    def bytes_of(self, estimate: MemoryEstimate) -> int:
        """Return what of an estimate must fit into a budget."""
        return estimate.safe_bytes if self is Measure.SAFE else estimate.expected_bytes


def budget_bytes(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int, free_bytes: int | None = None) -> int:
    """
    Return what an estimate may fill of a GPU: vLLM stays within its share, other engines and training may take all.

    An automatic share (0.0) is the largest there is: 95 % in whole hundredths, less the CUDA graphs where a release
    counts them beside it. A share that is set counts as what it says, as far as these and what the driver reserves fit
    beside it.

    Args:
        gpu_total_bytes: Memory of the GPU as the driver reports it.

        free_bytes: What of it is free, where the task must start beside what is there; None: all counts. vLLM does not
            start where its share is not free.
    """
    share = largest_share(entry, settings, gpu_total_bytes=gpu_total_bytes)
    if free_bytes is None:
        return floor(share * gpu_total_bytes)
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return min(gpu_total_bytes, free_bytes)
    if settings.gpu_memory_utilization * gpu_total_bytes > free_bytes:
        return 0
    return floor(min(share, _hundredths(free_bytes / gpu_total_bytes)) * gpu_total_bytes)


def largest_share(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int | None) -> float:
    """
    Return what share of a GPU an estimate may fill; see ``budget_bytes``.

    Args:
        gpu_total_bytes: None where it is not known: CUDA graphs then take no part of it.
    """
    graphs = graphs_beside(entry, settings) if gpu_total_bytes else 0.0
    return share_beside(settings, graphs, gpu_total_bytes=gpu_total_bytes)


def share_beside(settings: Settings, graph_bytes: float, *, gpu_total_bytes: int | None) -> float:
    """
    Return what share of a GPU an estimate may fill beside CUDA graphs of so many bytes; see ``budget_bytes``.

    Args:
        gpu_total_bytes: None where it is not known: CUDA graphs then take no part of it.
    """
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return 1.0
    from model_garden_registry.memory.serving.vllm import LARGEST_UTILIZATION  # late: training needs no engine

    graphs = graph_bytes / gpu_total_bytes if gpu_total_bytes else 0.0
    if settings.kv_cache_memory_gb:
        # The cache is as large as it is set, whatever the share says.
        return _hundredths(_IDLE - graphs)
    if settings.gpu_memory_utilization:
        return min(settings.gpu_memory_utilization, _hundredths(_IDLE - graphs))
    return _hundredths(LARGEST_UTILIZATION - graphs)


def fits(
    entry: ModelInfo,
    settings: Settings,
    *,
    gpu_total_bytes: int,
    measure: Measure = Measure.SAFE,
    free_bytes: int | None = None,
) -> bool:
    """
    Return whether the task fits on a GPU; of several GPUs, whether its part fits on each of them.

    Args:
        gpu_total_bytes: Memory of the GPU as the driver reports it.

        measure: By what.

        free_bytes: What of that memory is free, where only that counts.
    """
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    budget = budget_bytes(entry, settings, gpu_total_bytes=gpu_total_bytes, free_bytes=free_bytes)
    return measure.bytes_of(found) <= budget


def least_gpu_bytes(entry: ModelInfo, settings: Settings, safe: int) -> float:
    """
    Return what no GPU may fall short of, whatever an engine chooses and however shares are rounded.

    Args:
        safe: Bytes that must fit into the budget.
    """
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return safe
    from model_garden_registry.memory.serving.vllm import LARGEST_UTILIZATION

    graphs = graphs_beside(entry, settings)
    if settings.kv_cache_memory_gb:
        return (safe + graphs) / _IDLE
    if settings.gpu_memory_utilization:
        return max(safe / settings.gpu_memory_utilization, (safe + graphs) / _IDLE)
    return (safe + graphs) / LARGEST_UTILIZATION


def _hundredths(share: float) -> float:
    return max(floor(share * 100), 0) / 100


def graphs_beside(entry: ModelInfo, settings: Settings) -> float:
    """Return the bytes of CUDA graphs beside the share; of a shape that is not stated their size is not known."""
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return 0.0
    from model_garden_registry.memory.serving.vllm import graphs_beside_share

    try:
        return graphs_beside_share(entry, settings)
    except MissingShapeError:
        return 0.0
