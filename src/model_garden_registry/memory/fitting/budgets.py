"""What of a card counts as there, and the smallest card that is enough."""

from __future__ import annotations

from enum import Enum
from itertools import count
from math import ceil, floor

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.serving.vllm import LARGEST_UTILIZATION, graph_bytes
from model_garden_registry.units import GB

#: What falls short by no more than this is borderline: ECC cards on drivers before R510 are a hair smaller than their
#: own box number, and newer drivers keep as much of an idle card. Source: docs/hardware.md#two-per-cent.
HAIR = 0.98
#: What a driver leaves of an idle card: 22,565 of an L4's 23,034 MiB. Source: docs/hardware.md#two-per-cent.
_IDLE = 0.98
#: A size is exact to one part in so many, or to 1 GB where that is more.
_STEPS = 1000


class Measure(Enum):
    """By what a card is judged to have room, strictest first."""

    SAFE = "safe"
    EXPECTED = "expected"
    BORDERLINE = "borderline"

    def bytes_of(self, estimate: MemoryEstimate) -> int:
        """Give what a budget must hold of an estimate."""
        match self:
            case Measure.SAFE:
                return estimate.safe_bytes
            case Measure.EXPECTED:
                return estimate.expected_bytes
            case _:
                return ceil(HAIR * estimate.expected_bytes)


def budget_bytes(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int) -> int:
    """
    Give what an estimate may fill of a card: vLLM stays within its share, everybody else may take all.

    An automatic share (0.0) is the largest there is: 95 % less the CUDA graphs, in whole hundredths. A share that is
    set counts as what it says, as far as the graphs and what the driver keeps for itself fit beside it.

    Args:
        gpu_total_bytes: Memory of the card as the driver reports it.
    """
    return floor(largest_share(entry, settings, gpu_total_bytes=gpu_total_bytes) * gpu_total_bytes)


def largest_share(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int | None) -> float:
    """
    Give what share of a card counts as there; see ``budget_bytes``.

    Args:
        gpu_total_bytes: None where it is not known: CUDA graphs then take no part of it.
    """
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return 1.0
    graphs = _graph_bytes(entry, settings) / gpu_total_bytes if gpu_total_bytes else 0.0
    if settings.gpu_memory_utilization:
        return min(settings.gpu_memory_utilization, _hundredths(_IDLE - graphs))
    return _hundredths(LARGEST_UTILIZATION - graphs)


def has_room(entry: ModelInfo, settings: Settings, *, gpu_total_bytes: int, measure: Measure = Measure.SAFE) -> bool:
    """
    Say whether a card has room; of several GPUs, whether each of them has.

    Args:
        gpu_total_bytes: Memory of the card as the driver reports it.

        measure: For what.
    """
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    return measure.bytes_of(found) <= budget_bytes(entry, settings, gpu_total_bytes=gpu_total_bytes)


def smallest_card_gb(entry: ModelInfo, settings: Settings) -> int:
    """
    Give the smallest card, in whole decimal GB, that has room for ``safe``.

    Engines choose the size of their batch by the card, so a larger one may have less room than this.
    """
    least = ceil(_least_bytes(entry, settings, estimate(entry, settings, gpu_total_bytes=GB).safe_bytes) / GB)
    step = max(1, least // _STEPS)  # of a card that nobody makes, not every GB is looked at
    return next(size for size in count(least, step) if has_room(entry, settings, gpu_total_bytes=size * GB))


def _least_bytes(entry: ModelInfo, settings: Settings, safe: int) -> float:
    """Give what no card may fall short of, whatever an engine chooses and however shares are rounded."""
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return safe
    graphs = _graph_bytes(entry, settings)
    if settings.gpu_memory_utilization:
        return max(safe / settings.gpu_memory_utilization, (safe + graphs) / _IDLE)
    return (safe + graphs) / LARGEST_UTILIZATION


def _hundredths(share: float) -> float:
    return max(floor(share * 100), 0) / 100


def _graph_bytes(entry: ModelInfo, settings: InferenceSettings) -> int:
    """Give the CUDA graphs; of a network whose shape is not stated nobody knows their size, and nothing counts."""
    try:
        return graph_bytes(entry, settings)
    except MissingShapeError:
        return 0
