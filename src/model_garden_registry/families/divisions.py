"""SGLang's division of GPU memory: the reserve, and pools for tokens, windows and states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_garden_registry.units import MIB


class MemoryRow(NamedTuple):
    """
    SGLang's defaults on a GPU with less than this much memory.

    Args:
        below_bytes: The bound; None for all others.

        chunk: Tokens of a prefill chunk.

        graphs: Sequences in CUDA graphs with fewer than four GPUs.

        graphs_many: The same with four or more.

        reserve_mib: Memory that it leaves free, if a row states it.

        reserve_mib_per_gpu: The same for each GPU that a model is split over.
    """

    below_bytes: int | None
    chunk: int
    graphs: int
    graphs_many: int
    reserve_mib: float | None = None
    reserve_mib_per_gpu: float = 0


class Reserve(NamedTuple):
    """
    Memory that SGLang leaves free beside weights and cache, in MiB.

    Args:
        base_mib: Fixed part.

        mib_per_chunk_token: For each token of a prefill chunk.

        mib_per_gpu: For each GPU that a model is split over.

        mib_per_graph_sequence: For each sequence in CUDA graphs of decoding.

        mib_per_prefill_graph: For each size of CUDA graphs of prefill.

        prefill_graphs_latent_mib: For all of them with latent attention; None if latent attention is no exception.

        least_mib_above_gib: A minimum for GPUs above a size in GiB.
    """

    base_mib: float
    mib_per_chunk_token: float
    mib_per_gpu: float
    mib_per_graph_sequence: float
    mib_per_prefill_graph: float
    prefill_graphs_latent_mib: float | None
    least_mib_above_gib: tuple[float, float]


class VisionShare(NamedTuple):
    """
    How the share shrinks for models that take images.

    Args:
        factor: For a tower of typical size.

        layers: Layers of such a tower.

        width: Width of such a tower.

        per_tower: Decrease of the factor for each further such tower in weights.

        least: Smallest correction.

        most: Largest correction.
    """

    factor: float
    layers: int
    width: int
    per_tower: float
    least: float
    most: float

    def of(self, layers: int | None, width: int | None) -> float:
        """Return the factor for a tower; unknown numbers are taken as typical."""
        towers = (layers or self.layers) * (width or self.width) ** 2 / (self.layers * self.width**2)
        return self.factor * max(self.least, min(self.most, 1 - self.per_tower * (towers - 1)))


class WindowPool(NamedTuple):
    """
    The pool of layers with a window.

    Args:
        model_types: Networks with such a pool; in others all layers keep every token.

        ratio: Its tokens, as a share of those of the other pool.
    """

    model_types: tuple[str, ...]
    ratio: float


class StatePool(NamedTuple):
    """
    The pool of layers that keep a state instead of a cache.

    Args:
        ratio: Its memory, as a share of that of the other pool.

        slots: States per request, those of cached prefixes included.

        buffered: Networks whose states are written ahead.

        buffered_slots: States per request in those networks.

        spare_slots: States that no request uses.
    """

    ratio: float
    slots: int
    buffered: tuple[str, ...]
    buffered_slots: int
    spare_slots: int

    def slots_of(self, model_type: str | None) -> int:
        """Return the states per request of a network."""
        return self.buffered_slots if model_type in self.buffered else self.slots


def divisions_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return how an engine divides memory, by the names of ``Engine``'s fields; unstated facts are left out."""
    kinds = {"reserve": Reserve, "vision_share": VisionShare, "window_pool": WindowPool, "state_pool": StatePool}
    found: dict[str, Any] = {
        name: facts[name] and kind(**_read(facts[name])) for name, kind in kinds.items() if name in facts
    }
    found["memory_rows"] = tuple(map(_row, facts.get("memory_rows", ())))
    found["prefill_graph_sizes"] = tuple(map(tuple, facts.get("prefill_graph_sizes", ())))
    found["static_shares"] = tuple(map(tuple, facts.get("static_shares", ())))
    return found


def _read(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


def _row(row: Mapping[str, Any]) -> MemoryRow:
    below = row.get("below_mib")
    reserve = row.get("reserve_mib"), row.get("reserve_mib_per_gpu", 0)
    return MemoryRow(below and below * MIB, row["chunk"], row["graphs"], row["graphs_many"], *reserve)
