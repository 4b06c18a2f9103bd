"""The estimate for fine-tuning: all weights, LoRA, or QLoRA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings import TrainingSettings
from model_garden_registry.memory.activations import (
    Step,
    head_bytes,
    kept_bytes,
    retained_bytes,
    working_bytes,
)
from model_garden_registry.memory.adapters import adapted
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES, Calibration
from model_garden_registry.memory.estimates import (
    DERIVED_MARGIN,
    ERROR_BAND,
    MARGIN,
    MemoryEstimate,
    all_parts,
)
from model_garden_registry.memory.images import encoder_bytes
from model_garden_registry.memory.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.runtimes import TrainingRuntime, training_runtime
from model_garden_registry.memory.shape import Shape, shape_of
from model_garden_registry.memory.sharding import Share, communication_bytes, gathered_bytes, share_of
from model_garden_registry.memory.weight_formats import UNTRAINABLE, FormatName, published_format
from model_garden_registry.memory.weights import loaded_bytes
from model_garden_registry.units import MIB

#: Eager attention at its peak, bytes of a score: probabilities, their gradient, that of the scores and a product of two
#: of them in float32; with float16 the third in half precision. Source: the operations that torch records for a step.
_SCORE_BYTES, _HALF_SCORE_BYTES = 16, 14

#: cuBLAS's work space, in the forward and in the backward thread: twice 8.125 MiB before Hopper.
#: Source: PyTorch, `CUBLAS_WORKSPACE_CONFIG`.
_WORKSPACE_BYTES = 65 * MIB // 4

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class _Held(NamedTuple):
    """Bytes that are there during the whole run, and those of the gradients and of the optimizer's step."""

    weights: float
    adapters: float
    gradients: float
    optimizer: float
    step_copy: float


class _Peak(NamedTuple):
    """What is there at one moment beside weights, adapters and optimizer."""

    activations: float = 0
    logits: float = 0
    gradients: float = 0
    step_copy: float = 0

    def on_each_gpu(self, share: Share) -> _Peak:
        """Give what of it lies on one GPU; the logits are whole on the one that has the head."""
        return _Peak(
            self.activations * share.activations,
            self.logits,
            self.gradients * share.gradients,
            self.step_copy * share.optimizer,
        )


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
    tower = entry.architecture.vision if entry.architecture else None
    images = encoder_bytes(tower, images=settings.batch_size * settings.images_per_sample) if tower else 0
    moments = [*_moments(shape, step, held, settings, runtime, constants), _Peak(images)]
    share = share_of(shape, settings)
    peak = max((moment.on_each_gpu(share) for moment in moments), key=sum)
    return _estimate(shape, step, settings, runtime, constants, held, peak, share)


def _loaded_format(entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime) -> FormatName:
    """Give the format that the base weights are held in: as published, unpacked, or quantised while loading."""
    if settings.method == "full":
        return "half"
    published = published_format(entry.quantization)
    if published in UNTRAINABLE:
        published = "half"
    if settings.method == "qlora" and published == "half":
        return "nf4-dq" if runtime.double_quantizes else "nf4"
    return published


def _step(
    entry: ModelInfo, shape: Shape, settings: TrainingSettings, runtime: TrainingRuntime, name: FormatName
) -> Step:
    is_adapter = settings.method != "full"
    is_quantized = name != "half"
    is_float16 = entry.architecture is not None and entry.architecture.dtype == "float16"
    return Step(
        batch=settings.batch_size,
        sequence=settings.max_seq_length,
        stream=4 if is_quantized and runtime.upcasts_rest else 2,
        adapted=adapted(entry, shape, settings.lora_config.target_modules) if is_adapter else None,
        adapter_bytes=_BYTES[settings.adapter_dtype],
        drops_out=settings.lora_config.lora_dropout > 0,
        is_quantized=is_quantized,
        peak_score_bytes=_HALF_SCORE_BYTES if is_float16 and not is_quantized else _SCORE_BYTES,
        is_eager=settings.attn_implementation == "eager",
        repeats_heads=runtime.repeats_heads or settings.attn_implementation == "eager",
        autocasts=runtime.autocasts,
        fuses=runtime.fuses,
        is_handwritten=runtime.is_handwritten,
    )


def _held(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, name: FormatName) -> _Held:
    weights = loaded_bytes(
        shape,
        name,
        rest_bytes=4 if step.stream == 4 else 2,
        unties_head=runtime.unties_head,
        quantizes_head=runtime.quantizes_head,
    )
    state = OPTIMIZER_STATES[settings.optim]
    drops_gradients = runtime.steps_in_backward or state.in_backward
    adapters = gradients = optimizer = copy = 0.0
    for count, width in _trained(shape, step, settings, runtime):
        adapters += count * width if step.adapted is not None else 0
        gradients += 0 if drops_gradients else count * width
        optimizer += count * state.states * (width if state.bytes_each is None else state.bytes_each)
        copy += 0 if drops_gradients else count * state.copies * width
    if runtime.keeps_master_weights:
        # Weights and moments in float32; gradients are turned into float32 for the step.
        optimizer, copy = shape.parameters * 4 * (1 + state.states), shape.parameters * 4 * (1 + state.copies)
    return _Held(weights, adapters, gradients, optimizer, copy)


def _trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime
) -> Iterator[tuple[int, int]]:
    """Give the trained parameters and the bytes of one of them."""
    if step.adapted is None:
        yield shape.parameters, 2
        return
    yield step.adapted.parameters(shape, settings.lora_config.r), step.adapter_bytes
    if runtime.trains_ends:
        yield shape.end_parameters, 2


def _moments(
    shape: Shape,
    step: Step,
    held: _Held,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
) -> list[_Peak]:
    """Give the moments that can be the peak: head, first layer back, last layer back, optimizer's step."""
    tokens, retained = step.tokens, retained_bytes(shape, step, constants)
    around_head = tokens * head_bytes(shape, step)
    # Autocast turns a head in float32 into half precision, once for each step.
    around_head += 2 * shape.vocab * shape.hidden if step.stream == 4 and step.autocasts else 0
    outputs = float(tokens * shape.vocab * step.stream) if runtime.keeps_outputs else 0.0
    logits = tokens * shape.vocab * _logit_bytes(settings, runtime, step, constants)
    working = working_bytes(shape, step, retained, recomputes=settings.gradient_checkpointing)
    kept = kept_bytes(shape, step, retained) if not settings.gradient_checkpointing else 0.0
    if settings.gradient_checkpointing and not runtime.offloads_activations:
        kept = float(shape.layers * step.stream * tokens * shape.hidden)
    early = held.gradients if settings.gradient_accumulation_steps > 1 else 0.0
    if settings.loss == "fused" and step.adapted is None:
        # A fused loss gives the gradient of the head in the forward pass.
        early = max(early, 2.0 * shape.vocab * shape.hidden)
    # The gradient of the embeddings comes last; where the head is the same matrix, its own is there, then their sum.
    embeddings = 2 * shape.vocab * shape.hidden if step.adapted is None and held.gradients else 0
    late = max(working, 2.0 * embeddings) if shape.is_tied else max(0.0, working - embeddings)
    return [
        _Peak(kept + around_head, logits + outputs, early),
        _Peak(kept + working, outputs, early),
        _Peak(late, outputs, held.gradients),
        _Peak(0.0, 0.0, held.gradients, held.step_copy),
    ]


def _logit_bytes(settings: TrainingSettings, runtime: TrainingRuntime, step: Step, constants: Calibration) -> float:
    """
    Give the bytes of a logit at the peak of the loss.

    In full: log-probabilities, and at the start of the backward pass two gradients, in the type of the loss.
    """
    if settings.loss == "fused":
        return constants.fused_logits_bytes
    if settings.loss == "chunked":
        return constants.chunked_logits_bytes * step.stream / 2
    shifted = 2 if runtime.copies_logits else 0
    return 3 * (2 if runtime.halves_loss else 4) + shifted


def _estimate(
    shape: Shape,
    step: Step,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
    held: _Held,
    peak: _Peak,
    share: Share,
) -> MemoryEstimate:
    weights, adapters = held.weights * share.weights, held.adapters * share.adapters
    gradients, optimizer, step_copy = peak.gradients, held.optimizer * share.optimizer, peak.step_copy
    activations = peak.activations + gathered_bytes(held.weights, shape, settings)
    lasting = weights + adapters + optimizer
    passing = gradients + activations + peak.logits + step_copy
    if runtime.keeps_master_weights:
        # Moments, and what the step makes of them, lie in flat buffers that leave no gaps.
        lasting, passing = lasting - optimizer, passing - step_copy
    return MemoryEstimate(
        task="training",
        parts=all_parts(
            weights=weights,
            adapters=adapters,
            gradients=gradients,
            optimizer=optimizer + step_copy,
            activations=activations,
            logits=peak.logits,
            overhead=_overhead(lasting, passing, step, settings, runtime, constants),
        ),
        assumptions=_assumptions(shape, settings, runtime),
        margin=DERIVED_MARGIN if share.is_derived else MARGIN["training"],
        error_band=DERIVED_MARGIN if share.is_derived else ERROR_BAND["training"],
    )


def _overhead(
    lasting: float,
    passing: float,
    step: Step,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
) -> float:
    """
    Give what the allocator and the process hold beside live tensors, as far as the reading counts it.

    Weights that were quantised while loading leave gaps, scores of eager attention and copied logits make them.

    Args:
        lasting: Bytes that are there during the whole run.

        passing: Bytes that come and go.
    """
    fixed = communication_bytes(settings, constants) + _WORKSPACE_BYTES
    if runtime.reading == "allocated":
        return fixed
    makes_gaps = step.is_eager or runtime.copies_logits
    slack = passing * (constants.slack_fragmented if makes_gaps else constants.slack)
    slack += lasting * (constants.slack_fragmented if makes_gaps or step.is_quantized else constants.slack)
    context = constants.eager_context_bytes if runtime.loads_all_kernels else CONTEXT_BYTES
    context = context if runtime.reading == "process" else 0
    return fixed + slack + context


def _assumptions(shape: Shape, settings: TrainingSettings, runtime: TrainingRuntime) -> tuple[str, ...]:
    sentences = [
        f"{settings.stack}: {settings.attn_implementation} attention, {settings.loss} loss",
        "layers computed again in the backward pass"
        if settings.gradient_checkpointing
        else "all activations kept for the backward pass",
        f"every sequence {settings.max_seq_length} tokens long, image tokens included",
    ]
    trained = "all weights, gradients and moments in half precision"
    sentences.append(trained if settings.method == "full" else f"adapters in {settings.adapter_dtype}")
    if runtime.upcasts_rest and settings.method == "qlora":
        sentences.append("weights that are not quantised in float32")
    if shape.has_vision:
        sentences.append("the vision tower is not trained")
    if settings.n_gpus > 1:
        sentences.append(
            "every GPU holds everything" if settings.sharding == "none" else f"split over GPUs by {settings.sharding}"
        )
    return tuple(sentences)
