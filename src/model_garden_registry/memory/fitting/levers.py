"""Settings that can be changed so that a GPU is enough: each is a lever that is minimized, then relaxed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.following import with_followers
from model_garden_registry.entries.settings.task_settings import InferenceSettings, Settings, TrainingSettings
from model_garden_registry.families.engines import engine_of
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import Measure, budget_bytes
from model_garden_registry.memory.fitting.solver import (
    Quantity,
    fewest_gpus,
    largest,
    parallel_sizes,
    split,
    with_quantity,
)
from model_garden_registry.memory.gpu_memory import gpu_memory
from model_garden_registry.memory.network.shape import shape_of

#: Bits of a weight in the smallest format in which a stack trains a model: NF4 without its scales.
_FEWEST_BITS = 4

S = TypeVar("S", TrainingSettings, InferenceSettings, Settings)


class Price(Enum):
    """The cost of a change beside time."""

    NOTHING = "nothing"
    OTHER = "another method of training, or another form of the model"
    LESS_WORK = "less of what was asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """
    The model, the GPU and the limits that levers are tried on.

    Args:
        entry: The model.

        gpu_total_bytes: Memory of a GPU as the driver reports it.

        at_most_gpus: The number of GPUs there are.

        measure: The measure that must fit.

        free_bytes: Free memory, if only that counts.
    """

    entry: ModelInfo
    gpu_total_bytes: int
    at_most_gpus: int
    measure: Measure = Measure.SAFE
    free_bytes: int | None = None
    _found: dict[int, tuple[MemoryEstimate, Settings]] = field(default_factory=dict, init=False, compare=False)

    def fits(self, settings: Settings) -> bool:
        """Return whether there are enough GPUs, and whether the settings fit on each."""
        is_within = self.has_gpus(settings) and self.taken_bytes(settings) <= self.budget_bytes(settings)
        return is_within and self.holds_batch(settings)

    def is_hopeless(self, settings: Settings) -> bool:
        """Return whether the weights alone, in the fewest bits possible, are too much for all GPUs together."""
        if isinstance(settings, InferenceSettings):
            is_widest = settings.gpus >= self.at_most_gpus  # only more GPUs would leave less on each
            return is_widest and self.estimate(settings).parts["weights"] > self.gpu_total_bytes
        fewest = shape_of(self.entry).parameters * _FEWEST_BITS // 8
        return settings.offload != "weights" and fewest > self.gpu_total_bytes * self.at_most_gpus

    def has_gpus(self, settings: Settings) -> bool:
        """Return whether there are as many GPUs as the settings need, and the model can be split over them."""
        if isinstance(settings, TrainingSettings):
            return settings.n_gpus <= self.at_most_gpus
        sizes = parallel_sizes(self.entry, settings, self.at_most_gpus)
        return settings.gpus <= self.at_most_gpus and settings.tensor_parallel_size in sizes

    def holds_batch(self, settings: Settings) -> bool:
        """Return whether vLLM's pool has states for all sequences of a batch."""
        if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
            return True
        cache, gpu = self.estimate(settings).cache, gpu_memory(self.gpu_total_bytes)
        if gpu is None or cache is None or not cache.most_sequences:
            return True
        choice = engine_of(settings.engine, settings.engine_version).batch_on(
            gpu, gpu_name=gpu.name, capability=gpu.capability
        )
        return (settings.max_num_seqs or choice.sequences) <= cache.most_sequences

    def taken_bytes(self, settings: Settings) -> int:
        """Return the bytes that must fit."""
        return self.measure.bytes_of(self.estimate(settings))

    def estimate(self, settings: Settings) -> MemoryEstimate:
        """Return the estimate for this GPU; cached, as several levers try the same settings."""
        known = self._found.get(id(settings))
        if known is None:  # keeps the settings alive, so that their id is not reused
            found = estimate(self.entry, settings, gpu_total_bytes=self.gpu_total_bytes)
            known = self._found[id(settings)] = (found, settings)
        return known[0]

    def remember(self, settings: Settings, found: MemoryEstimate) -> None:
        """Keep the estimate for this GPU of settings that were judged before."""
        self._found[id(settings)] = (found, settings)

    def budget_bytes(self, settings: Settings) -> int:
        """Return how much of a GPU an estimate may fill."""
        return budget_bytes(self.entry, settings, gpu_total_bytes=self.gpu_total_bytes, free_bytes=self.free_bytes)

    def largest(self, settings: Settings, quantity: Quantity) -> int:
        """Return the largest value of a quantity that fits, given that the present one does."""
        found = largest(
            self.entry,
            settings,
            quantity,
            gpu_total_bytes=self.gpu_total_bytes,
            measure=self.measure,
            free_bytes=self.free_bytes,
        )
        return found or int(getattr(settings, quantity))

    def fewest_gpus(self, settings: Settings) -> int | None:
        """Return the smallest number of GPUs that the model can be split over and fits on."""
        return fewest_gpus(
            self.entry,
            settings,
            gpu_total_bytes=self.gpu_total_bytes,
            at_most=self.at_most_gpus,
            measure=self.measure,
            free_bytes=self.free_bytes,
        )


class Lever(ABC, Generic[S]):
    """One way to need less memory: the settings that it moves, and its cost."""

    moves: tuple[str, ...]
    price = Price.NOTHING
    #: Whether other levers depend on what this one chooses.
    leads = False

    @abstractmethod
    def minimized(self, settings: S, bench: Bench) -> S | None:
        """Return the settings that need least memory; None if the lever cannot be moved."""

    def relaxed(self, settings: S, bench: Bench, asked: S) -> S:  # noqa: ARG002  (what most levers need)
        """Return the fitting settings nearest to what was asked."""
        return settings

    def undone(self, settings: S, bench: Bench, asked: S) -> S:
        """Return the settings with this lever's settings as they were asked for."""
        values = {name: getattr(asked, name) for name in self.moves if hasattr(asked, name)}
        return settings.model_copy(update=with_followers(bench.entry, settings, values))


class Choice(Lever[S]):
    """A setting with a closed set of values."""

    @abstractmethod
    def values(self, settings: S, bench: Bench) -> Iterator[Any]:
        """Yield the values that may need less memory than the present one, the least intrusive first."""

    def minimized(self, settings: S, bench: Bench) -> S | None:
        changed = [settings.model_copy(update={self.moves[0]: value}) for value in self.values(settings, bench)]
        least = min(changed, key=bench.taken_bytes, default=None)
        return least if least and bench.taken_bytes(least) <= bench.taken_bytes(settings) else None

    def relaxed(self, settings: S, bench: Bench, asked: S) -> S:
        values = self.values(self.undone(settings, bench, asked), bench)
        changed = (settings.model_copy(update={self.moves[0]: value}) for value in values)
        return next((one for one in changed if bench.fits(one)), settings)


class Gpus(Lever[Settings]):
    """The number of GPUs that the model is split over."""

    moves = ("n_gpus", "sharding", "tensor_parallel_size")

    def minimized(self, settings: Settings, bench: Bench) -> Settings | None:
        if settings.nodes > 1:  # whoever names machines has shared the model out
            return None
        if isinstance(settings, InferenceSettings):
            copies = settings.gpus // settings.tensor_parallel_size
            sizes = [*parallel_sizes(bench.entry, settings, bench.at_most_gpus // copies)]
            now, most = settings.tensor_parallel_size, max(sizes, default=0)
            is_possible = now in sizes
        else:
            parts = settings.context_parallel_size
            now, most = 1 if settings.sharding == "none" else settings.n_gpus, bench.at_most_gpus // parts * parts
            is_possible = now <= most
        return split(bench.entry, settings, most) if most > now or (most and not is_possible) else None

    def relaxed(self, settings: Settings, bench: Bench, asked: Settings) -> Settings:  # noqa: ARG002
        fewest = bench.fewest_gpus(settings)
        if fewest and isinstance(settings, TrainingSettings):  # GPUs that share a sequence stay together
            fewest = -(-fewest // settings.context_parallel_size) * settings.context_parallel_size
        return split(bench.entry, settings, fewest) if fewest else settings


class Length(Lever[Settings]):
    """
    The longest sequence.

    Args:
        quantity: The setting.

        shortest: No sequence is made shorter than this, unless it is already.
    """

    price = Price.LESS_WORK

    def __init__(self, quantity: Quantity, shortest: int) -> None:
        self._quantity: Quantity = quantity
        self._shortest = shortest
        self.moves = (quantity,)

    def minimized(self, settings: Settings, bench: Bench) -> Settings | None:  # noqa: ARG002
        if getattr(settings, self._quantity) <= self._shortest:
            return None
        return with_quantity(settings, self._quantity, self._shortest)

    def relaxed(self, settings: Settings, bench: Bench, asked: Settings) -> Settings:
        most = min(bench.largest(settings, self._quantity), getattr(asked, self._quantity))
        return with_quantity(settings, self._quantity, most)
