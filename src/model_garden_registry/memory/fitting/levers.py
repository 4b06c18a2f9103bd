"""What can be changed so that a GPU is enough: each setting as a lever that is minimized, then relaxed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.memory.fitting.budgets import Measure, budget_bytes, fits
from model_garden_registry.memory.fitting.solver import (
    Quantity,
    fewest_gpus,
    largest,
    parallel_sizes,
    split,
    with_quantity,
)
from model_garden_registry.memory.network.weight_formats import published_format

#: No lever makes a sequence shorter than this, unless it is already: what is left would be another task.
SHORTEST_TRAINED = 512
SHORTEST_SERVED = 2048

S = TypeVar("S", TrainingSettings, InferenceSettings, Settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """
    What levers are tried on.

    Args:
        entry: The model.

        gpu_total_bytes: Memory of a GPU as the driver reports it.

        at_most_gpus: How many of them there are.

        measure: What must fit.
    """

    entry: ModelInfo
    gpu_total_bytes: int
    at_most_gpus: int
    measure: Measure = Measure.SAFE

    def fits(self, settings: Settings) -> bool:
        """Return whether the settings fit on a GPU."""
        return fits(self.entry, settings, gpu_total_bytes=self.gpu_total_bytes, measure=self.measure)

    def budget_bytes(self, settings: Settings) -> int:
        """Give what an estimate may fill of a GPU."""
        return budget_bytes(self.entry, settings, gpu_total_bytes=self.gpu_total_bytes)

    def largest(self, settings: Settings, quantity: Quantity) -> int:
        """Return the largest value of a quantity whose present value fits."""
        found = largest(self.entry, settings, quantity, gpu_total_bytes=self.gpu_total_bytes, measure=self.measure)
        return found or int(getattr(settings, quantity))

    def fewest_gpus(self, settings: Settings) -> int | None:
        """Give the smallest number of GPUs over which the model can be split so that it fits on each."""
        return fewest_gpus(
            self.entry,
            settings,
            gpu_total_bytes=self.gpu_total_bytes,
            at_most=self.at_most_gpus,
            measure=self.measure,
        )


class Lever(ABC, Generic[S]):
    """One way to need less."""

    @abstractmethod
    def minimized(self, settings: S, bench: Bench) -> S | None:
        """Return the settings that need least; None where the lever cannot be moved."""

    def relaxed(self, settings: S, bench: Bench, asked: S) -> S:  # noqa: ARG002  (what most levers need)
        """Return, for settings that fit, those nearest to what was asked that still do."""
        return settings


class Share(Lever[InferenceSettings]):
    """The share of a GPU that vLLM may take: automatic is the largest."""

    def minimized(self, settings: InferenceSettings, bench: Bench) -> InferenceSettings | None:
        automatic = settings.model_copy(update={"gpu_memory_utilization": 0.0})
        return automatic if bench.budget_bytes(automatic) > bench.budget_bytes(settings) else None


class Concurrency(Lever[InferenceSettings]):
    """Sequences at full length that must fit at the same time."""

    def minimized(self, settings: InferenceSettings, bench: Bench) -> InferenceSettings | None:  # noqa: ARG002
        return settings.model_copy(update={"concurrent": 1}) if settings.concurrent > 1 else None

    def relaxed(self, settings: InferenceSettings, bench: Bench, asked: InferenceSettings) -> InferenceSettings:
        most = min(bench.largest(settings, "concurrent"), asked.concurrent)
        return settings.model_copy(update={"concurrent": most})


class Batch(Lever[TrainingSettings]):
    """Sequences of a step; accumulation makes up for fewer, so that as many as before count."""

    def minimized(self, settings: TrainingSettings, bench: Bench) -> TrainingSettings | None:  # noqa: ARG002
        return _with_batch(settings, 1) if settings.batch_size > 1 else None

    def relaxed(self, settings: TrainingSettings, bench: Bench, asked: TrainingSettings) -> TrainingSettings:
        most = min(bench.largest(settings, "batch_size"), asked.batch_size)
        effective = settings.batch_size * settings.gradient_accumulation_steps
        return _with_batch(settings, next(size for size in range(most, 0, -1) if effective % size == 0))


class Length(Lever[Settings]):
    """The longest sequence."""

    def __init__(self, quantity: Quantity, shortest: int) -> None:
        self._quantity: Quantity = quantity
        self._shortest = shortest

    def minimized(self, settings: Settings, bench: Bench) -> Settings | None:  # noqa: ARG002
        if getattr(settings, self._quantity) <= self._shortest:
            return None
        return with_quantity(settings, self._quantity, self._shortest)

    def relaxed(self, settings: Settings, bench: Bench, asked: Settings) -> Settings:
        most = min(bench.largest(settings, self._quantity), getattr(asked, self._quantity))
        return with_quantity(settings, self._quantity, most)


class Method(Lever[TrainingSettings]):
    """What is trained: an adapter instead of all weights, on quantised weights instead of those as published."""

    def minimized(self, settings: TrainingSettings, bench: Bench) -> TrainingSettings | None:
        is_half = published_format(bench.entry.quantization) == "half" and not settings.base_quantization
        if settings.method != "qlora" and is_half:
            return with_changes(bench.entry, settings, {"method": "qlora"}, "remedy")
        return None

    def relaxed(self, settings: TrainingSettings, bench: Bench, asked: TrainingSettings) -> TrainingSettings:
        adapter = with_changes(bench.entry, settings, {"method": "lora"}, "remedy")
        return adapter if asked.method == "full" and bench.fits(adapter) else settings


class Gpus(Lever[Settings]):
    """How many GPUs the model is split over."""

    def minimized(self, settings: Settings, bench: Bench) -> Settings | None:
        if isinstance(settings, InferenceSettings):
            now, most = settings.tensor_parallel_size, max(parallel_sizes(bench.entry, settings, bench.at_most_gpus))
        else:
            now, most = 1 if settings.sharding == "none" else settings.n_gpus, bench.at_most_gpus
        return split(bench.entry, settings, most) if most > now else None

    def relaxed(self, settings: Settings, bench: Bench, asked: Settings) -> Settings:  # noqa: ARG002
        fewest = bench.fewest_gpus(settings)
        return split(bench.entry, settings, fewest) if fewest else settings


#: Cheapest in quality first.
TRAINING_LEVERS: tuple[Lever[TrainingSettings] | Lever[Settings], ...] = (
    Batch(),
    Length("max_seq_length", SHORTEST_TRAINED),
    Method(),
    Gpus(),
)
SERVING_LEVERS: tuple[Lever[InferenceSettings] | Lever[Settings], ...] = (
    Share(),
    Concurrency(),
    Length("max_model_len", SHORTEST_SERVED),
    Gpus(),
)
#: The settings that levers move, in that order.
MOVED = (
    *("batch_size", "gradient_accumulation_steps", "gpu_memory_utilization", "concurrent", "max_seq_length"),
    *("max_model_len", "method", "n_gpus", "sharding", "tensor_parallel_size"),
)


def _with_batch(settings: TrainingSettings, batch_size: int) -> TrainingSettings:
    effective = settings.batch_size * settings.gradient_accumulation_steps
    return settings.model_copy(
        update={"batch_size": batch_size, "gradient_accumulation_steps": effective // batch_size}
    )
