"""What a serving engine chooses, takes and refuses, by its release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from model_garden_registry.families.divisions import (
    MemoryRow,
    Reserve,
    StatePool,
    VisionShare,
    WindowPool,
    divisions_of,
)
from model_garden_registry.families.kernels import AttentionNeed, ExpertTiles, attention_of, expert_tiles_of
from model_garden_registry.families.paging import Paging, paging_of
from model_garden_registry.families.ranges import Package, package_of
from model_garden_registry.families.splits import Splits, splits_of
from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_capability
from model_garden_registry.units import GIB


class BatchChoice(NamedTuple):
    """
    The batch that vLLM takes on a GPU of at least so much memory.

    Args:
        memory_bytes: The least memory.

        sequences: Sequences in a batch.

        tokens: Tokens in a batch of its server; None: as many as the longest sequence has.

        tokens_in_process: Tokens in a batch of its Python class, likewise.

        names: Words of which the name of the GPU must have one; empty if any name will do.

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


class FormatSupport(NamedTuple):
    """
    How an engine takes a number format.

    Args:
        name: Its own name for it.

        least: Lowest CUDA compute capability that it runs on.

        native: Lowest one that computes in it; below, weights are unpacked for each product.

        unpacks: Whether below the lowest one weights are unpacked into half precision when they are loaded, instead of
            refused.
    """

    name: str
    least: str
    native: str
    unpacks: bool = False

    @property
    def least_capability(self) -> tuple[int, int]:
        """The lowest capability as numbers."""
        return known_capability(self.least)

    @property
    def native_capability(self) -> tuple[int, int]:
        """The lowest one that computes in it, as numbers."""
        return known_capability(self.native)


class Option(NamedTuple):
    """
    A setting that some engines alone have an option for.

    Args:
        unasked: The value that asks for nothing.

        engines: Those that have it.
    """

    unasked: object
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """
    A serving engine at one release.

    Args:
        package: The project over all its releases.

        version: The release.

        capability: Lowest CUDA compute capability; None if it sets none.

        utilization: Share of a GPU's memory that it takes unless told otherwise.

        graphs_in_share: Whether it counts CUDA graphs within that share.

        block_tokens: Tokens in a block of its cache.

        batches: The batch that it chooses, by GPU, largest first.

        memory_rows: What it chooses by the memory of a GPU, smallest first.

        reserve: What it leaves free beside weights and cache; None if it does not go by such a rule.

        static_shares: The share of a GPU for weights and cache by the GPUs that a model is split over, most first;
            empty if it goes by other rules.

        prefill_graph_sizes: Sizes of CUDA graphs of prefill, as first, last and step; last None: the chunk.

        prefill_graphs_with_images: Model types that take images and have such graphs all the same.

        vision_share: How that share shrinks for models that take images; None if it does not.

        multimodal_mib: What it keeps for their images beside that, in MiB.

        window_pool: The pool of layers that see a window; None if there is none.

        state_pool: The pool of layers that keep a state; None if there is none.

        formats: Number formats by our words ``method/type``; None for one that it does not load.

        float16_below: Compute capability below which it takes float16, whatever is asked; None if it does not.

        falls_back: Whether ``auto`` becomes float16, or float32, on a GPU without bfloat16; otherwise it is refused.

        emulates_bfloat16: Whether it computes in bfloat16 on a GPU that has none, which PyTorch emulates.

        plugins: Packages without which it does not load what a library holds, by the library.

        float16_refused: Model types that it refuses to run in float16.

        lora_ranks: Ranks of adapters that it serves; empty if any.

        max_lora_rank: The largest one unless told otherwise.

        max_loras: Adapters on the GPU at once unless told otherwise.

        quantizations: Names that its option for quantisation takes.

        kv_cache_dtypes: Names that its option for the type of the cache takes.

        graph_tokens: The largest batch in a CUDA graph, unless told otherwise.

        graph_tokens_on: Likewise on some GPUs, by the major of their compute capability.

        expert_tiles: Layouts of experts in MXFP4, the first of which fits a GPU.

        attention: What its kernels for kinds of attention need; of others it runs all.

        paging: How it divides its cache into blocks; None if it does not.

        splits: What it asks of a model that GPUs divide among them; None if nothing.

        cuts_windows: Whether layers that see a window keep only so many tokens once a prompt is through.

        caches_latents: Whether latent attention caches its vector; otherwise keys and values of all heads.

        float_states: Whether state spaces keep their state in float32; otherwise in the type of the model.

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
    static_shares: tuple[tuple[int, float], ...] = ()
    prefill_graph_sizes: tuple[tuple[int, int | None, int], ...] = ()
    prefill_graphs_with_images: tuple[str, ...] = ()
    vision_share: VisionShare | None = None
    multimodal_mib: float = 0
    window_pool: WindowPool | None = None
    state_pool: StatePool | None = None
    formats: Mapping[str, FormatSupport | None] = field(default_factory=dict)
    plugins: Mapping[str, str] = field(default_factory=dict)
    float16_refused: tuple[str, ...] = ()
    float16_below: str | None = None
    falls_back: bool = False
    emulates_bfloat16: bool = False
    lora_ranks: tuple[int, ...] = ()
    max_lora_rank: int | None = None
    max_loras: int | None = None
    quantizations: tuple[str, ...] = ()
    kv_cache_dtypes: tuple[str, ...] = ()
    graph_tokens: int = 0
    graph_tokens_on: Mapping[str, int] = field(default_factory=dict)
    expert_tiles: tuple[ExpertTiles, ...] = ()
    attention: tuple[AttentionNeed, ...] = ()
    paging: Paging | None = None
    splits: Splits | None = None
    cuts_windows: bool = True
    caches_latents: bool = True
    float_states: bool = True
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

            gpu_name: Its name; empty if unknown: one that is no exception.

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
def engine_options() -> Mapping[str, Option]:
    """Return the settings that some engines alone have an option for, by name."""
    options = table("engines")["options"]
    return {name: Option(each["unasked"], tuple(each["engines"])) for name, each in options.items()}


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
    parsed["formats"] = {key: support and _support(support) for key, support in facts.get("formats", {}).items()}
    parsed["expert_tiles"] = expert_tiles_of(facts.get("expert_tiles", ()))
    parsed["attention"] = attention_of(facts.get("attention", ()))
    parsed["paging"], parsed["splits"] = paging_of(facts.get("paging")), splits_of(facts.get("splits"))
    return Engine(package=package, version=version, **(parsed | divisions_of(facts)))


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


def _support(support: Mapping[str, Any]) -> FormatSupport:
    return FormatSupport(**{"native": support["least"], **support})
