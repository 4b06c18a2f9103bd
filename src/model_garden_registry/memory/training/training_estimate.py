"""The estimate for fine-tuning: all weights, LoRA, or QLoRA."""

from __future__ import annotations

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.classes import SPREADS, class_of
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import MemoryEstimate, all_parts
from model_garden_registry.memory.training.run import TrainingRun, training_runs
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.unmodelled import unmodelled


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
        runtime: What settings do not say; None: what the stack that they name does by itself.

        constants: The calibrated constants.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        docs/memory-model.md#training
    """
    runs = training_runs(entry, settings, runtime or training_runtime(settings), constants)
    return max(map(_estimate, runs), key=lambda estimate: estimate.expected_bytes)


def _estimate(run: TrainingRun) -> MemoryEstimate:
    """Estimate the peak of one GPU."""
    holdings, peak = run.holdings, max(run.peaks(), key=sum)
    activations = peak.activations + run.gathered
    lasting = holdings.weights + holdings.adapters + holdings.optimizer
    transient = peak.gradients + activations + peak.logits + peak.step_copy
    if run.runtime.keeps_master_weights:
        # Moments, and what the step makes of them, lie in flat buffers that leave no gaps.
        lasting, transient = lasting - holdings.optimizer, transient - peak.step_copy
    spread = SPREADS[class_of(run.shape, run.settings)]
    return MemoryEstimate(
        task="training",
        parts=all_parts(
            weights=holdings.weights,
            adapters=holdings.adapters,
            gradients=peak.gradients,
            optimizer=holdings.optimizer + peak.step_copy,
            activations=activations,
            logits=peak.logits,
            overhead=run.overhead_bytes(lasting=lasting, transient=transient),
        ),
        assumptions=_assumptions(run),
        margin=spread.margin,
        error_band=spread.band,
        not_modelled=unmodelled(run.settings),
    )


def _assumptions(run: TrainingRun) -> tuple[str, ...]:
    settings = run.settings
    sentences = [
        f"{settings.tool}: {settings.attn_implementation} attention, {settings.loss} loss",
        "layers computed again in the backward pass"
        if settings.gradient_checkpointing
        else "all activations kept for the backward pass",
        f"every sequence {settings.max_seq_length} tokens long, image tokens included",
    ]
    trained = "all weights, gradients and moments in half precision"
    sentences.append(trained if settings.method == "full" else f"adapters in {settings.adapter_dtype}")
    if run.runtime.upcasts_rest and settings.method == "qlora":
        sentences.append("weights that are not quantised in float32")
    if settings.method != "full" and stack_of(settings.stack, settings.stack_version).load_dtype == "float32":
        sentences.append("dtype is set to that of the checkpoint: without it, the stack loads a model in float32")
    if run.shape.has_vision:
        sentences.append("the vision tower is not trained")
    if settings.n_gpus > 1:
        sentences.append(
            "every GPU holds everything" if settings.sharding == "none" else f"split over GPUs by {settings.sharding}"
        )
    return tuple(sentences)
