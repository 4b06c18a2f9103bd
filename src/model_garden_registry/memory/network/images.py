"""How many tokens an image takes, and what encoding it takes."""

from __future__ import annotations

from model_garden_registry.entries.architecture import VisionTower


def image_patches(tower: VisionTower) -> int | None:
    """Give the patches of the largest image that the processor lets through; None where the entry does not say."""
    if tower.patch_size is None:
        return None
    if tower.max_pixels is not None:
        return tower.max_pixels // tower.patch_size**2
    return None if tower.image_size is None else (tower.image_size // tower.patch_size) ** 2


def image_tokens(tower: VisionTower) -> int | None:
    """
    Give the most tokens that one image takes; None where the entry does not say.

    Source:
        Qwen2-VL's processor: pixels / (patch x merge)^2, for images that it has scaled to at most `max_pixels`.
    """
    if tower.tokens_per_image is not None:
        return tower.tokens_per_image
    patches = image_patches(tower)
    return None if patches is None else patches // (tower.spatial_merge_size or 1) ** 2


def encoder_bytes(tower: VisionTower, *, images: int) -> int:
    """Return what encoding the largest images takes at its peak, in half precision; 0 where the entry does not say."""
    patches = image_patches(tower)
    if patches is None or tower.hidden_size is None:
        return 0
    width = tower.intermediate_size or 4 * tower.hidden_size
    # A layer at its widest: input and output of the activation function, and four tensors as wide as the tower.
    return images * patches * 2 * (2 * width + 4 * tower.hidden_size)
