"""The effects of the GPU on an engine: compute type, weight format in memory, and batch."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple, cast

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.entries.tasks import InferenceEngine
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.kernels import ExpertTiles, FormatSupport, tiles_on
from model_garden_registry.families.paging import Checkpoints
from model_garden_registry.families.versions import capability_of
from model_garden_registry.memory.gpu_memory import HAS_BFLOAT16, GpuMemory
from model_garden_registry.memory.network.weight_formats import FormatName, served_format, table_words
from model_garden_registry.units import GB

Dtype = Literal["float16", "bfloat16", "float32"]
#: Compute capability of a GPU, major and minor; None: unknown, and taken for a GPU that can do everything.
Capability = tuple[int, int] | None
#: All that is known of a GPU: memory in bytes, name, compute capability.
GpuFacts = tuple[int, str, Capability]

#: The GPU assumed if unknown: one with 80 GB.
UNKNOWN_GPU = GpuMemory(80 * GB)


class Computing(NamedTuple):
    """
    What follows from the compute capability of a GPU.

    Args:
        weight_format: The format of the linear layers in GPU memory.

        compute_bytes: Bytes of an element in computation.

        tiles: The multiple that the expert kernel pads widths to; None: no padding.

        checkpoints: States per sequence that a kernel keeps; None: no extra states.

        graph_tokens: Tokens of the largest batch captured in a CUDA graph.
    """

    weight_format: FormatName
    compute_bytes: int
    tiles: ExpertTiles | None
    checkpoints: Checkpoints | None
    graph_tokens: int


class Choice(NamedTuple):
    """
    What an engine chooses by the GPU, apart from its compute capability.

    Args:
        sequences: Sequences per batch that it chooses; 0 if it chooses none.

        tokens: Tokens per batch; None: as many as the longest sequence has.

        is_switched: Whether NVLS may be used; always False for one GPU.

        facts: Everything known of the GPU, for an engine whose reserve depends on its memory; else None.
    """

    sequences: int
    tokens: int | None
    is_switched: bool
    facts: GpuFacts | None


class GpuReading(NamedTuple):
    """
    Everything that an engine's formulas read of a GPU: with equal readings, a model takes the same memory.

    Args:
        computing: The part that depends on the compute capability only.

        choice: The part that does not depend on the model.
    """

    computing: Computing
    choice: Choice


class ToLoad(NamedTuple):
    """
    The facts of an entry and its settings that decide how an engine computes: equal facts, equal computation.

    Args:
        engine: The engine.

        version: Its release.

        dtype: The requested type.

        published: Type of the published weights, if stated.

        model_type: The ``model_type``, if stated.

        words: The number format of the weights, in the words of the engine table; None: half precision or float32.

        loaded: The format in memory if the engine has kernels for it.

        keeps_prefixes: The prefix caching setting.

        is_alone: Whether one GPU serves it.
    """

    engine: InferenceEngine
    version: str
    dtype: str
    published: str | None
    model_type: str | None
    words: str | None
    loaded: FormatName
    keeps_prefixes: bool | None
    is_alone: bool

    @property
    def support(self) -> FormatSupport | None:
        """How the engine supports the number format of the weights; None if unknown."""
        return engine_of(self.engine, self.version).formats.get(self.words) if self.words else None

    def on(self, gpu: GpuMemory | None) -> GpuReading:
        """Return everything that an engine's formulas read of a GPU; None: one that is not known."""
        return reading_of(self, gpu)


def to_load(entry: ModelInfo, settings: InferenceSettings) -> ToLoad:
    """Return the facts of an entry and its settings that decide how an engine computes."""
    told = settings.quantization
    return ToLoad(
        settings.engine,
        settings.engine_version,
        settings.dtype,
        *stated_types(entry),
        table_words(entry.quantization, told),
        served_format(entry.quantization, told),
        settings.enable_prefix_caching,
        settings.gpus == 1,
    )


def served_dtype(entry: ModelInfo, settings: InferenceSettings, capability: Capability) -> Dtype:
    """
    Return the type that an engine computes in.

    ``auto`` is the type of the checkpoint. Without bfloat16 that becomes float16, or float32 if the engine refuses
    the network in float16; SGLang takes float16 there whatever is asked.

    Source:
        vLLM, `_resolve_auto_dtype`, `CudaPlatformBase.supported_dtypes`; SGLang, `load_model_utils.py`
    """
    return _served_dtype(to_load(entry, settings), capability)


def _served_dtype(load: ToLoad, capability: Capability) -> Dtype:
    engine = engine_of(load.engine, load.version)
    lowered = capability_of(engine.float16_below)
    if lowered and capability and capability < lowered:
        return "float16"
    if load.dtype != "auto":
        return cast("Dtype", load.dtype)
    is_refused = load.model_type in engine.float16_refused
    if load.published == "float16" and not is_refused:
        return "float16"
    if capability is None or capability >= HAS_BFLOAT16 or not engine.falls_back:
        return "bfloat16"
    return "float32" if is_refused else "float16"


def format_support(entry: ModelInfo, settings: InferenceSettings) -> FormatSupport | None:
    """Return how the engine supports the number format of the weights; None if unknown."""
    return to_load(entry, settings).support


def loaded_format(entry: ModelInfo, settings: InferenceSettings, capability: Capability) -> FormatName:
    """Return the format of the weights in the engine's memory; without kernels for the GPU they may be unpacked."""
    return _loaded_format(to_load(entry, settings), capability)


def _loaded_format(load: ToLoad, capability: Capability) -> FormatName:
    support = load.support
    if support and support.unpacks and capability and capability < support.least_capability:
        return "half"
    return load.loaded


def stated_types(entry: ModelInfo) -> tuple[str | None, str | None]:
    """Return the type of the published weights and the ``model_type``, if the entry states them."""
    architecture = entry.architecture
    return (architecture.dtype, architecture.model_type) if architecture else (None, None)


@lru_cache(maxsize=4096)
def computing_on(load: ToLoad, capability: Capability) -> Computing:
    """Return what follows from a compute capability; cached, as many models share it."""
    engine = engine_of(load.engine, load.version)
    # vLLM's `auto` serves float32 checkpoints in half precision.
    compute_bytes = 4 if _served_dtype(load, capability) == "float32" else 2
    weight_format = _loaded_format(load, capability)
    if weight_format == "half" and compute_bytes == 4:
        weight_format = "float32"
    paging = engine.paging and engine.paging.keeping(load.keeps_prefixes)
    return Computing(
        weight_format=weight_format,
        compute_bytes=compute_bytes,
        tiles=tiles_on(engine.expert_tiles if weight_format == "mxfp4" else (), capability),
        checkpoints=paging.checkpoints_on(capability) if paging else None,
        graph_tokens=engine.graph_tokens_on.get(str(capability[0]) if capability else "", engine.graph_tokens),
    )


@lru_cache(maxsize=1024)
def choice_on(engine: InferenceEngine, version: str, gpu: GpuFacts, is_alone: bool) -> Choice:  # noqa: FBT001  (a cache's key)
    """Return what an engine chooses by the GPU apart from its compute capability; cached, the same for all models."""
    total, name, capability = gpu
    batch = (
        engine_of(engine, version).batch_on(total, gpu_name=name, capability=capability) if engine == "vllm" else None
    )
    memory = GpuMemory(total, name=name, capability=capability)
    return Choice(
        batch.sequences if batch else 0,
        batch.tokens if batch else None,
        not is_alone and memory.may_be_switched,
        gpu if engine == "sglang" else None,
    )


def reading_of(load: ToLoad, known_gpu: GpuMemory | None) -> GpuReading:
    """
    Return everything that an engine's formulas read of a GPU.

    Args:
        known_gpu: None if unknown.
    """
    gpu = UNKNOWN_GPU if known_gpu is None else known_gpu
    return GpuReading(
        computing_on(load, gpu.capability), choice_on(load.engine, load.version, gpu.facts, load.is_alone)
    )
