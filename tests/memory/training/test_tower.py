"""Bytes of a step's images in the vision tower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.families.family import family_of
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import step_of
from model_garden_registry.memory.training.tower import NO_IMAGES, TowerBytes, tower_bytes

Make = Callable[..., Any]

#: 12,845,056 pixels in patches of 14 x 14; 784 x 784 pixels.
LARGEST, SMALL = 65536, 3136
WIDTH, INNER = 1280, 3420
#: Two norms with a float32 copy; queries, keys, values and output, queries and keys once more; gate, up, silu.
FROZEN_LAYER = 2 * 4 * WIDTH + 2 * (6 * WIDTH + 3 * INNER)
#: What norms multiply, what they give, the joined output and the product.
LAYER = FROZEN_LAYER + 2 * (2 * WIDTH + 3 * WIDTH + INNER)
#: Copies in float32 of what adapted matrices read.
ADAPTED_LAYER = FROZEN_LAYER + 4 * (4 * WIDTH + INNER)
FULL = {"image_pixels": 784 * 784, "trains_vision_tower": True, "method": "full"}
LORA = {"image_pixels": 784 * 784, "trains_vision_tower": True, "method": "lora", "adapter_dtype": "float32"}
FROZEN = {**LORA, "trains_vision_tower": False}
ENCODING = 2 * (4 * WIDTH + 2 * INNER)


def images(model: Make, training: Make, shape: str = "qwen2.5-vl-7b", **changes: Any) -> TowerBytes:
    facts = {"vision": changes.pop("vision")} if "vision" in changes else {}
    runtime = TrainingRuntime(**changes.pop("runtime", {}))
    entry = model(shape, **facts)
    found, settings = shape_of(entry), training(entry, **{"images_per_sample": 1, **changes})
    return tower_bytes(found, step_of(entry, found, settings, runtime), settings, runtime)


@pytest.mark.parametrize(
    ("changes", "kept", "working"),
    [
        pytest.param({}, 0, LARGEST * ENCODING, id="frozen: encoding, as large as the processor lets it be"),
        pytest.param({"image_pixels": 784 * 784}, 0, SMALL * ENCODING, id="smaller images"),
        pytest.param({"image_pixels": 10**9}, 0, LARGEST * ENCODING, id="larger ones are scaled down"),
        pytest.param(
            {"image_pixels": 784 * 784, "batch_size": 3, "images_per_sample": 2}, 0, 6 * SMALL * ENCODING, id="several"
        ),
        pytest.param(
            {"image_pixels": 784 * 784, "algorithm": "dpo"}, 0, 2 * SMALL * ENCODING, id="of both answers of a pair"
        ),
        pytest.param(
            FULL,
            32 * SMALL * 2 * WIDTH,
            SMALL * (ENCODING + LAYER),
            id="trained: the input of each layer, and one layer again",
        ),
        pytest.param(
            {**FULL, "offload": "activations"},
            0,
            SMALL * (ENCODING + LAYER),
            id="inputs that wait in main memory",
        ),
        pytest.param(
            {**FULL, "gradient_checkpointing": False}, 32 * SMALL * LAYER, SMALL * ENCODING, id="all its layers save"
        ),
        pytest.param(
            {**FULL, "gradient_checkpointing": False, "runtime": {"fuses": True}},
            32 * SMALL * 2 * (2 * WIDTH + 6 * WIDTH + 2 * INNER + 3 * WIDTH + INNER),
            SMALL * ENCODING,
            id="kernels that fuse",
        ),
        pytest.param(
            {**LORA, "gradient_checkpointing": False, "runtime": {"adapts_whole_tower": True}},
            32 * SMALL * ADAPTED_LAYER,
            SMALL * ENCODING,
            id="adapters copy what they read",
        ),
        pytest.param(
            {**LORA, "gradient_checkpointing": False, "lora_config.target_modules": ["visual.proj"]},
            32 * SMALL * (FROZEN_LAYER + 4 * WIDTH),
            SMALL * ENCODING,
            id="those that are named",
        ),
        pytest.param(
            {**LORA, "gradient_checkpointing": False, "runtime": {"adapts_whole_tower": True, "autocasts": True}}
            | {"adapter_dtype": "bfloat16"},
            32 * SMALL * (FROZEN_LAYER + 2 * (3 * WIDTH + INNER)),
            SMALL * ENCODING,
            id="adapters that read what is there",
        ),
        pytest.param(
            {**FROZEN, "runtime": {"frozen_tower": "checkpointed"}},
            32 * SMALL * 2 * WIDTH,
            SMALL * (ENCODING + FROZEN_LAYER),
            id="frozen, with the backward pass going through it",
        ),
        pytest.param(
            {**FROZEN, "runtime": {"frozen_tower": "checkpointed"}, "gradient_checkpointing": False},
            0,
            SMALL * ENCODING,
            id="which it does with checkpoints only",
        ),
        pytest.param(
            {**FROZEN, "runtime": {"frozen_tower": "kept"}},
            32 * SMALL * FROZEN_LAYER,
            SMALL * ENCODING,
            id="whose layers have no checkpoints",
        ),
        pytest.param(
            {**FROZEN, "runtime": {"frozen_tower": "always"}, "gradient_checkpointing": False},
            32 * SMALL * FROZEN_LAYER,
            SMALL * ENCODING,
            id="without checkpoints too",
        ),
    ],
)
def test_what_images_take(changes: dict[str, Any], kept: int, working: int, model: Make, training: Make) -> None:
    """Qwen2.5-VL's tower: 32 layers of width 1280, 3420 inside."""
    assert images(model, training, **changes)[:2] == (kept, working)


def test_the_backward_pass_goes_through_towers_that_transformers_reaches(model: Make, training: Make) -> None:
    """Qwen2.5-VL's, not Qwen3-VL's, whose embeddings have no name that transformers looks for."""
    assert family_of("qwen2_5_vl").hooked_tower
    assert not family_of("qwen3_vl").hooked_tower
    assert images(model, training, **FROZEN, runtime={"frozen_tower": "checkpointed"}).is_passed
    assert not images(model, training, **FROZEN).is_passed


def test_without_a_tower_there_are_none(model: Make, training: Make) -> None:
    """A text model."""
    assert images(model, training, "llama-3.1-8b") == NO_IMAGES


@pytest.mark.parametrize("vision", [{"tokens_per_image": 256}, {"hidden_size": 8, "patch_size": 2, "max_pixels": 64}])
def test_a_tower_that_is_not_described_keeps_nothing_that_counts(
    vision: dict[str, int], model: Make, training: Make
) -> None:
    """Without its layers or its patches."""
    assert images(model, training, vision=vision, trains_vision_tower=True).kept == 0
