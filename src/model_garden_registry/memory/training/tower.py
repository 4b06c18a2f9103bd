"""Bytes of a step's images in the vision tower: what it keeps where it is trained, and what encoding takes."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.images import encoder_bytes, image_patches
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.towers import tower_kept_bytes
from model_garden_registry.memory.training.step import Step


class TowerBytes(NamedTuple):
    """
    What images take.

    Args:
        kept: Until the backward pass has gone through the tower.

        working: For a moment, while one of its layers runs.
    """

    kept: float
    working: float


#: A step without images.
NO_IMAGES = TowerBytes(0, 0)


def tower_bytes(shape: Shape, step: Step, settings: TrainingSettings) -> TowerBytes:
    """
    Return what the images of a step take; a tower that is not trained keeps nothing.

    Source:
        docs/memory-model.md#training
    """
    tower, images = shape.tower, step.batch * settings.images_per_sample
    if tower is None:
        return NO_IMAGES
    working = encoder_bytes(tower, images=images, pixels=settings.image_pixels)
    patches, layers = image_patches(tower, settings.image_pixels), tower.num_hidden_layers
    if not step.trains_tower or patches is None or layers is None or tower.hidden_size is None:
        return TowerBytes(0, working)
    layer = images * patches * tower_kept_bytes(tower, shape.family)
    if not settings.gradient_checkpointing:
        return TowerBytes(layers * layer, working)
    kept = 0 if settings.offload == "activations" else layers * images * patches * 2 * tower.hidden_size
    return TowerBytes(kept, working + layer)
