"""Learning rates that nobody trains with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from model_garden_registry.checks.learning_rates import unusual_rate
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge

FULL, LORA = {"method": "full"}, {"method": "lora"}


@pytest.mark.parametrize(
    ("overrides", "found"),
    [
        pytest.param({**LORA, "learning_rate": 2e-3}, None, id="an adapter's at its most"),
        pytest.param(
            {**LORA, "learning_rate": 2.1e-3},
            "learning_rate 0.0021 is far above what adapters are trained with (5e-06 to 0.002)",
            id="an adapter's, and more",
        ),
        pytest.param({**LORA, "learning_rate": 5e-6}, None, id="an adapter's at its least"),
        pytest.param(
            {**LORA, "learning_rate": 0},
            "learning_rate 0 is far below what adapters are trained with (5e-06 to 0.002)",
            id="nothing learnt",
        ),
        pytest.param({**FULL, "learning_rate": 1e-4}, None, id="all weights"),
        pytest.param(
            {**FULL, "learning_rate": 2e-4},
            "learning_rate 0.0002 is far above what all weights are trained with (1e-07 to 0.0001)",
            id="all weights with an adapter's rate",
        ),
        pytest.param(FULL, None, id="all weights with their own"),
        pytest.param(
            {**LORA, "algorithm": "dpo", "learning_rate": 1e-3},
            "learning_rate 0.001 is far above what adapters are trained with by dpo (1e-07 to 0.0005)",
            id="answers that are compared",
        ),
        *(
            pytest.param(
                {**LORA, "algorithm": algorithm, "learning_rate": 1e-3},
                f"learning_rate 0.001 is far above what adapters are trained with by {algorithm} (1e-07 to 0.0005)",
                id=f"answers that are compared by {algorithm}",
            )
            for algorithm in ("kto", "orpo", "grpo")
        ),
        *(
            pytest.param(
                {**LORA, "optim": optim, "learning_rate": 0.1},
                "learning_rate 0.1 is far above what adapters are trained with (5e-06 to 0.002)",
                id=optim,
            )
            for optim in ("adamw_torch", "paged_adamw_8bit", "ademamix", "paged_ademamix_8bit", "stable_adamw")
        ),
        pytest.param({**LORA, "algorithm": "dpo", "learning_rate": 1e-6}, None, id="which takes smaller steps"),
        pytest.param(
            {**FULL, "algorithm": "grpo", "learning_rate": 1e-4},
            "learning_rate 0.0001 is far above what all weights are trained with by grpo (1e-08 to 5e-05)",
            id="smaller ones yet of all weights",
        ),
        pytest.param({**FULL, "algorithm": "reward", "learning_rate": 1e-4}, None, id="scores are no comparison"),
        pytest.param({**LORA, "optim": "sgd", "learning_rate": 0.1}, None, id="rates of another optimizer"),
    ],
)
def test_rates_far_outside_of_a_range_are_unusual(
    overrides: Mapping[str, Any], found: str | None, entry_with: Callable[..., ModelInfo]
) -> None:
    """By method and algorithm, at the ends of each range and beyond."""
    settings = merge(entry_with({}), "training", Layer({"stack": "trl", **overrides}))

    assert unusual_rate(settings) == found
