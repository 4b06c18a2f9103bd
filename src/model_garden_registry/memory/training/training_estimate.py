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
    holdings, peak = run.holdings, max(run.peaks(), key=run.beside)
    optimizer = 0 if peak.loaded else holdings.optimizer
    weights = holdings.weights + peak.loaded
    lasting = holdings.weights + holdings.adapters + optimizer
    transient = peak.loaded + peak.gradients + peak.activations + peak.logits + peak.step_copy
    if run.precision.master:
        # Moments, and what the step makes of them, lie in flat buffers that leave no gaps.
        lasting, transient = lasting - optimizer, transient - peak.step_copy
    spread = SPREADS[class_of(run.shape, run.settings)]
    return MemoryEstimate(
        task="training",
        parts=all_parts(
            weights=weights,
            adapters=holdings.adapters,
            gradients=peak.gradients,
            optimizer=optimizer + peak.step_copy,
            activations=peak.activations,
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
    sentences.append(_types(run))
    if run.step.is_quantized and run.precision.rest == 4:
        sentences.append("weights that are not quantised in float32")
    loads = stack_of(settings.stack, settings.stack_version).load_dtype
    if settings.method != "full" and settings.dtype == "auto" and loads == "float32":
        sentences.append("dtype is set to that of the checkpoint: without it, the stack loads a model in float32")
    if run.shape.has_vision:
        how = ("trained" if settings.method == "full" else "adapted too") if run.step.trains_tower else "not trained"
        sentences.append(f"the vision tower is {how}")
    if settings.eval_batch_size:
        sentences.append("an evaluation keeps no logits")
    if settings.n_gpus > 1:
        sentences.append(
            "every GPU holds everything" if settings.sharding == "none" else f"split over GPUs by {settings.sharding}"
        )
    return tuple(sentences)


def _types(run: TrainingRun) -> str:
    """Say in which types what is trained is kept."""
    is_full, words = run.settings.method == "full", {2: "half precision", 4: "float32"}
    if run.precision.master:
        trained = "all weights and gradients" if is_full else "adapters and their gradients"
        return f"{trained} in half precision, what the optimizer works on in float32"
    if is_full:
        return f"all weights, gradients and moments in {words[run.precision.trained]}"
    is_chosen = run.precision.trained == (4 if run.settings.adapter_dtype == "float32" else 2)
    return f"adapters in {run.settings.adapter_dtype if is_chosen else words[run.precision.trained]}"
