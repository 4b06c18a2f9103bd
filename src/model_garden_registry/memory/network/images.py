"""Tokens of an image, and the memory to encode it."""

from __future__ import annotations

from model_garden_registry.entries.architecture import VisionTower


def image_patches(tower: VisionTower, pixels: int | None = None) -> int | None:
    """
    Return the patches of an image; None if the entry does not state it.

    Args:
        pixels: Pixels of the image, which the processor scales into its bounds; None: the largest that it allows.
    """
    if tower.patch_size is None:
        return None
    if tower.max_pixels is None and tower.image_size is not None:
        return (tower.image_size // tower.patch_size) ** 2
    most = tower.max_pixels or pixels
    if most is None:
        return None
    scaled = max(tower.min_pixels or 1, min(pixels or most, most))
    return max(1, scaled // tower.patch_size**2)


def image_tokens(tower: VisionTower, pixels: int | None = None) -> int | None:
    """
    Return the tokens of one image; None if the entry does not state it.

    Args:
        pixels: As in ``image_patches``.

    Source:
        Qwen2-VL's processor: pixels / (patch x merge)^2, for images that it has scaled to at most `max_pixels`.
    """
    if tower.tokens_per_image is not None:
        return tower.tokens_per_image
    patches = image_patches(tower, pixels)
    return None if patches is None else max(1, patches // (tower.spatial_merge_size or 1) ** 2)


def encoder_bytes(tower: VisionTower, *, images: int, pixels: int | None = None) -> int:
    """Return the peak memory of encoding images, in half precision; 0 if the entry does not state it."""
    patches = image_patches(tower, pixels)
    if patches is None or tower.hidden_size is None:
        return 0
    width = tower.intermediate_size or 4 * tower.hidden_size
    # A layer at its peak: input and output of the activation function, and four tensors as wide as the tower.
    return images * patches * 2 * (2 * width + 4 * tower.hidden_size)
