"""Bytes of a step's images in the vision tower: saved activations if it is trained, and the peak of encoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.images import encoder_bytes, image_patches
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.towers import TowerMatrix, tower_matrices, tower_reads
from model_garden_registry.memory.training.activations import copy_bytes
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import Step

#: Bytes of an element of a tower.
_WIDTH = 2


class TowerBytes(NamedTuple):
    """
    Bytes of a step's images.

    Args:
        kept: Saved until the backward pass has gone through the tower.

        working: Transient, while one of its layers runs.

        is_passed: Whether the backward pass goes through the tower.
    """

    kept: float
    working: float
    is_passed: bool = False


#: A step without images.
NO_IMAGES = TowerBytes(0, 0)


def tower_bytes(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> TowerBytes:
    """
    Return the bytes of a step's images; a tower without a backward pass saves nothing.

    Source:
        docs/memory-model.md#training
    """
    tower, images = shape.tower, step.batch * settings.images_per_sample
    if tower is None:
        return NO_IMAGES
    working = encoder_bytes(tower, images=images, pixels=settings.image_pixels)
    patches, layers = image_patches(tower, settings.image_pixels), tower.num_hidden_layers
    frozen = runtime.frozen_tower if shape.family.hooked_tower and not step.trains_tower else "left"
    has_checkpoints = settings.gradient_checkpointing
    is_passed = step.trains_tower or frozen == "always" or (has_checkpoints and frozen != "left")
    if not is_passed or patches is None or layers is None or tower.hidden_size is None:
        return TowerBytes(0, working)
    layer = images * patches * _layer_bytes(shape, step, settings, runtime)
    if not has_checkpoints or frozen == "kept":
        return TowerBytes(layers * layer, working, is_passed=True)
    kept = 0 if settings.offload == "activations" else layers * images * patches * _WIDTH * tower.hidden_size
    return TowerBytes(kept, working + layer, is_passed=True)


def _layer_bytes(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> int:
    """
    Return the bytes per patch that a tower layer saves for its backward pass.

    Source:
        transformers, `SiglipEncoderLayer` and `Qwen2_5_VLVisionBlock`, tensor by tensor as autograd saves them.
    """
    assert shape.tower is not None
    reads, is_full = tower_reads(shape.tower, shape.family), step.adapted is None
    # LayerNorm saves its input; RMSNorm a float32 copy and, if it is trained, the input of its weight.
    is_stepwise = reads.has_rms_norms and not step.fuses
    norm = (4 + _WIDTH * is_full) if is_stepwise else _WIDTH
    # The activation function's input, the gate's product and the output; one tensor less if kernels are fused.
    activations = (2 if step.fuses else 3) if reads.is_gated else 1
    kept = 2 * norm * reads.width + _WIDTH * (reads.attention + activations * reads.inner)
    trained = tuple(_trained(shape, step, settings, runtime))
    copies = 0 if is_full else copy_bytes(step)
    if copies:
        return kept + copies * sum(matrix.d_in for matrix in trained)
    return kept + _WIDTH * sum(
        {reads.tensor(matrix): matrix.d_in for matrix in trained if reads.tensor(matrix)}.values()
    )


def _trained(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Iterator[TowerMatrix]:
    """Yield the matrices of a tower layer that are trained or have an adapter."""
    assert shape.tower is not None
    targets = settings.lora_config.target_modules
    is_whole = step.adapted is None or isinstance(targets, str) or runtime.adapts_whole_tower
    tails = {name.rpartition(".")[2] for name in targets}
    for matrix in tower_matrices(shape.tower, shape.family):
        if step.trains_tower and (is_whole or matrix.name in tails):
            yield matrix
