"""A training run on one GPU, and the moments that can be its peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import CONTEXT_BYTES, Calibration
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.training.activations import (
    Retained,
    head_bytes,
    kept_bytes,
    kept_copies,
    retained_bytes,
    widest_bytes,
    working_bytes,
)
from model_garden_registry.memory.training.holdings import Holdings, holdings_of, placed_trained, placed_weights
from model_garden_registry.memory.training.losses import logits_bytes
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.sharding import GpuShare, communication_bytes, gathered_bytes, gpu_shares
from model_garden_registry.memory.training.step import Step, step_of
from model_garden_registry.memory.training.tower import NO_IMAGES, TowerBytes, tower_bytes
from model_garden_registry.units import MIB

#: cuBLAS's work space, in the forward and in the backward thread: twice 8.125 MiB before Hopper.
#: Source: PyTorch, `CUBLAS_WORKSPACE_CONFIG`.
_WORKSPACE_BYTES = 65 * MIB // 4
#: Tensors that are kept back or on their way where all that is saved goes to main memory.
#: Source: TRL, `models/activation_offloading.py` max_fwd_stash_size.
_ON_THE_WAY = 5


class Peak(NamedTuple):
    """What is there at one moment beside weights, adapters and optimizer."""

    activations: float = 0
    logits: float = 0
    gradients: float = 0
    step_copy: float = 0


class TrainingRun(NamedTuple):
    """
    A training run on one of its GPUs.

    Args:
        holdings: What is on the GPU during the whole run.

        share: What of the network runs on the GPU.

        images: Bytes that the images of a step take in the vision tower.

        gathered: Bytes of the layers that are whole while they run, where weights are split.
    """

    shape: Shape
    step: Step
    holdings: Holdings
    share: GpuShare
    images: TowerBytes
    gathered: float
    settings: TrainingSettings
    runtime: TrainingRuntime
    constants: Calibration

    def peaks(self) -> Iterator[Peak]:
        """
        Return the moments that can be the peak: head, first layer back, last layer back, optimizer's step, images.

        What all layers of the GPU save adds up; the working set of a layer is whole on the GPU that the layer runs on.
        """
        shape, step, gradients = self.shape, self.step, self.holdings.gradients
        retained = retained_bytes(shape, step, self.constants)
        kept = self._kept_bytes(retained)
        working = working_bytes(shape, step, retained, recomputes=self.settings.gradient_checkpointing)
        images = self.images if self.share.has_embeddings else NO_IMAGES
        outputs = 0.0
        # Gradients of the steps before this one, where an update takes several.
        early = gradients if self.settings.gradient_accumulation_steps > 1 else 0.0
        if self.share.has_head:
            outputs = float(step.tokens * shape.vocab * step.stream) if self.runtime.keeps_outputs else 0.0
            if self.settings.loss == "fused" and step.trains_head:
                # A fused loss makes the gradient of the head in the forward pass.
                early = max(early, 2.0 * shape.vocab * shape.hidden)
            logits = logits_bytes(shape, step, self.settings, runtime=self.runtime, constants=self.constants)
            yield Peak(kept + images.kept + self._around_head_bytes(), logits + outputs, early)
        yield Peak(kept + images.kept + working, outputs, early)
        yield Peak(images.kept + self._late_bytes(working), outputs, gradients)
        yield Peak(0.0, 0.0, gradients, self.holdings.step_copy)
        yield Peak(images.kept + images.working, 0.0, gradients if images.kept else early)

    def overhead_bytes(self, *, lasting: float, transient: float) -> float:
        """
        Return what allocator and process take beside live tensors, as far as the reading counts it.

        Weights that were quantised while loading leave gaps, as large as what waits to be quantised at once, however
        large the model is; scores of eager attention and copied logits make some everywhere.

        Args:
            lasting: Bytes that are there during the whole run.

            transient: Bytes that come and go.
        """
        runtime, constants = self.runtime, self.constants
        fixed = communication_bytes(self.settings, constants) + _WORKSPACE_BYTES
        if runtime.reading == "allocated":
            return fixed
        makes_gaps = self.step.is_eager or runtime.copies_logits
        slack = transient * (constants.slack_fragmented if makes_gaps else constants.slack)
        if self.step.is_quantized and not makes_gaps:
            slack += min(lasting * constants.slack_fragmented, constants.quantizing_gaps_bytes)
        else:
            slack += lasting * (constants.slack_fragmented if makes_gaps else constants.slack)
        context = constants.eager_context_bytes if runtime.loads_all_kernels else CONTEXT_BYTES
        context = context if runtime.reading == "process" else 0
        return fixed + slack + context

    def _kept_bytes(self, retained: Sequence[Retained]) -> float:
        """Return what the layers of the GPU save for the backward pass: everything, or the stream in front of each."""
        shape, step, layers = self.shape, self.step, self.share.layers
        if not self.settings.gradient_checkpointing:
            kept = kept_bytes(shape, step, retained, layers=layers) + layers * kept_copies(step)
            return min(kept, _ON_THE_WAY * widest_bytes(shape, step)) if self.runtime.offloads_activations else kept
        if self.runtime.offloads_activations:
            # Two inputs on their way, in half precision, and that of the last layer, which stays.
            return float(min(layers, 3) * 2 * step.tokens * shape.hidden)
        return float(layers * step.stream * step.tokens * shape.hidden)

    def _around_head_bytes(self) -> float:
        # Autocast turns a head in float32 into half precision, once for each step.
        casts_head = self.step.stream == 4 and self.step.autocasts
        cast = 2 * self.shape.vocab * self.shape.hidden if casts_head else 0
        return self.step.tokens * head_bytes(self.shape, self.step) + cast

    def _late_bytes(self, working: float) -> float:
        """Return what is there beside all gradients when the backward pass is in the first layer of the GPU."""
        is_trained = self.share.has_embeddings and self.step.adapted is None and self.holdings.gradients
        embeddings = 2 * self.shape.vocab * self.shape.hidden if is_trained else 0
        # The gradient of the embeddings comes last, so that it is not there beside the working set of a layer. Where
        # the head is the same matrix, the head's gradient is there from the start, then that of the embeddings, then
        # their sum: two more than the one that all gradients count.
        return max(working, 2.0 * embeddings) if self.shape.is_tied else max(0.0, working - embeddings)


def training_runs(
    entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime, constants: Calibration
) -> tuple[TrainingRun, ...]:
    """
    Return the run on each GPU that can be the fullest.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    shape = shape_of(entry)
    step = step_of(entry, shape, settings, runtime)
    whole = holdings_of(shape, step, settings, runtime)
    shares = gpu_shares(
        shape,
        settings,
        weights=placed_weights(shape, step, whole.weights),
        trained=placed_trained(shape, step, settings, runtime),
    )
    images = tower_bytes(shape, step, settings)
    gathered = gathered_bytes(whole.weights, shape, settings)
    return tuple(
        TrainingRun(shape, step, whole.on(share), share, images, gathered, settings, runtime, constants)
        for share in shares
    )
