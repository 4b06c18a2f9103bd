"""How many tokens an image takes."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.memory.network.images import encoder_bytes, image_patches, image_tokens

QWEN = {"patch_size": 14, "spatial_merge_size": 2, "max_pixels": 12_845_056}


@pytest.mark.parametrize(
    ("facts", "tokens"),
    [
        pytest.param({"tokens_per_image": 256}, 256, id="fixed (gemma-3)"),
        pytest.param(QWEN, 16_384, id="by pixels (stock Qwen2.5-VL)"),
        pytest.param({"patch_size": 14, "image_size": 336}, 576, id="by the edge (LLaVA-1.5)"),
        pytest.param({"patch_size": 14}, None, id="no size"),
        pytest.param({"max_pixels": 12_845_056}, None, id="no patch"),
    ],
)
def test_the_most_tokens_of_an_image(facts: dict[str, Any], tokens: int | None) -> None:
    """Fixed, or the largest image that the processor lets through, cut into patches and merged."""
    assert image_tokens(VisionTower.model_validate(facts)) == tokens


@pytest.mark.parametrize(
    ("facts", "pixels", "tokens"),
    [
        pytest.param(QWEN, 784 * 784, 784, id="as they are"),
        pytest.param(QWEN, 10**8, 16_384, id="larger ones are scaled down"),
        pytest.param({**QWEN, "min_pixels": 3136}, 100, 4, id="smaller ones up"),
        pytest.param(QWEN, 100, 1, id="one at least"),
        pytest.param({"patch_size": 16, "spatial_merge_size": 2}, 768 * 768, 576, id="no bound that is known"),
        pytest.param({"patch_size": 14, "image_size": 336}, 100, 576, id="one size for all"),
        pytest.param({"tokens_per_image": 256}, 100, 256, id="one number for all"),
        pytest.param({}, 100, None, id="no patch"),
    ],
)
def test_the_tokens_of_an_image_of_some_size(facts: dict[str, Any], pixels: int, tokens: int | None) -> None:
    """Pixels in patches, within the bounds of the processor."""
    assert image_tokens(VisionTower.model_validate(facts), pixels) == tokens


def test_encoding_needs_the_width_of_the_tower() -> None:
    """Without it nothing is added; without its own, a feed-forward layer is four times as wide."""
    tower = VisionTower.model_validate({**QWEN, "hidden_size": 1280, "intermediate_size": 3420})
    plain = VisionTower.model_validate({**QWEN, "hidden_size": 1280})

    assert image_patches(tower) == 65_536
    assert encoder_bytes(tower, images=2) == 2 * 65_536 * 2 * (2 * 3420 + 4 * 1280)
    assert encoder_bytes(plain, images=1) == 65_536 * 2 * 12 * 1280
    assert encoder_bytes(VisionTower.model_validate(QWEN), images=1) == 0
    assert encoder_bytes(VisionTower(), images=1) == 0
