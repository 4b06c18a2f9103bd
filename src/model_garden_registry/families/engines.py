"""Defaults, options and refusals of a serving engine, by its release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from model_garden_registry.families.kernels import (
    AttentionNeed,
    ExpertTiles,
    FormatSupport,
    attention_of,
    expert_tiles_of,
    formats_of,
)
from model_garden_registry.families.paging import Paging, paging_of
from model_garden_registry.families.ranges import Package, package_of
from model_garden_registry.families.splits import Splits, splits_of
from model_garden_registry.families.tables import table
from model_garden_registry.units import GIB


class BatchChoice(NamedTuple):
    """
    The default batch of vLLM on a GPU of at least this much memory.

    Args:
        memory_bytes: The least memory.

        sequences: Sequences in a batch.

        tokens: Tokens per batch in the server; None: as many as the longest sequence has.

        tokens_in_process: Tokens per batch in the Python class; None: likewise.

        names: Words of which the GPU's name must have one; empty if any name will do.

        not_names: Words in the names of excluded GPUs.

        not_capabilities: Compute capabilities of excluded GPUs.
    """

    memory_bytes: int
    sequences: int
    tokens: int | None
    tokens_in_process: int | None
    names: tuple[str, ...]
    not_names: tuple[str, ...]
    not_capabilities: tuple[str, ...]


class Option(NamedTuple):
    """
    A setting that only some engines have an option for.

    Args:
        unasked: The value that means "not set".

        engines: The engines that have it.
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

        utilization: Default share of a GPU's memory.

        graphs_in_share: Whether CUDA graphs count within that share.

        block_tokens: Tokens per block of its cache.

        batches: Its default batches, by GPU, largest first.

        memory_rows: Its defaults by GPU memory, smallest first.

        reserve: Memory that it leaves free beside weights and cache; None if it has no such rule.

        static_shares: The share of a GPU for weights and cache, by the number of GPUs that a model is split over, most
            first; empty if it has other rules.

        prefill_graph_sizes: Sizes of prefill CUDA graphs, as first, last and step; last None: the chunk.

        prefill_graphs_with_images: Model types that take images and still have prefill graphs.

        vision_share: How that share shrinks for models that take images; None if it does not.

        multimodal_mib: Memory kept for images beside that, in MiB.

        window_pool: The pool of layers with a window; None if there is none.

        state_pool: The pool of layers that keep a state; None if there is none.

        formats: Number formats by our words ``method/type``; None for a format that it does not load.

        float16_below: Compute capability below which it always uses float16; None if it does not.

        falls_back: Whether ``auto`` becomes float16, or float32, on a GPU without bfloat16; otherwise it refuses.

        emulates_bfloat16: Whether it computes in bfloat16 on a GPU without it, emulated by PyTorch.

        plugins: Packages that it needs to load weights of a library, by the library.

        float16_refused: Model types that it refuses to run in float16.

        lora_ranks: Ranks of adapters that it serves; empty if any.

        max_lora_rank: Default of the largest rank.

        max_loras: Default of the number of adapters on the GPU at once.

        quantizations: Values of its quantisation option.

        kv_cache_dtypes: Values of its cache type option.

        parsers: Names of its parsers, by the setting for them; empty if they were not read.

        graph_tokens: Default of the largest batch in a CUDA graph.

        graph_tokens_on: The same on some GPUs, by the major of their compute capability.

        expert_tiles: Layouts of experts in MXFP4; the first that fits a GPU is used.

        attention: Requirements of its attention kernels, by kind; kinds without an entry run everywhere.

        paging: The blocks of its cache; None if it has no blocks.

        splits: Its conditions for dividing a model among GPUs; None if it has none.

        cuts_windows: Whether layers with a window keep only the window after the prompt.

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
    parsers: Mapping[str, Sequence[str]] = field(default_factory=dict)
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
        Return the default batch of the engine on a GPU.

        Args:
            total_bytes: Memory of the GPU as the driver reports it.

            gpu_name: Its name; empty if unknown: a GPU without exceptions.

            capability: Its CUDA compute capability; None if unknown.
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
        """Return the engine's defaults for GPU memory in bytes."""
        return next(row for row in self.memory_rows if row.below_bytes is None or total_bytes < row.below_bytes)


@cache
def engine_options() -> Mapping[str, Option]:
    """Return the settings that only some engines have an option for, by name."""
    options = table("engines")["options"]
    return {name: Option(each["unasked"], tuple(each["engines"])) for name, each in options.items()}


#: Of settings that any entry may state: transformers has no batch limit and no share, SGLang no share of the whole GPU.
_IGNORED = {
    "transformers": ("gpu_memory_utilization", "max_num_seqs", "max_num_batched_tokens", "enforce_eager"),
    "sglang": ("gpu_memory_utilization",),
}


def ignored_settings(engine: str) -> tuple[str, ...]:
    """Return the settings that an engine has nothing for, though an entry or a file for another may state them."""
    return _IGNORED.get(engine, ())


@cache
def engine_package(name: str) -> Package:
    """Return an engine over all its releases."""
    return package_of(table("engines")["engines"][name])


@cache
def engine_of(name: str, version: str | None = None) -> Engine:
    """
    Return an engine at a release.

    Args:
        version: A covered release; None: the newest that was read.
    """
    package = engine_package(name)
    version = version or package.read
    facts = package.at(version)
    parsed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}
    parsed["batches"] = tuple(map(_batch, facts.get("batches", ())))
    parsed["formats"] = formats_of(facts.get("formats", {}))
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
