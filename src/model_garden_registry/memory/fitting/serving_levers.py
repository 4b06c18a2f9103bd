"""Levers of serving: what to change so that a GPU is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings
from model_garden_registry.memory.fitting.levers import Bench, Choice, Gpus, Length, Lever, Price

#: No lever makes the context shorter than this, unless it is already.
SHORTEST_SERVED = 2048
#: Batch sizes that are tried, largest first: powers of two, as engines have them.
_SEQUENCES = (512, 256, 128, 64, 32, 16, 8)


class Share(Lever[InferenceSettings]):
    """
    The share of a GPU that vLLM may take: the largest, as spare memory becomes cache.

    The value is one that vLLM takes, never this registry's 0.0 for an automatic share; if only free memory counts, it
    is the free share.
    """

    moves = ("gpu_memory_utilization",)

    def minimized(self, settings: InferenceSettings, bench: Bench) -> InferenceSettings | None:
        changed = settings.model_copy(update={"gpu_memory_utilization": 0.0})
        if settings.engine == "vllm":
            # Already whole hundredths, except for the rounding to whole bytes.
            largest = round(bench.budget_bytes(changed) / bench.gpu_total_bytes, 2)
            if not largest:
                return None
            changed = settings.model_copy(update={"gpu_memory_utilization": largest})
        is_other = changed.gpu_memory_utilization != settings.gpu_memory_utilization
        is_more = bench.budget_bytes(changed) > bench.budget_bytes(settings)
        return changed if is_more or (is_other and not bench.holds_batch(settings)) else None


class Batched(Choice[InferenceSettings]):
    """The most sequences in a batch, for models with states or engines whose graphs grow with them."""

    moves = ("max_num_seqs",)
    price = Price.LESS_WORK

    def values(self, settings: InferenceSettings, bench: Bench) -> Iterator[Any]:  # noqa: ARG002
        least, now = settings.concurrent, settings.max_num_seqs or _SEQUENCES[0] + 1
        yield from (number for number in _SEQUENCES if least <= number < now)

    def minimized(self, settings: InferenceSettings, bench: Bench) -> InferenceSettings | None:
        fewest = min(self.values(settings, bench), default=None)
        if fewest is None:
            return None
        changed = settings.model_copy(update={"max_num_seqs": fewest})
        is_less = bench.taken_bytes(changed) < bench.taken_bytes(settings)
        return changed if is_less or not bench.holds_batch(settings) else None


class Concurrency(Lever[InferenceSettings]):
    """Sequences at full length that must fit at the same time."""

    moves = ("concurrent",)
    price = Price.LESS_WORK

    def minimized(self, settings: InferenceSettings, bench: Bench) -> InferenceSettings | None:  # noqa: ARG002
        return settings.model_copy(update={"concurrent": 1}) if settings.concurrent > 1 else None

    def relaxed(self, settings: InferenceSettings, bench: Bench, asked: InferenceSettings) -> InferenceSettings:
        most = min(bench.largest(settings, "concurrent"), asked.concurrent)
        return settings.model_copy(update={"concurrent": most})


#: In order of cost: what costs nothing, then fewer sequences, then shorter ones.
SERVING_LEVERS: tuple[Lever[InferenceSettings] | Lever[Settings], ...] = (
    Share(),
    Gpus(),
    Batched(),
    Concurrency(),
    Length("max_model_len", SHORTEST_SERVED),
)
