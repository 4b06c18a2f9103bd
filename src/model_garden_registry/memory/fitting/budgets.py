"""How much of a GPU an estimate may fill, and which GPUs are enough."""

from __future__ import annotations

from enum import Enum
from math import floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.serving.runtime import LARGEST_UTILIZATION

#: A shortfall within this is borderline: GPUs with ECC on drivers before R510 are slightly smaller than
#: their own nominal size, and newer drivers reserve as much of an idle GPU. Source: docs/hardware.md#the-2--tolerance.
HAIR = 0.98
#: What a driver leaves free on an idle GPU: 22,565 of an L4's 23,034 MiB. Source: docs/hardware.md#the-2--tolerance.
_IDLE = 0.98


class Measure(Enum):
    """The measure by which a GPU is enough, strictest first."""

    SAFE = "safe"
    EXPECTED = "expected"

    def bytes_of(self, estimate: MemoryEstimate) -> int:
        """Return the bytes of an estimate that must fit into a budget."""
        return estimate.safe_bytes if self is Measure.SAFE else estimate.expected_bytes


def budget_bytes(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int, free_bytes: int | None = None) -> int:
    """
    Return how much of a GPU an estimate may fill: vLLM stays within its share, other engines and training may take all.

    An automatic share (0.0) is the largest there is: 95 % in whole hundredths, less the CUDA graphs if the release
    counts them outside the share. A fixed share counts as stated, as far as the graphs and the driver's reserve fit
    beside it.

    Args:
        gpu_total_bytes: Memory of the GPU as the driver reports it.

        free_bytes: Free memory, if the task must start beside what already runs; None: all of it counts. vLLM does not
            start if its share is not free.
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
    Return the share of a GPU that an estimate may fill; see ``budget_bytes``.

    Args:
        gpu_total_bytes: None if unknown: CUDA graphs then take no part of it.
    """
    graphs = graphs_beside(entry, settings) if gpu_total_bytes else 0.0
    return share_beside(settings, graphs, gpu_total_bytes=gpu_total_bytes)


def share_beside(settings: Settings, graph_bytes: float, *, gpu_total_bytes: int | None) -> float:
    """
    Return the share of a GPU that an estimate may fill beside this many bytes of CUDA graphs; see ``budget_bytes``.

    Args:
        gpu_total_bytes: None if unknown: CUDA graphs then take no part of it.
    """
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return 1.0
    graphs = graph_bytes / gpu_total_bytes if gpu_total_bytes else 0.0
    if settings.kv_cache_memory_gb:
        # The cache has its fixed size, whatever the share.
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
    Return whether the task fits on a GPU; with several GPUs, whether its part fits on each of them.

    Args:
        gpu_total_bytes: Memory of the GPU as the driver reports it.

        measure: The measure to use.

        free_bytes: Free memory, if only that counts.
    """
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    budget = budget_bytes(entry, settings, gpu_total_bytes=gpu_total_bytes, free_bytes=free_bytes)
    return measure.bytes_of(found) <= budget


def least_gpu_bytes(entry: ModelInfo, settings: Settings, safe: int) -> float:
    """
    Return the memory below which no GPU can be enough, whatever batch an engine chooses and however shares round.

    Args:
        safe: Bytes that must fit into the budget.
    """
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return safe
    graphs = graphs_beside(entry, settings)
    if settings.kv_cache_memory_gb:
        return (safe + graphs) / _IDLE
    if settings.gpu_memory_utilization:
        return max(safe / settings.gpu_memory_utilization, (safe + graphs) / _IDLE)
    return (safe + graphs) / LARGEST_UTILIZATION


def _hundredths(share: float) -> float:
    return max(floor(share * 100), 0) / 100


def graphs_beside(entry: ModelInfo, settings: Settings) -> float:
    """Return the bytes of CUDA graphs outside the share; 0 if the shape is not stated."""
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return 0.0
    from model_garden_registry.memory.serving.vllm import graphs_beside_share  # late: training needs no engine

    try:
        return graphs_beside_share(entry, settings)
    except MissingShapeError:
        return 0.0
