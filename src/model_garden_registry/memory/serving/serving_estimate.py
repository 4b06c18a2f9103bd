"""The estimate for serving: vLLM, SGLang, or one request at a time with transformers."""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple, assert_never

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES, Calibration
from model_garden_registry.memory.estimates import ERROR_BAND, MARGIN, UNMEASURED_BAND, MemoryEstimate, all_parts
from model_garden_registry.memory.network.images import encoder_bytes
from model_garden_registry.memory.network.kv_cache import (
    BLOCK_TOKENS,
    cache_bytes,
    element_bytes,
    layer_token_bytes,
    vllm_cache_bytes,
    vllm_layers,
)
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import served_format
from model_garden_registry.memory.network.weights import loaded_bytes, weight_bytes
from model_garden_registry.memory.serving.engines import (
    Batch,
    sglang_reserve_bytes,
    vllm_activation_bytes,
    vllm_batch,
    vllm_graph_bytes,
    vllm_outside_torch_bytes,
)
from model_garden_registry.memory.serving.runtime import InferenceRuntime

#: vLLM's share of the GPU at most, before CUDA graphs: the rest is the driver's and other processes'.
LARGEST_UTILIZATION = 0.95

_DEFAULT = InferenceRuntime()


class _Served(NamedTuple):
    """
    An entry as an engine holds it.

    Args:
        weights: Bytes on each GPU.

        compute_bytes: Bytes of an element in computation.

        element: Bytes of an element of the cache.

        encoder: Bytes that encoding the images of a prompt takes for a moment.
    """

    shape: Shape
    weights: float
    compute_bytes: int
    element: int
    encoder: int


def estimate_inference(
    entry: ModelInfo,
    settings: InferenceSettings,
    *,
    gpu_total_bytes: int | None = None,
    runtime: InferenceRuntime = _DEFAULT,
    constants: Calibration = CALIBRATED,
) -> MemoryEstimate:
    """
    Estimate the memory of each GPU that serves a model.

    With vLLM everything counts that must fit into ``gpu_memory_utilization`` x total: weights, profiled activations,
    memory outside of torch, and the cache of ``concurrent`` sequences at full length; CUDA graphs come on top.

    Args:
        gpu_total_bytes: Memory of a GPU, by which engines choose the size of their batch; None: that of a large one.

        runtime: What settings do not say.

        constants: The calibrated constants.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        docs/memory-model.md#serving
    """
    served = _served(entry, settings, runtime)
    match settings.engine:
        case "vllm":
            return _vllm(served, settings, vllm_batch(settings, gpu_total_bytes), runtime, constants)
        case "sglang":
            return _sglang(served, settings, sglang_reserve_bytes(settings, gpu_total_bytes))
        case "transformers":
            return _transformers(served, settings, runtime, constants)
        case _:
            assert_never(settings.engine)


def kv_pool_tokens(
    entry: ModelInfo,
    settings: InferenceSettings,
    *,
    gpu_total_bytes: int,
    runtime: InferenceRuntime = _DEFAULT,
    constants: Calibration = CALIBRATED,
) -> int:
    """
    Give the tokens that vLLM's cache holds, as its start-up log counts them; 0 where nothing is left for it.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    estimate = estimate_inference(
        entry, settings, gpu_total_bytes=gpu_total_bytes, runtime=runtime, constants=constants
    )
    share = utilization(estimate, settings, gpu_total_bytes=gpu_total_bytes, graph_bytes=graph_bytes(entry, settings))
    pool = share * gpu_total_bytes - (estimate.expected_bytes - estimate.parts["kv_cache"])
    served = _served(entry, settings, runtime)
    token = layer_token_bytes(served.shape, served.element, parallel=settings.tensor_parallel_size)
    return max(0, floor(pool / (token * vllm_layers(served.shape) * BLOCK_TOKENS))) * BLOCK_TOKENS


def graph_bytes(entry: ModelInfo, settings: InferenceSettings) -> int:
    """
    Give what vLLM's CUDA graphs take on each GPU beside its share.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    return 0 if settings.enforce_eager else vllm_graph_bytes(shape_of(entry))


def utilization(
    estimate: MemoryEstimate, settings: InferenceSettings, *, gpu_total_bytes: int, graph_bytes: int = 0
) -> float:
    """
    Give the share of the GPU that vLLM may take: as set, or for 0.0 the least, in hundredths, into which ``safe`` fits.

    An automatic share stays below 95 % less the CUDA graphs; what does not fit into that does not fit the GPU. One that
    is set is given as it is, because vLLM takes it whole, whether or not graphs and driver have room beside it.

    Args:
        gpu_total_bytes: Memory of a GPU as the driver reports it.

        graph_bytes: What CUDA graphs take beside the share; see ``graph_bytes``.
    """
    if settings.gpu_memory_utilization:
        return settings.gpu_memory_utilization
    largest = floor(round((LARGEST_UTILIZATION - graph_bytes / gpu_total_bytes) * 100, 6))
    return max(0, min(ceil(estimate.safe_bytes / gpu_total_bytes * 100), largest)) / 100


def _served(entry: ModelInfo, settings: InferenceSettings, runtime: InferenceRuntime) -> _Served:
    shape = shape_of(entry)
    # vLLM's `auto` serves float32 checkpoints in half precision.
    compute_bytes = 4 if settings.dtype == "float32" else 2
    name = served_format(entry.quantization, settings.quantization)
    if name == "half" and compute_bytes == 4:
        name = "float32"
    if settings.engine == "transformers":
        weights = loaded_bytes(
            shape,
            name,
            rest_bytes=4 if runtime.upcasts_rest else compute_bytes,
            unties_head=runtime.unties_head,
            quantizes_head=runtime.quantizes_head,
        )
    else:
        weights = weight_bytes(shape, name, rest_bytes=compute_bytes)
    element = element_bytes(settings.kv_cache_dtype, compute_bytes)
    tower = entry.architecture.vision if entry.architecture else None
    encoder = encoder_bytes(tower, images=settings.images_per_prompt) if tower else 0
    return _Served(shape, weights / settings.tensor_parallel_size, compute_bytes, element, encoder)


def _vllm(
    served: _Served, settings: InferenceSettings, batch: Batch, runtime: InferenceRuntime, constants: Calibration
) -> MemoryEstimate:
    parallel = settings.tensor_parallel_size
    activations = vllm_activation_bytes(
        served.shape,
        batch,
        constants,
        compute_bytes=served.compute_bytes,
        parallel=parallel,
        version=runtime.vllm_version,
    )
    cache = vllm_cache_bytes(
        served.shape, served.element, tokens=settings.max_model_len, batch_tokens=batch.tokens, parallel=parallel
    )
    return _estimate(
        served,
        settings,
        f"vLLM profiles {batch.sequences} sequences and {batch.tokens} tokens",
        "CUDA graphs lie outside of the share that the engine is given",
        activations=max(activations, served.encoder),
        cache=cache,
        overhead=vllm_outside_torch_bytes(constants, parallel=parallel),
    )


def _sglang(served: _Served, settings: InferenceSettings, reserve: float) -> MemoryEstimate:
    cache = cache_bytes(
        served.shape, served.element, tokens=settings.max_model_len, parallel=settings.tensor_parallel_size
    )
    return _estimate(
        served,
        settings,
        "SGLang leaves free what its own rule reserves for activations and CUDA graphs; compared with no measurement",
        cache=cache,
        overhead=reserve,
        error_band=UNMEASURED_BAND,
    )


def _transformers(
    served: _Served, settings: InferenceSettings, runtime: InferenceRuntime, constants: Calibration
) -> MemoryEstimate:
    shape = served.shape
    prompt = settings.max_model_len if runtime.prompt_tokens is None else runtime.prompt_tokens
    after_prompt, at_end = (
        settings.concurrent * cache_bytes(shape, served.element, tokens=tokens, parallel=settings.tensor_parallel_size)
        for tokens in (prompt, prompt + runtime.new_tokens)
    )
    width = max(shape.intermediate, shape.active_experts * shape.expert_intermediate + shape.shared_intermediate)
    hump = shape.habits.matrices * width + constants.request_streams * shape.hidden
    activations = settings.concurrent * prompt * served.compute_bytes * hump
    cache = max(after_prompt, at_end)
    activations = max(0.0, after_prompt + activations - cache, served.encoder - cache)
    if runtime.reading == "resident":
        activations = 0.0
    overhead = constants.resident_bytes if runtime.reading == "resident" else constants.request_bytes
    overhead += constants.autogptq_bytes if runtime.uses_autogptq else 0
    overhead += CONTEXT_BYTES if runtime.reading == "process" else 0
    return _estimate(
        served,
        settings,
        "transformers, one forward pass over the whole prompt, logits of its last token only",
        activations=activations,
        cache=cache / settings.concurrent,
        overhead=overhead,
    )


def _estimate(
    served: _Served,
    settings: InferenceSettings,
    *assumptions: str,
    cache: float,
    overhead: float,
    activations: float = 0,
    error_band: float = ERROR_BAND["inference"],
) -> MemoryEstimate:
    sequences = settings.concurrent
    length = f"{sequences} sequence{'s' if sequences > 1 else ''} of {settings.max_model_len} tokens in the cache"
    return MemoryEstimate(
        task="inference",
        parts=all_parts(weights=served.weights, activations=activations, kv_cache=cache * sequences, overhead=overhead),
        assumptions=(*assumptions, length),
        margin=MARGIN["inference"],
        error_band=error_band,
    )
