"""What is known of a model, before anything is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.entries.requirements import Quantization

MakeFacts = Callable[..., ModelFacts]


@pytest.mark.parametrize(
    ("method", "kind", "trains"),
    [
        pytest.param(None, None, True, id="half precision"),
        pytest.param("4bit", "bitsandbytes", True, id="made for training"),
        pytest.param("awq", "awq", False, id="made for serving"),
    ],
)
def test_weights_for_serving_are_not_trained(
    method: str | None, kind: str | None, trains: bool, facts_with: MakeFacts
) -> None:
    """Fine-tuning starts from half precision or from bitsandbytes."""
    facts = facts_with(quantization=Quantization.model_validate({"method": method, "type": kind}))

    assert (facts.trains, facts.is_quantized) == (trains, method is not None)


@pytest.mark.parametrize(
    ("exact", "rounded", "parameters"),
    [
        pytest.param(8030261248, 8 * 10**9, 8030261248, id="both"),
        pytest.param(None, 8 * 10**9, 8 * 10**9, id="a label"),
        pytest.param(None, None, 0, id="neither"),
    ],
)
def test_an_exact_count_is_better_than_a_label(
    exact: int | None, rounded: int | None, parameters: int, facts_with: MakeFacts
) -> None:
    """The size is the exact count where it is known."""
    assert facts_with({"parameters": exact}, rounded_parameters=rounded).parameters == parameters


def test_experts_make_a_model_sparse(facts_with: MakeFacts, mixture: ModelFacts) -> None:
    """Only some of the parameters work on a token."""
    assert (facts_with().is_sparse, mixture.is_sparse) == (False, True)
