"""What a serving engine chooses, takes and refuses, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from model_garden_registry.families.paging import Paging, paging_of
from model_garden_registry.families.ranges import Package, package_of
from model_garden_registry.families.tables import table
from model_garden_registry.units import GIB, MIB


class BatchChoice(NamedTuple):
    """
    The batch that vLLM takes on a GPU of at least so much memory.

    Args:
        memory_bytes: The least memory.

        sequences: Sequences in a batch.

        tokens: Tokens in a batch of its server; None: as many as the longest sequence has.

        tokens_in_process: Tokens in a batch of its Python class, likewise.

        names: Words of which the name of the GPU must have one; empty where any name will do.

        not_names: Words in the name of GPUs that do not count, whatever their memory.

        not_capabilities: Compute capabilities that do not count.
    """

    memory_bytes: int
    sequences: int
    tokens: int | None
    tokens_in_process: int | None
    names: tuple[str, ...]
    not_names: tuple[str, ...]
    not_capabilities: tuple[str, ...]


class MemoryRow(NamedTuple):
    """
    What SGLang chooses on a GPU below so much memory.

    Args:
        below_bytes: The bound; None for all others.

        chunk: Tokens of a prefill chunk.

        graphs: Sequences in CUDA graphs with fewer than four GPUs.

        graphs_many: Likewise with more.
    """

    below_bytes: int | None
    chunk: int
    graphs: int
    graphs_many: int


class Reserve(NamedTuple):
    """
    What SGLang leaves free beside weights and cache, in MiB.

    Args:
        base_mib: Always.

        mib_per_chunk_token: For each token of a prefill chunk.

        mib_per_gpu: For each GPU that a model is split over.

        mib_per_graph_sequence: For each sequence in CUDA graphs of decoding.

        mib_per_prefill_graph: For each size of CUDA graphs of prefill.

        prefill_graphs_latent_mib: For all of them with latent attention; None where that is no exception.

        least_mib_above_gib: At least so much on a GPU with more than so many GiB.
    """

    base_mib: float
    mib_per_chunk_token: float
    mib_per_gpu: float
    mib_per_graph_sequence: float
    mib_per_prefill_graph: float
    prefill_graphs_latent_mib: float | None
    least_mib_above_gib: tuple[float, float]


class FormatSupport(NamedTuple):
    """
    How an engine takes a number format.

    Args:
        name: Its own name for it.

        least: Lowest CUDA compute capability that it runs on.

        native: Lowest one that computes in it; below, weights are unpacked for each product.
    """

    name: str
    least: str
    native: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """
    A serving engine at one release.

    Args:
        package: The project over all its releases.

        version: The release.

        capability: Lowest CUDA compute capability; None where it sets none.

        utilization: Share of a GPU's memory that it takes unless told otherwise.

        graphs_in_share: Whether it counts CUDA graphs within that share.

        block_tokens: Tokens in a block of its cache.

        batches: The batch that it chooses, by GPU, largest first.

        memory_rows: What it chooses by the memory of a GPU, smallest first.

        reserve: What it leaves free beside weights and cache; None where it does not go by such a rule.

        formats: Number formats by our words ``method/type``; None for one that it does not load.

        float16_below: Compute capability below which it takes float16, whatever is asked; None where it does not.

        float16_refused: Model types that it refuses to run in float16.

        lora_ranks: Ranks of adapters that it serves; empty where any.

        max_lora_rank: The largest one unless told otherwise.

        max_loras: Adapters on the GPU at once unless told otherwise.

        quantizations: Names that its option for quantisation takes.

        kv_cache_dtypes: Names that its option for the type of the cache takes.

        paging: How it divides its cache into blocks; None where it does not.

        profiles_sampler_sparingly: Whether its profile run samples without a copy of all logits.
    """

    package: Package
    version: str
    capability: str | None = None
    utilization: float | None = None
    graphs_in_share: bool = False
    block_tokens: int = 1
    batches: tuple[BatchChoice, ...] = ()
    memory_rows: tuple[MemoryRow, ...] = ()
    reserve: Reserve | None = None
    formats: Mapping[str, FormatSupport | None] = field(default_factory=dict)
    float16_refused: tuple[str, ...] = ()
    float16_below: str | None = None
    lora_ranks: tuple[int, ...] = ()
    max_lora_rank: int | None = None
    max_loras: int | None = None
    quantizations: tuple[str, ...] = ()
    kv_cache_dtypes: tuple[str, ...] = ()
    paging: Paging | None = None
    profiles_sampler_sparingly: bool = True

    @property
    def named(self) -> str:
        """Its name and release, for people."""
        return self.package.named(self.version)

    def batch_on(
        self, total_bytes: int, *, gpu_name: str = "", capability: tuple[int, int] | None = None
    ) -> BatchChoice:
        """
        Return the batch that the engine chooses on a GPU.

        Args:
            total_bytes: Memory of the GPU as the driver reports it.

            gpu_name: Its name; empty where it is not known: one that is no exception.

            capability: Its CUDA compute capability, likewise.
        """
        name, version = gpu_name.lower(), f"{capability[0]}.{capability[1]}" if capability else ""
        return next(
            choice
            for choice in self.batches
            if total_bytes >= choice.memory_bytes
            and (not choice.names or any(word in name for word in choice.names))
            and not any(word in name for word in choice.not_names)
            and version not in choice.not_capabilities
        )

    def memory_row(self, total_bytes: int) -> MemoryRow:
        """Return what the engine chooses by the memory of a GPU, in bytes."""
        return next(row for row in self.memory_rows if row.below_bytes is None or total_bytes < row.below_bytes)


@cache
def engine_package(name: str) -> Package:
    """Return an engine over all its releases."""
    return package_of(table("engines")["engines"][name])


@cache
def engine_of(name: str, version: str | None = None) -> Engine:
    """
    Return an engine at a release.

    Args:
        version: A release that is covered; None: the newest that was read.
    """
    package = engine_package(name)
    version = version or package.read
    facts = package.at(version)
    parsed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}
    parsed["batches"] = tuple(map(_batch, facts.get("batches", ())))
    parsed["memory_rows"] = tuple(map(_row, facts.get("memory_rows", ())))
    parsed["formats"] = {key: support and _support(support) for key, support in facts.get("formats", {}).items()}
    parsed["reserve"] = facts.get("reserve") and Reserve(**facts["reserve"])
    parsed["paging"] = paging_of(facts.get("paging"))
    return Engine(package=package, version=version, **parsed)


def _batch(row: Mapping[str, Any]) -> BatchChoice:
    return BatchChoice(
        row["memory_gib"] * GIB,
        row["sequences"],
        row["tokens"],
        row["tokens_in_process"],
        tuple(row.get("names", ())),
        tuple(row.get("not_names", ())),
        tuple(row.get("not_capabilities", ())),
    )


def _row(row: Mapping[str, Any]) -> MemoryRow:
    below = row.get("below_mib")
    return MemoryRow(below and below * MIB, row["chunk"], row["graphs"], row["graphs_many"])


def _support(support: Mapping[str, str]) -> FormatSupport:
    return FormatSupport(support["name"], support["least"], support.get("native", support["least"]))
