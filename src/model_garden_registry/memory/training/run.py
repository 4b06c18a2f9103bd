"""A training run on one GPU, and the moments that can be its peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import CONTEXT_BYTES, Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.activations import (
    Retained,
    head_bytes,
    kept_bytes,
    kept_copies,
    widest_bytes,
    working_bytes,
)
from model_garden_registry.memory.training.holdings import Asked, Holdings, Standing, standing_of
from model_garden_registry.memory.training.losses import logits_bytes
from model_garden_registry.memory.training.precision import Precision
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.several_gpus.sharding import GpuShare
from model_garden_registry.memory.training.several_gpus.traffic import Traffic
from model_garden_registry.memory.training.step import Step, sized
from model_garden_registry.memory.training.tower import NO_IMAGES, TowerBytes, tower_bytes
from model_garden_registry.units import GIB, MIB

#: cuBLAS's workspace, in the forward and in the backward thread: twice 8.125 MiB before Hopper.
#: Source: PyTorch, `CUBLAS_WORKSPACE_CONFIG`.
_WORKSPACE_BYTES = 65 * MIB // 4
#: Tensors stashed or in transit if all saved tensors are offloaded to main memory.
#: Source: TRL, `models/activation_offloading.py` max_fwd_stash_size.
_ON_THE_WAY = 5
#: Factor on the slack if tensors of many sizes come and go, or weights are quantised one by one.
_GAPS = 2
#: The least that the allocator reserves beyond live tensors, however small the model: partly free segments, and the
#: workspaces of cuDNN and cuBLASLt. Source: docs/memory-model.md#training, runs of models below 1 B.
_LEAST_SLACK = GIB // 2
#: NCCL's channels and their buffers, outside of torch. Source: docs/memory-model.md#training; an estimate.
_NCCL_BYTES = GIB


class Peak(NamedTuple):
    """
    Transient bytes at one moment, beside weights, adapters and optimizer.

    Args:
        loaded: Weights beyond those that stay, at load time, before there is an optimizer.
    """

    activations: float = 0
    logits: float = 0
    gradients: float = 0
    step_copy: float = 0
    loaded: float = 0


class TrainingRun(NamedTuple):
    """
    A training run on one of its GPUs.

    Args:
        holdings: Bytes that stay on the GPU during the whole run.

        standing: The part that does not depend on the tokens of a step.

        share: The part of the network on this GPU.

        images: Bytes that the images of a step take in the vision tower.
    """

    shape: Shape
    step: Step
    standing: Standing
    holdings: Holdings
    share: GpuShare
    images: TowerBytes
    settings: TrainingSettings
    runtime: TrainingRuntime
    constants: Calibration

    @property
    def precision(self) -> Precision:
        """The number types of the run."""
        return self.standing.precision

    @property
    def traffic(self) -> Traffic:
        """Transient full-size tensors where GPUs share weights or gradients."""
        return self.standing.traffic

    def peaks(self) -> Iterator[Peak]:
        """
        Yield the moments that can be the peak.

        Head, first layer back, last layer back, optimizer step, images, evaluation, loading. The saved activations of
        all layers on the GPU add up; the working set of a layer is whole on the GPU that runs it.
        """
        shape, step, traffic, precision = self.shape, self.step, self.traffic, self.precision
        gradients = self.holdings.gradients + traffic.standing
        standing = gradients if traffic.keeps_gradients else traffic.standing
        retained = self.standing.retained
        kept = self._kept_bytes(retained) + traffic.gathered
        working = working_bytes(shape, step, retained, recomputes=self.settings.gradient_checkpointing)
        working += self._exchanged_bytes()
        images = self.images if self.share.has_embeddings else NO_IMAGES
        outputs = whole = 0.0
        # Gradients of earlier micro-batches, with gradient accumulation.
        early = gradients if self.settings.gradient_accumulation_steps > 1 else standing
        if self.share.has_head:
            outputs = float(step.tokens * shape.vocab * step.stream) if self.runtime.keeps_outputs else 0.0
            if self.settings.loss == "fused" and step.trains_head:
                # A fused loss computes the gradient of the head in the forward pass, before it is sharded.
                whole = float(precision.stream * shape.vocab * shape.hidden)
        early = max(early + traffic.reduced, traffic.standing + whole)
        if self.share.has_head:
            logits = logits_bytes(shape, step, self.settings, runtime=self.runtime, constants=self.constants)
            around = images.kept + self._around_head_bytes() + self._cast_bytes(in_forward=True)
            yield Peak(kept + around, logits + outputs, early)
        yield Peak(kept + images.kept + working + self._cast_bytes(), outputs, early)
        undivided = precision.gradients * self.share.gradients * traffic.unreduced
        late = max(0.0, gradients - undivided)
        before, after = self._late_bytes(working)
        around = self._cast_bytes() + traffic.gathered
        if images.is_passed:
            # The backward pass of the tower comes between the first layer and the embeddings.
            so_far = max(0.0, late - self._tower_gradients())
            yield Peak(images.kept + before + around, outputs, so_far + traffic.reduced)
            before = 0.0
        yield Peak(max(before, after) + around, outputs, late + traffic.reduced)
        pools = traffic.has_pools and self.runtime.reading != "allocated"
        gathered, reduced = (traffic.gathered, traffic.reduced) if pools else (0.0, 0.0)
        yield Peak(gathered, 0.0, gradients + reduced, self.holdings.step_copy)
        if self.share.has_embeddings:
            at_images = max(0.0, gradients - self._missing_embeddings()) if images.is_passed else standing
            yield Peak(images.kept + images.working + traffic.gathered, 0.0, at_images)
        if self.settings.eval_batch_size:
            yield self._evaluation(self.settings.eval_batch_size, standing)
        yield Peak(loaded=max(0.0, traffic.loaded - self.holdings.weights))

    def beside(self, peak: Peak) -> float:
        """Return the bytes of a moment with what always stays; while weights are loaded, there is no optimizer."""
        return sum(peak) - (self.holdings.optimizer if peak.loaded else 0)

    def _evaluation(self, sequences: int, gradients: float) -> Peak:
        """Return the peak of an evaluation: a forward pass that saves no activations and computes no gradients."""
        step = self.step._replace(batch=sequences)
        logits = logits_bytes(self.shape, step, self.settings, runtime=self.runtime, constants=self.constants)
        if self.settings.loss == "full":
            # The logits themselves, their float32 copy, and the log-probabilities.
            logits = float(step.tokens * self.shape.vocab * (2 + 4 + 4))
        width = max(group.feed_forward.width for group in self.shape.groups)
        layer = step.tokens * step.stream * (self.shape.family.matrices * width + 4 * self.shape.hidden)
        return Peak(layer + self.traffic.gathered, logits if self.share.has_head else 0.0, gradients)

    def overhead_bytes(self, *, lasting: float, transient: float) -> float:
        """
        Return what allocator and process take beside live tensors, as far as the reading counts it.

        Weights quantised at load time leave gaps as large as what waits to be quantised at once, whatever the size;
        eager attention's scores and copied logits leave some everywhere.

        Args:
            lasting: Bytes that stay during the whole run.

            transient: Bytes that come and go.
        """
        runtime, constants = self.runtime, self.constants
        fixed = _WORKSPACE_BYTES
        if runtime.reading == "allocated":
            return fixed
        makes_gaps = self.step.is_eager or runtime.copies_logits
        share = constants.slack * (_GAPS if makes_gaps else 1)
        slack = transient * share
        if self.step.is_quantized and not makes_gaps:
            slack += self.loading_gaps(lasting)
        else:
            slack += lasting * share
        slack += constants.gathering_gaps * self.traffic.gathered
        context = constants.eager_context_bytes if runtime.loads_all_kernels else CONTEXT_BYTES
        if self.settings.n_gpus > 1 and self.settings.sharding != "device_map":
            context += _NCCL_BYTES
        return fixed + max(slack, _LEAST_SLACK) + (context if runtime.reading == "process" else 0)

    def loading_gaps(self, lasting: float) -> float:
        """Return the gaps that weights quantised at load time leave in the allocator."""
        constants = self.constants
        if not self.step.is_quantized:
            return 0.0
        return min(lasting * _GAPS * constants.slack, constants.quantizing_gaps_bytes)

    def _kept_bytes(self, retained: Sequence[Retained]) -> float:
        """Return the saved activations of the layers on this GPU: all, or only the residual stream in front of each."""
        shape, step, layers = self.shape, self.step, self.share.layers
        if not self.settings.gradient_checkpointing:
            kept = kept_bytes(shape, step, retained, layers=layers) + layers * kept_copies(step)
            return min(kept, _ON_THE_WAY * widest_bytes(shape, step)) if self.runtime.offloads_activations else kept
        if self.runtime.offloads_activations:
            # Two inputs in transit, in half precision, and that of the last layer, which stays.
            return float(min(layers, 3) * 2 * step.tokens * shape.hidden)
        return float(layers * step.stream * step.tokens * shape.hidden)

    def _around_head_bytes(self) -> float:
        # Autocast casts a float32 head to half precision, once per step.
        is_float32 = self.precision.rest == 4 or self.runtime.keeps_float32_ends
        casts_head = is_float32 and self.step.stream == 4 and self.step.autocasts
        cast = 2 * self.shape.vocab * self.shape.hidden if casts_head else 0
        return self.step.tokens * head_bytes(self.shape, self.step) + cast

    def _cast_bytes(self, *, in_forward: bool = False) -> float:
        """
        Return the half-precision copies that autocast makes of float32 weights.

        Copies of trained weights stay until the forward pass ends; without checkpointing the graph keeps all of them.
        """
        if not self.precision.is_cast or not self.step.autocasts or self.step.is_quantized:
            return 0.0
        stays = not self.settings.gradient_checkpointing or (in_forward and self.step.adapted is None)
        layers = self.share.layers if stays else 1
        return 2 * self.shape.linear_parameters * layers / self.shape.layers

    def _exchanged_bytes(self) -> float:
        """
        Return the gathered keys and values of one layer with context parallelism, and their gradients.

        Source:
            torch, `context_parallel`: keys and values are gathered from all GPUs, their gradients are reduced.
        """
        if self.settings.context_parallel_size == 1:
            return 0.0
        width = max(group.mixer.k_width + group.mixer.v_width for group in self.shape.groups)
        return 2.0 * self.step.batch * self.settings.max_seq_length * width * self.step.attention_bytes

    def _late_bytes(self, working: float) -> tuple[float, float]:
        """
        Return the bytes beside all gradients in the GPU's first layer, and those when the embeddings' gradient comes.

        That gradient comes last, when no layer's working set is live. If the head is tied, the head's gradient is there
        from the start, then the embeddings', then their sum: two more than the one that all gradients count.
        """
        if self.shape.is_tied:
            return working, 2.0 * self._embeddings_gradient()
        return max(0.0, working - self._embeddings_gradient()), 0.0

    def _embeddings_gradient(self) -> float:
        is_trained = self.share.has_embeddings and self.step.adapted is None and self.holdings.gradients
        width = self.precision.gradients * self.share.gradients
        return width * self.shape.vocab * self.shape.hidden if is_trained and not self.traffic.unreduced else 0.0

    def _missing_embeddings(self) -> float:
        """Return the gradients that are missing until the embeddings' gradient comes."""
        return 0.0 if self.shape.is_tied else self._embeddings_gradient()

    def _tower_gradients(self) -> float:
        """Return the gradients of a vision tower that is trained in full."""
        is_trained = self.step.trains_tower and self.step.adapted is None
        return self.precision.gradients * self.share.gradients * self.shape.tower_parameters if is_trained else 0.0


def training_runs(
    entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime, constants: Calibration
) -> tuple[TrainingRun, ...]:
    """
    Return the run on each GPU that can be the fullest.

    Raises:
        MissingShapeError: The entry does not state its shape.
    """
    asked = Asked(entry, settings, runtime, constants=constants)
    shape, standing = asked.shape, standing_of(asked)
    step = sized(standing.step, settings)
    images = tower_bytes(shape, step, settings, runtime)
    return tuple(
        TrainingRun(shape, step, standing, holdings, share, images, settings, runtime, constants)
        for share, holdings in standing.shares
    )
