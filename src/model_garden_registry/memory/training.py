"""The estimate for fine-tuning: all weights, LoRA, or QLoRA."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings import TrainingSettings
from model_garden_registry.memory.activations import (
    Step,
    feed_forward_width,
    retained_bytes,
    score_count,
)
from model_garden_registry.memory.adapters import adapted
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import (
    DERIVED_MARGIN,
    ERROR_BAND,
    MARGIN,
    MemoryEstimate,
    all_parts,
)
from model_garden_registry.memory.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.runtimes import TrainingRuntime, training_runtime
from model_garden_registry.memory.shape import Shape, shape_of
from model_garden_registry.memory.weight_formats import FormatName, published_format
from model_garden_registry.memory.weights import largest_linear, scratch_bytes, weight_bytes
from model_garden_registry.units import GIB

#: NCCL's buffers and the parameters gathered ahead, with weights split over GPUs.
_COMMUNICATION_BYTES = GIB

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class _Held(NamedTuple):
    """Bytes that are there during the whole run, and those of the gradients and of the optimizer's step."""

    weights: float
    adapters: float
    gradients: float
    optimizer: float
    step_copy: float
    ends_gradients: float


class _Peak(NamedTuple):
    """What is there at one moment beside weights, adapters and optimizer."""

    activations: float = 0
    logits: float = 0
    gradients: float = 0
    step_copy: float = 0


def estimate_training(
    entry: ModelInfo,
    settings: TrainingSettings,
    *,
    runtime: TrainingRuntime | None = None,
    constants: Calibration = CALIBRATED,
) -> MemoryEstimate:
    """
    Estimate the peak of each GPU in a training step; the parts are those of the moment of the peak.

    Args:
        runtime: What settings do not say; None: the habits of the stack that they name.

        constants: The calibrated constants.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        docs/memory-model.md#training
    """
    runtime = runtime or training_runtime(settings)
    shape = shape_of(entry)
    name = _loaded_format(entry, settings, runtime)
    step = _step(entry, shape, settings, runtime, name)
    held = _held(shape, step, settings, runtime, name)
    peak = max(_moments(shape, step, held, settings, runtime, constants), key=sum)
    return _estimate(shape, step, settings, runtime, constants, held, peak)


def _loaded_format(entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime) -> FormatName:
    """Give the format that the base weights are held in: as published, or quantised while loading."""
    if settings.method == "full":
        return "half"
    published = published_format(entry.quantization)
    if settings.method == "qlora" and published == "half":
        return "nf4-dq" if runtime.double_quantizes else "nf4"
    return published


def _step(
    entry: ModelInfo, shape: Shape, settings: TrainingSettings, runtime: TrainingRuntime, name: FormatName
) -> Step:
    is_adapter = settings.method != "full"
    is_quantized = name != "half"
    return Step(
        batch=settings.batch_size,
        sequence=settings.max_seq_length,
        stream=4 if is_quantized and runtime.upcasts_rest else 2,
        adapted=adapted(entry, shape, settings.lora_config.target_modules) if is_adapter else None,
        adapter_bytes=_BYTES[settings.adapter_dtype],
        is_quantized=is_quantized,
        is_eager=settings.attn_implementation == "eager",
        shares_heads=settings.attn_implementation.startswith("flash"),
        autocasts=runtime.autocasts,
        compiles=runtime.compiles,
    )


def _held(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, name: FormatName) -> _Held:
    upcast = 4 if step.stream == 4 else 2
    weights = weight_bytes(shape, name, rest_bytes=upcast) + scratch_bytes(shape, name)
    if step.adapted is None:
        trained, width, adapters = float(shape.parameters), 2, 0.0
    else:
        trained, width = float(step.adapted.parameters(shape, settings.lora_config.r)), step.adapter_bytes
        adapters = trained * width
    ends = 0
    if step.adapted is not None and runtime.trains_ends:
        ends = shape.end_parameters
        adapters += ends * width
        trained += ends
    state = OPTIMIZER_STATES[settings.optim]
    drops_gradients = runtime.steps_in_backward or state.in_backward
    optimizer = trained * state.states * (width if state.bytes_each is None else state.bytes_each)
    copy = trained * state.copies * width
    gradients = 0.0 if drops_gradients else trained * width
    if runtime.keeps_master_weights:
        # Weights and their first and second moments in float32; gradients are turned into float32 for the step.
        optimizer = trained * (4 + 4 * state.states)
        copy = trained * 4 * (1 + state.copies)
    head = shape.vocab * shape.hidden * width if step.adapted is None or ends else 0
    return _Held(weights, adapters, gradients, optimizer, 0.0 if drops_gradients else copy, head)


def _moments(
    shape: Shape,
    step: Step,
    held: _Held,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
) -> list[_Peak]:
    """Give the moments that can be the peak: head, first layer back, last layer back, optimizer's step."""
    dense, sparse = retained_bytes(shape, step, constants)
    tokens, layers = step.tokens, shape.layers
    scores = score_count(shape, step)
    per_score = constants.eager_upcast_bytes if step.stream == 4 else constants.eager_bytes
    momentary = tokens * _momentary_bytes(shape, step) + _unpacked_bytes(shape, step)
    head_streams = constants.head_streams * tokens * shape.hidden
    logits = _logits_bytes(settings, runtime, step, constants) * tokens * shape.vocab
    if settings.gradient_checkpointing:
        boundaries = 0.0 if runtime.offloads_activations else layers * step.stream * tokens * shape.hidden
        layer = tokens * max(dense if shape.dense_layers else 0, sparse) + momentary
        layer += per_score * scores if step.is_eager else 0
        kept, working = float(boundaries), layer
    else:
        kept = tokens * (shape.dense_layers * dense + shape.moe_layers * sparse)
        kept += 6 * scores * layers if step.is_eager else 0
        working = momentary + ((per_score - 6) * scores if step.is_eager else 0)
    early = held.gradients if settings.gradient_accumulation_steps > 1 else 0.0
    return [
        _Peak(kept + head_streams, logits, max(early, held.ends_gradients)),
        _Peak(kept + working, 0.0, max(early, held.ends_gradients)),
        _Peak(working, 0.0, held.gradients),
        _Peak(0.0, 0.0, held.gradients, held.step_copy),
    ]


def _momentary_bytes(shape: Shape, step: Step) -> float:
    """Give what the widest feed-forward layer needs for a moment of its backward pass, for each token."""
    if step.adapted is None:
        copies = 2
    elif step.is_quantized:
        copies = 4
    else:
        copies = 3 if any(linear.name == "down" for linear in step.adapted.linears) else 2
    return copies * step.stream * feed_forward_width(shape)


def _unpacked_bytes(shape: Shape, step: Step) -> float:
    return 2 * largest_linear(shape) if step.is_quantized else 0


def _logits_bytes(settings: TrainingSettings, runtime: TrainingRuntime, step: Step, constants: Calibration) -> float:
    """Give the bytes of a logit at the peak of the loss."""
    if settings.loss == "fused":
        return constants.fused_logits_bytes
    if settings.loss == "chunked":
        return constants.chunked_logits_bytes
    kept = step.stream if runtime.keeps_outputs else 0
    return (constants.autocast_logits_bytes if runtime.autocasts else constants.logits_bytes) + kept


def _estimate(
    shape: Shape,
    step: Step,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
    held: _Held,
    peak: _Peak,
) -> MemoryEstimate:
    share = _share(shape, settings)
    weights, adapters = held.weights * share.weights, held.adapters * share.adapters
    gradients, optimizer = peak.gradients * share.gradients, held.optimizer * share.optimizer
    optimizer += peak.step_copy * share.optimizer
    activations = peak.activations * share.activations + _gathered_bytes(held, settings, shape)
    allocated = weights + adapters + gradients + optimizer + activations + peak.logits
    return MemoryEstimate(
        task="training",
        parts=all_parts(
            weights=weights,
            adapters=adapters,
            gradients=gradients,
            optimizer=optimizer,
            activations=activations,
            logits=peak.logits,
            overhead=_overhead(allocated, step, settings, runtime, constants),
        ),
        assumptions=_assumptions(settings, runtime),
        margin=DERIVED_MARGIN if share.is_derived else MARGIN["training"],
        error_band=DERIVED_MARGIN if share.is_derived else ERROR_BAND["training"],
    )


class _Share(NamedTuple):
    """What of each part lies on one GPU."""

    weights: float = 1
    adapters: float = 1
    gradients: float = 1
    optimizer: float = 1
    activations: float = 1
    is_derived: bool = False


def _share(shape: Shape, settings: TrainingSettings) -> _Share:
    gpus = settings.n_gpus
    if gpus == 1:
        return _Share()
    match settings.sharding:
        case "none":
            return _Share()
        case "zero2":
            return _Share(gradients=1 / gpus, optimizer=1 / gpus, is_derived=True)
        case "zero3" | "fsdp":
            return _Share(1 / gpus, 1 / gpus, 1 / gpus, 1 / gpus, is_derived=True)
        case "device_map":
            largest = ceil(shape.layers / gpus) / shape.layers
            return _Share(largest, largest, largest, largest, largest, is_derived=True)


def _gathered_bytes(held: _Held, settings: TrainingSettings, shape: Shape) -> float:
    """Give the two layers that are whole for a moment where weights are split."""
    is_split = settings.n_gpus > 1 and settings.sharding in ("zero3", "fsdp")
    return 2 * held.weights / shape.layers if is_split else 0


def _overhead(
    allocated: float, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, constants: Calibration
) -> float:
    """Give what the allocator and the process hold beside live tensors, as far as the reading counts it."""
    communication = constants.partition_bytes if settings.sharding == "zero2" else 0
    if settings.n_gpus > 1 and settings.sharding in ("zero3", "fsdp"):
        communication = _COMMUNICATION_BYTES
    if runtime.reading == "allocated":
        return communication
    slack = constants.slack_fragmented if step.is_quantized or step.is_eager else constants.slack
    context = constants.context_bytes if runtime.reading == "process" else 0
    return communication + allocated * slack + context


def _assumptions(settings: TrainingSettings, runtime: TrainingRuntime) -> tuple[str, ...]:
    sentences = [
        f"{settings.stack}: {settings.attn_implementation} attention, {settings.loss} loss",
        "layers computed again in the backward pass"
        if settings.gradient_checkpointing
        else "all activations kept for the backward pass",
        f"every sequence {settings.max_seq_length} tokens long, image tokens included",
    ]
    if settings.method != "full":
        sentences.append(f"adapters in {settings.adapter_dtype}")
    if runtime.upcasts_rest and settings.method == "qlora":
        sentences.append("weights that are not quantised in float32")
    if settings.n_gpus > 1:
        sentences.append(
            "every GPU holds everything" if settings.sharding == "none" else f"split over GPUs by {settings.sharding}"
        )
    return tuple(sentences)
