"""Matrices of a vision tower, and what it keeps of an image."""

from __future__ import annotations

import pytest

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.families.family import family_of
from model_garden_registry.memory.network.towers import tower_adapter_parameters, tower_kept_bytes, tower_matrices

#: As in Qwen2.5-VL and in Gemma 3.
GATED = VisionTower(num_hidden_layers=32, hidden_size=1280, intermediate_size=3420)
PLAIN = VisionTower(num_hidden_layers=27, hidden_size=1152, intermediate_size=4304)


def test_matrices_are_those_of_the_family() -> None:
    """Queries, keys and values as one; gate, up and down."""
    found = {matrix.name: (matrix.d_in, matrix.d_out) for matrix in tower_matrices(GATED, family_of("qwen2_5_vl"))}

    assert found == {
        "qkv": (1280, 3840),
        "proj": (1280, 1280),
        "gate_proj": (1280, 3420),
        "up_proj": (1280, 3420),
        "down_proj": (3420, 1280),
    }


@pytest.mark.parametrize(
    ("names", "each"),
    [
        pytest.param(None, 4 * (1152 + 1152) + 2 * (1152 + 4304), id="all of them"),
        pytest.param(["q_proj", "v_proj", "gate_proj"], 2 * (1152 + 1152), id="those that are named"),
        pytest.param(["model.vision_tower.fc1"], 1152 + 4304, id="by the end of a dotted name"),
        pytest.param(["down_proj"], 0, id="none"),
    ],
)
def test_adapters_of_a_tower(names: list[str] | None, each: int) -> None:
    """Rank 8 on 27 layers."""
    assert tower_adapter_parameters(PLAIN, family_of("gemma3"), rank=8, names=names) == 27 * 8 * each


@pytest.mark.parametrize("tower", [VisionTower(), VisionTower(num_hidden_layers=2), VisionTower(hidden_size=8)])
def test_a_tower_that_is_not_described_has_no_adapters_that_count(tower: VisionTower) -> None:
    """Without its width or its layers."""
    assert tower_adapter_parameters(tower, family_of("gemma3"), rank=8, names=None) == 0


def test_a_layer_keeps_its_tensors_of_each_patch() -> None:
    """Two bytes for eight tensors of its width, and two of the feed-forward layer's, three where it is gated."""
    assert tower_kept_bytes(PLAIN, family_of("gemma3")) == 2 * (8 * 1152 + 2 * 4304)
    assert tower_kept_bytes(GATED, family_of("qwen2_5_vl")) == 2 * (8 * 1280 + 3 * 3420)
    assert tower_kept_bytes(VisionTower(hidden_size=8), family_of("gemma3")) == 2 * (8 * 8 + 2 * 32)
