"""A deployment: an entry as numbers, the settings, and the GPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from model_garden_registry.entries.architecture import Architecture, VisionTower
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.families.engines import Engine, engine_of
from model_garden_registry.memory.classes import SPREADS
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import MemoryEstimate, Sentences, Unmodelled, all_parts
from model_garden_registry.memory.gpu_memory import GpuMemory, gpu_memory
from model_garden_registry.memory.network.images import encoder_bytes
from model_garden_registry.memory.network.kv_cache import element_bytes, scale_bytes
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import FormatName
from model_garden_registry.memory.network.weights import weight_bytes
from model_garden_registry.memory.serving.dtypes import UNKNOWN_GPU, GpuReading, reading_of, to_load
from model_garden_registry.memory.serving.placement import adapter_bytes, placed_bytes, stage_layers
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.unmodelled import unmodelled

#: The architecture of an entry that states none.
_NOTHING = Architecture()

DEFAULT_RUNTIME = InferenceRuntime()


class Deployment(NamedTuple):
    """
    A model that an engine is asked to serve.

    Args:
        architecture: The network as its entry states it.

        engine: The engine at the release that the settings name.

        element: Bytes of an element of the cache.

        scale: Bytes of the scale of a token's keys in one head; values have the same.

        encoder: Bytes that encoding the images of a prompt takes at its peak.

        reading: The facts of the GPU that the formulas use.

        known_gpu: The GPU, for the size of its cache; None if
            unknown.

        left_out: Settings that the formulas ignore.
    """

    shape: Shape
    architecture: Architecture
    engine: Engine
    element: float
    scale: int
    encoder: int
    settings: InferenceSettings
    reading: GpuReading
    known_gpu: GpuMemory | None
    runtime: InferenceRuntime
    constants: Calibration
    left_out: tuple[Unmodelled, ...]

    @property
    def gpu(self) -> GpuMemory:
        """The GPU, or the one assumed if unknown."""
        return UNKNOWN_GPU if self.known_gpu is None else self.known_gpu

    @property
    def weight_format(self) -> FormatName:
        """The format of the linear layers in GPU memory."""
        return self.reading.computing.weight_format

    @property
    def compute_bytes(self) -> int:
        """Bytes of an element in computation."""
        return self.reading.computing.compute_bytes

    @property
    def parallel(self) -> int:
        """Number of GPUs that each layer is divided over."""
        return self.settings.tensor_parallel_size

    @property
    def model_type(self) -> str | None:
        """The ``model_type`` of config.json."""
        return self.architecture.model_type

    @property
    def tower(self) -> VisionTower | None:
        """The image encoder, if there is one and it is loaded."""
        return self.architecture.vision if self.takes_images else None

    @property
    def takes_images(self) -> bool:
        """Whether it is served with its image encoder."""
        return self.shape.has_vision and not self.settings.language_model_only

    @property
    def is_latent(self) -> bool:
        """Whether its cache is one vector for all heads."""
        return any(group.mixer.is_latent for group in self.shape.groups)

    @property
    def draft_layers(self) -> int:
        """The model's own layers that draft tokens, if drafting is asked for."""
        drafts = self.settings.speculative_tokens and self.settings.draft_model is None
        return (self.architecture.mtp_layers or 0) if drafts else 0

    @property
    def whole_weights(self) -> float:
        """Bytes of all weights, over all GPUs."""
        return weight_bytes(self.shape, self.weight_format, rest_bytes=self.compute_bytes)

    @property
    def weights(self) -> float:
        """Bytes of the weights on the GPU that has most of them, as a serving engine loads them."""
        computing, tiles = self.reading.computing, self.reading.computing.tiles
        rest = computing.compute_bytes
        return placed_bytes(self.shape, computing.weight_format, self.settings, tiles, rest_bytes=rest)

    @property
    def adapters(self) -> float:
        """Bytes of the LoRA slots per GPU."""
        rank = self.settings.max_lora_rank or self.engine.max_lora_rank or 0
        # SGLang allocates slots only where its adapters have matrices; few adapters have some at embeddings and head.
        at_ends = self.settings.engine != "sglang"
        return adapter_bytes(self.shape, self.settings, rank=rank, element=self.compute_bytes, at_ends=at_ends)

    def estimate(
        self,
        assumptions: Callable[[], Iterable[str]],
        *,
        weights: float,
        cache: float,
        states: float = 0,
        spare: float = 0,
        overhead: float,
        activations: float = 0,
        error_band: float = SPREADS["serving"].band,
    ) -> MemoryEstimate:
        """
        Return the estimate from an engine's numbers.

        Args:
            assumptions: Returns the assumptions; called on first read.

            cache: Bytes that the tokens of one sequence at full length take.

            states: Bytes of its states.

            spare: Bytes of the cache that no sequence uses.
        """
        settings, sequences = self.settings, self.settings.concurrent

        def sentences() -> tuple[str, ...]:
            several = "s" if sequences > 1 else ""
            split = _split_sentences(settings, self.shape.layers)
            return (
                *assumptions(),
                *split,
                f"{sequences} sequence{several} of {settings.max_model_len} tokens in the cache",
            )

        return MemoryEstimate(
            task="inference",
            parts=all_parts(
                weights=weights,
                adapters=self.adapters,
                activations=activations,
                kv_cache=cache * sequences + (spare if cache else 0),
                state_cache=states * sequences + (0 if cache else spare),
                overhead=overhead,
            ),
            assumptions=Sentences(sentences),
            margin=SPREADS["serving"].margin,
            error_band=error_band,
            not_modelled=self.left_out,
        )


def _split_sentences(settings: InferenceSettings, layers: int) -> Iterator[str]:
    """Yield how a model is divided over machines, and over stages of a pipeline, of which the fullest is counted."""
    if settings.nodes > 1:
        yield f"{settings.gpus_of_node} GPUs on each of {settings.nodes} machines"
    if (stages := settings.pipeline_parallel_size) > 1:
        fullest = max(stage_layers(layers, stages))
        ends = "embeddings are on the first, the head is on the last"
        yield f"{stages} pipeline stages of up to {fullest} of {layers} layers; {ends}"


def deploy(
    entry: ModelInfo,
    settings: InferenceSettings,
    *,
    gpu_total_bytes: int | None = None,
    runtime: InferenceRuntime = DEFAULT_RUNTIME,
    constants: Calibration = CALIBRATED,
) -> Deployment:
    """
    Return the deployment of an entry with its settings on a GPU.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    known_gpu = gpu_memory(gpu_total_bytes)
    reading = reading_of(to_load(entry, settings), known_gpu)
    compute_bytes = reading.computing.compute_bytes
    tower = entry.architecture.vision if entry.architecture and not settings.language_model_only else None
    return Deployment(
        shape=shape_of(entry),
        architecture=entry.architecture or _NOTHING,
        engine=engine_of(settings.engine, settings.engine_version),
        element=element_bytes(settings.kv_cache_dtype, compute_bytes),
        scale=scale_bytes(settings.kv_cache_dtype),
        encoder=encoder_bytes(tower, images=settings.images_per_prompt) if tower else 0,
        settings=settings,
        reading=reading,
        known_gpu=known_gpu,
        runtime=runtime,
        constants=constants,
        left_out=unmodelled(entry, settings),
    )
