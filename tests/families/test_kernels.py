"""What an engine's kernels make of experts."""

from __future__ import annotations

import pytest

from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.kernels import AttentionNeed, ExpertTiles, tiles_on


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


@pytest.mark.parametrize(
    ("engine", "version", "majors"),
    [
        pytest.param("vllm", "0.33.0", (9, 10, 12), id="vLLM"),
        pytest.param("vllm", "0.23.0", (9, 10), id="before its kernel for GPUs of workstations"),
        pytest.param("sglang", "0.5.23", (), id="SGLang"),
    ],
)
def test_sparse_attention_needs_hopper(engine: str, version: str, majors: tuple[int, ...]) -> None:
    """Whatever the release, nothing is for Ampere."""
    [need] = [need for need in engine_of(engine, version).attention if need.is_for("deepseek_v4", 0)]

    assert (need.least_capability, need.majors) == ((9, 0), majors)


@pytest.mark.parametrize(
    ("model_type", "widest", "expected"),
    [
        pytest.param("gemma4", 512, True, id="wider than it says"),
        pytest.param("gemma3", 256, False, id="as wide"),
        pytest.param("wide", 0, True, id="a family that it names"),
        pytest.param(None, 0, False, id="one that is not known"),
    ],
)
def test_a_need_is_for_families_or_for_wide_heads(model_type: str | None, widest: int, expected: bool) -> None:
    """Either is enough."""
    need = AttentionNeed(of="wide heads", least="8.0", families=("wide",), wider_than=256)

    assert need.is_for(model_type, widest) is expected
    assert not AttentionNeed(of="sparse", least="9.0", families=("sparse",)).is_for(model_type, widest)
