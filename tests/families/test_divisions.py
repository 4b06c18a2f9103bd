"""How an engine divides the memory of a GPU."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.families.divisions import (
    MemoryRow,
    Reserve,
    StatePool,
    VisionShare,
    WindowPool,
    divisions_of,
)
from model_garden_registry.families.engines import engine_of
from model_garden_registry.units import GIB

VISION: dict[str, Any] = {"factor": 0.95, "layers": 24, "width": 1024, "per_tower": 0.1, "least": 0.8, "most": 1.05}


@pytest.mark.parametrize(
    ("layers", "width", "factor"),
    [
        pytest.param(24, 1024, 0.95, id="the usual tower"),
        pytest.param(None, None, 0.95, id="one of unknown size"),
        pytest.param(27, 1152, 0.95 * (1 - 0.1 * (27 * 1152**2 / (24 * 1024**2) - 1)), id="a larger one"),
        pytest.param(63, 3200, 0.95 * 0.8, id="never less than that"),
        pytest.param(12, 384, 0.95 * 1.05, id="never more than that"),
    ],
)
def test_the_share_shrinks_with_the_image_encoder(layers: int | None, width: int | None, factor: float) -> None:
    """By its weights beside those of a usual one."""
    assert VisionShare(**VISION).of(layers, width) == pytest.approx(factor)


def test_states_of_a_request() -> None:
    """More for networks whose states are written ahead."""
    pool = StatePool(ratio=0.9, slots=3, buffered=("owl",), buffered_slots=5, spare_slots=1)

    assert [pool.slots_of(model_type) for model_type in ("owl", "llama", None)] == [5, 3, 3]


def test_what_a_release_states_is_read() -> None:
    """Lists become tuples, rows are in bytes."""
    facts = {
        "reserve": None,
        "vision_share": VISION,
        "window_pool": {"model_types": ["owl"], "ratio": 0.8},
        "state_pool": {"ratio": 0.9, "slots": 3, "buffered": ["owl"], "buffered_slots": 5, "spare_slots": 1},
        "static_shares": [[2, 0.87], [1, 0.88]],
        "prefill_graph_sizes": [[4, 32, 4], [48, None, 16]],
        "memory_rows": [
            {
                "below_mib": 1024,
                "chunk": 64,
                "graphs": 8,
                "graphs_many": 16,
                "reserve_mib": 9,
                "reserve_mib_per_gpu": 2,
            },
            {"chunk": 128, "graphs": 8, "graphs_many": 16},
        ],
    }

    assert divisions_of(facts) == {
        "reserve": None,
        "vision_share": VisionShare(**VISION),
        "window_pool": WindowPool(("owl",), 0.8),
        "state_pool": StatePool(0.9, 3, ("owl",), 5, 1),
        "static_shares": ((2, 0.87), (1, 0.88)),
        "prefill_graph_sizes": ((4, 32, 4), (48, None, 16)),
        "memory_rows": (MemoryRow(GIB, 64, 8, 16, 9, 2), MemoryRow(None, 128, 8, 16)),
    }


def test_what_a_release_does_not_state_is_left_out() -> None:
    """An engine that divides nothing has no rules."""
    assert divisions_of({}) == {"memory_rows": (), "prefill_graph_sizes": (), "static_shares": ()}


def test_the_newest_sglang_has_every_rule() -> None:
    """Estimates of older releases fall back on some of them."""
    engine = engine_of("sglang")

    assert isinstance(engine.reserve, Reserve)
    assert engine.vision_share
    assert engine.window_pool
    assert engine.state_pool
    assert (engine.static_shares, engine.multimodal_mib) == ((), 100)
