"""How an engine divides its cache into blocks."""

from __future__ import annotations

import pytest

from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.paging import Checkpoints, Paging, paging_of


def paging(version: str) -> Paging:
    """Return that of a release of vLLM."""
    found = engine_of("vllm", version).paging
    assert found
    return found


def test_a_release_says_only_what_changed() -> None:
    """Everything else stays as it was."""
    assert paging("0.6.0") == Paging(1, False, False, False, 0, 1, False)
    assert paging("0.26.0") == Paging(1.5, True, True, True, 0, 2, True, ("mamba1", "mamba2"))
    assert paging("0.28.0").states_by_block == ()
    assert [paging(version).spare_blocks for version in ("0.28.0", "0.29.0", "0.33.0")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("version", "capability", "is_kept"),
    [
        ("0.33.0", (9, 0), True),
        ("0.33.0", (10, 3), True),
        ("0.33.0", (12, 1), True),
        ("0.33.0", (8, 9), False),
        ("0.33.0", None, False),
        ("0.32.0", (9, 0), False),
    ],
)
def test_a_kernel_keeps_states_on_some_gpus(version: str, capability: tuple[int, int] | None, is_kept: bool) -> None:
    """On those that it runs on, where that is known."""
    kept = paging(version).checkpoints_on(capability)

    assert kept == (Checkpoints(("9.0", "10", "12"), 64, 1) if is_kept else None)


@pytest.mark.parametrize(
    ("version", "prefixes", "state_blocks", "by_block"),
    [
        pytest.param("0.25.0", None, 1, (), id="not by itself"),
        pytest.param("0.25.0", True, 2, ("mamba1", "mamba2"), id="asked for"),
        pytest.param("0.14.0", True, 1, ("mamba2",), id="the first kind that it could"),
        pytest.param("0.11.0", True, 1, (), id="it could not"),
        pytest.param("0.26.0", None, 2, ("mamba1", "mamba2"), id="by itself"),
        pytest.param("0.33.0", None, 2, (), id="no kind by block any more"),
        pytest.param("0.33.0", False, 1, (), id="forbidden"),
    ],
)
def test_states_of_beginnings_are_kept_where_prefixes_are(
    version: str, prefixes: bool | None, state_blocks: int, by_block: tuple[str, ...]
) -> None:
    """As the release does by itself, or as it is told."""
    found = paging(version).keeping(prefixes)

    assert (found.state_blocks, found.states_by_block) == (state_blocks, by_block)
    assert not (prefixes is False and found.checkpoints)


def test_an_engine_without_blocks_has_none() -> None:
    """It says nothing of them."""
    assert paging_of(None) is None
    assert engine_of("transformers").paging is None
