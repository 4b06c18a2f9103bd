"""The estimate for fine-tuning: all weights, LoRA, or QLoRA."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import CALIBRATED, CONTEXT_BYTES, Calibration
from model_garden_registry.memory.estimates import (
    DERIVED_MARGIN,
    ERROR_BAND,
    MARGIN,
    MemoryEstimate,
    all_parts,
)
from model_garden_registry.memory.network.adapters import adapted
from model_garden_registry.memory.network.images import encoder_bytes
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import UNTRAINABLE, FormatName, published_format
from model_garden_registry.memory.training.activations import Step
from model_garden_registry.memory.training.holdings import Held, held_bytes, placed_trained, placed_weights
from model_garden_registry.memory.training.moments import Peak, moments_of
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.training.sharding import Card, cards_of, communication_bytes, gathered_bytes
from model_garden_registry.units import MIB

#: Eager attention at its peak, bytes of a score: probabilities, their gradient, that of the scores and a product of two
#: of them in float32; with float16 the third in half precision. Source: the operations that torch records for a step.
_SCORE_BYTES, _HALF_SCORE_BYTES = 16, 14

#: cuBLAS's work space, in the forward and in the backward thread: twice 8.125 MiB before Hopper.
#: Source: PyTorch, `CUBLAS_WORKSPACE_CONFIG`.
_WORKSPACE_BYTES = 65 * MIB // 4

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class _Run(NamedTuple):
    """
    A training run as a single GPU would do it.

    Args:
        images: Bytes that encoding the images of a step takes for a moment.
    """

    shape: Shape
    step: Step
    held: Held
    images: int
    settings: TrainingSettings
    runtime: TrainingRuntime
    constants: Calibration


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
    held = held_bytes(shape, step, settings, runtime, name)
    weights = placed_weights(shape, step, held.weights)
    trained = placed_trained(shape, step, settings, runtime)
    tower = entry.architecture.vision if entry.architecture else None
    images = encoder_bytes(tower, images=settings.batch_size * settings.images_per_sample) if tower else 0
    run = _Run(shape, step, held, images, settings, runtime, constants)
    cards = cards_of(shape, settings, weights=weights, trained=trained)
    return max((_on_card(run, card) for card in cards), key=lambda estimate: estimate.expected_bytes)


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


def _on_card(run: _Run, card: Card) -> MemoryEstimate:
    """Estimate the peak of one GPU."""
    shape, settings, runtime = run.shape, run.settings, run.runtime
    held = run.held.on(card)
    moments = moments_of(shape, run.step, held, card, settings, runtime, run.constants)
    peak = max((*moments, Peak(run.images if card.has_embeddings else 0)), key=sum)
    activations = peak.activations + gathered_bytes(run.held.weights, shape, settings)
    lasting = held.weights + held.adapters + held.optimizer
    passing = peak.gradients + activations + peak.logits + peak.step_copy
    if runtime.keeps_master_weights:
        # Moments, and what the step makes of them, lie in flat buffers that leave no gaps.
        lasting, passing = lasting - held.optimizer, passing - peak.step_copy
    return MemoryEstimate(
        task="training",
        parts=all_parts(
            weights=held.weights,
            adapters=held.adapters,
            gradients=peak.gradients,
            optimizer=held.optimizer + peak.step_copy,
            activations=activations,
            logits=peak.logits,
            overhead=_overhead(lasting, passing, run.step, settings, runtime, run.constants),
        ),
        assumptions=_assumptions(shape, settings, runtime),
        margin=DERIVED_MARGIN if card.is_derived else MARGIN["training"],
        error_band=DERIVED_MARGIN if card.is_derived else ERROR_BAND["training"],
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
