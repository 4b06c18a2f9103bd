"""Matrices of a vision tower, and what its layers compute with."""

from __future__ import annotations

import pytest

from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.families.family import family_of
from model_garden_registry.memory.network.towers import (
    TowerMatrix,
    TowerReads,
    tower_adapter_parameters,
    tower_matrices,
    tower_reads,
)

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


def test_towers_with_a_gate_have_rms_norms() -> None:
    """Qwen2.5-VL's, whose images go one by one through attention; Gemma 3's has LayerNorm and one batch of images."""
    packed = tower_reads(GATED.model_copy(update={"spatial_merge_size": 2}), family_of("qwen2_5_vl"))
    plain = tower_reads(PLAIN, family_of("gemma3"))

    assert packed == TowerReads(1280, 3420, 6 * 1280, is_gated=True, has_rms_norms=True, joins_images=True)
    assert plain == TowerReads(1152, 4304, 4 * 1152, is_gated=False, has_rms_norms=False, joins_images=False)
    assert tower_reads(VisionTower(hidden_size=8), family_of("gemma3")).inner == 32


@pytest.mark.parametrize(
    ("joins", "tensors"),
    [
        (False, [None, "product", "feed-forward input", "attention input"]),
        (True, ["joined output", "product", "feed-forward input", "attention input"]),
    ],
)
def test_matrices_read_tensors(joins: bool, tensors: list[str | None]) -> None:
    """What attention gives is a tensor of its own where it was put together."""
    reads = tower_reads(PLAIN, family_of("gemma3"))._replace(joins_images=joins)
    matrices = [
        TowerMatrix(*sides)
        for sides in (("out_proj", 1152, 1152), ("fc2", 4304, 1152), ("fc1", 1152, 4304), ("q_proj", 1152, 1152))
    ]

    assert [reads.tensor(matrix) for matrix in matrices] == tensors
