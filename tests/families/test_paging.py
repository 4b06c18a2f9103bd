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
    assert paging("0.6.0") == Paging(1, False, False, False, 0, 1)
    assert paging("0.26.0") == Paging(1.5, True, True, True, 0, 2, ("mamba1", "mamba2"))
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


def test_an_engine_without_blocks_has_none() -> None:
    """It says nothing of them."""
    assert paging_of(None) is None
    assert engine_of("transformers").paging is None
