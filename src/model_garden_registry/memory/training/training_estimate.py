"""The estimate for fine-tuning: all weights, LoRA, or QLoRA."""

from __future__ import annotations

from functools import partial

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.classes import SPREADS, class_of
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.memory.estimates import MemoryEstimate, Sentences, Unmodelled, all_parts
from model_garden_registry.memory.gpu_memory import gpu_memory
from model_garden_registry.memory.training.assumptions import assumptions
from model_garden_registry.memory.training.run import TrainingRun, training_runs
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.unmodelled import unmodelled


def estimate_training(
    entry: ModelInfo,
    settings: TrainingSettings,
    *,
    runtime: TrainingRuntime | None = None,
    gpu_total_bytes: int | None = None,
    constants: Calibration = CALIBRATED,
) -> MemoryEstimate:
    """
    Estimate the peak per GPU in a training step; the parts are those at the peak.

    Args:
        runtime: Process behaviour that settings do not state; None: that of the stack that they name.

        gpu_total_bytes: Memory of the GPU, which may carry more facts; used only without a runtime.

        constants: The calibrated constants.

    Raises:
        MissingShapeError: The entry does not state its shape.

    Source:
        docs/memory-model.md#training
    """
    published = entry.architecture.dtype if entry.architecture else None
    runtime = runtime or training_runtime(settings, gpu_memory(gpu_total_bytes), published=published)
    runs = training_runs(entry, settings, runtime, constants)
    sentences = Sentences(partial(assumptions, entry, runs[0]))
    left_out = unmodelled(entry, settings)
    estimates = [_estimate(run, sentences, left_out) for run in runs]
    return estimates[0] if len(estimates) == 1 else max(estimates, key=lambda estimate: estimate.expected_bytes)


def _estimate(run: TrainingRun, sentences: Sentences, left_out: tuple[Unmodelled, ...]) -> MemoryEstimate:
    """Estimate the peak of one GPU."""
    holdings = run.holdings
    *moments, loading = run.peaks()
    peak = max(moments, key=sum)
    if run.beside(loading) > sum(peak):
        peak = loading
    optimizer = 0 if peak.loaded else holdings.optimizer
    weights = holdings.weights + peak.loaded
    lasting = weights + holdings.adapters + optimizer
    transient = peak.gradients + peak.activations + peak.logits + peak.step_copy
    if run.precision.master:
        # Optimizer states and the step's copies are in flat buffers that leave no gaps.
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
        assumptions=sentences,
        margin=spread.margin,
        error_band=spread.band,
        not_modelled=left_out,
    )
