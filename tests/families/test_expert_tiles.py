"""What an engine's kernels make of experts."""

from __future__ import annotations

import pytest

from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.expert_tiles import ExpertTiles, tiles_on


@pytest.mark.parametrize(
    ("version", "capability", "width", "hidden", "scales"),
    [
        pytest.param("0.33.0", (9, 0), 64, 1, 1, id="Triton on Hopper"),
        pytest.param("0.24.0", (9, 0), 64, 1, 2, id="which kept the scales twice"),
        pytest.param("0.33.0", (10, 3), 128, 256, 1, id="TRT-LLM on Blackwell"),
        pytest.param("0.26.0", (10, 0), 256, 256, 1, id="which had larger tiles"),
        pytest.param("0.33.0", (8, 0), 128, 256, 1, id="Marlin on Ampere"),
        pytest.param("0.33.0", (12, 0), 128, 256, 1, id="and on GPUs of workstations"),
        pytest.param("0.33.0", None, 128, 256, 1, id="as most GPUs, where it is not known"),
    ],
)
def test_the_layout_is_that_of_release_and_gpu(
    version: str, capability: tuple[int, int] | None, width: int, hidden: int, scales: int
) -> None:
    """MXFP4 in vLLM."""
    found = tiles_on(engine_of("vllm", version).expert_tiles, capability)

    assert found
    assert found[1:] == (width, hidden, scales)


def test_without_a_layout_nothing_is_rounded() -> None:
    """Releases before MXFP4, and other engines."""
    assert tiles_on(engine_of("vllm", "0.9.0").expert_tiles, (9, 0)) is None


def test_widths_grow_to_whole_tiles() -> None:
    """As of gpt-oss: 2880 wide on both sides."""
    marlin, triton = ExpertTiles((), 128, 256, 1), ExpertTiles((), 64, 1, 2)

    assert marlin.growth(2880, 2880, scale_share=1 / 17) == pytest.approx(2944 * 3072 / 2880**2)
    assert triton.growth(2880, 2880, scale_share=1 / 17) == pytest.approx(1 + 1 / 17)
