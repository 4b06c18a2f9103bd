"""MemoryEstimate: bytes on each GPU, by part, with its assumptions and its error band."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, overload

from model_garden_registry.entries.part import read_only
from model_garden_registry.entries.tasks import Task

#: A shape guessed from the size alone.
COARSE_MARGIN = 0.35


class Sentences(Sequence[str]):
    """
    Sentences that are built on first read: most estimates are compared and never read.

    Args:
        make: Builds them.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Iterable[str]]) -> None:
        self._make = make
        self._made: tuple[str, ...] | None = None

    @property
    def _all(self) -> tuple[str, ...]:
        if self._made is None:
            self._made = tuple(self._make())
        return self._made

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def __eq__(self, other: object) -> bool:
        return self._all == (other._all if isinstance(other, Sentences) else other)

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return repr(self._all)

    def __reduce__(self) -> tuple[type[tuple[str, ...]], tuple[tuple[str, ...]]]:
        return tuple, (self._all,)


class Unmodelled(NamedTuple):
    """
    A setting that an estimate does not model.

    Args:
        setting: Its name.

        reason: What is not counted.

        can_add: Whether the truth may be more than the estimate.
    """

    setting: str
    reason: str
    can_add: bool = True

    def __str__(self) -> str:
        return f"{self.setting}: {self.reason}"


class CacheCapacity(NamedTuple):
    """
    Capacity of a serving engine's cache, as its start-up log prints it.

    Args:
        pool_bytes: Bytes of the cache on each GPU.

        tokens: Tokens that fit.

        concurrency: Sequences at full length that fit.

        blocks: Blocks that it is divided into; None if it is not divided.

        most_sequences: Sequences whose states fit at once; None if there are no states.
    """

    pool_bytes: int
    tokens: int
    concurrency: float
    blocks: int | None = None
    most_sequences: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEstimate:
    """
    Memory that a task needs on each GPU, at its peak.

    Args:
        task: What the model is used for.

        parts: Bytes at the peak, by the names of ``PARTS``.

        assumptions: What was assumed, in short sentences.

        margin: What ``safe_bytes`` adds, as a share.

        error_band: How far the true peak may be off, as a share.

        is_coarse: Whether the shape was guessed from the number of parameters.

        not_modelled: Settings that the numbers ignore.

        cache: Capacity of the cache on the GPU; None if no GPU is known or the engine has no such cache.
    """

    task: Task
    parts: Mapping[str, int]
    assumptions: Sequence[str] = ()
    margin: float
    error_band: float
    is_coarse: bool = False
    not_modelled: tuple[Unmodelled, ...] = ()
    cache: CacheCapacity | None = None

    @property
    def expected_bytes(self) -> int:
        """The likely peak: the sum of all parts."""
        return sum(self.parts.values())

    @property
    def cache_bytes(self) -> int:
        """Caches and states of the sequences."""
        return self.parts["kv_cache"] + self.parts["state_cache"]

    @property
    def safe_bytes(self) -> int:
        """The memory a GPU should have so that the run does not fail: the likely peak plus the margin."""
        return ceil(self.expected_bytes * (1 + self.margin))

    def with_cache(self, cache: CacheCapacity) -> MemoryEstimate:
        """Return the same estimate with the capacity of the cache; ``replace`` takes several times as long."""
        return MemoryEstimate(
            task=self.task,
            parts=self.parts,
            assumptions=self.assumptions,
            margin=self.margin,
            error_band=self.error_band,
            is_coarse=self.is_coarse,
            not_modelled=self.not_modelled,
            cache=cache,
        )


def all_parts(
    *,
    weights: float = 0,
    adapters: float = 0,
    gradients: float = 0,
    optimizer: float = 0,
    activations: float = 0,
    logits: float = 0,
    kv_cache: float = 0,
    state_cache: float = 0,
    overhead: float = 0,
) -> Mapping[str, int]:
    """Return every part in whole bytes."""
    return read_only(
        {
            "weights": round(weights),
            "adapters": round(adapters),
            "gradients": round(gradients),
            "optimizer": round(optimizer),
            "activations": round(activations),
            "logits": round(logits),
            "kv_cache": round(kv_cache),
            "state_cache": round(state_cache),
            "overhead": round(overhead),
        }
    )


#: The parts of an estimate. Every estimate has all of them, in this order.
PARTS = tuple(all_parts())
