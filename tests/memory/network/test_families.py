"""What the code of a model family does."""

from __future__ import annotations

import pytest

from model_garden_registry.memory.network.families import Family, family_of


@pytest.mark.parametrize(
    ("model_type", "family"),
    [
        pytest.param("llama", Family(3, 3, 2, 4, normalizes_heads=False), id="gated, RMSNorm"),
        pytest.param("qwen3", Family(3, 3, 2, 4, normalizes_heads=True), id="norms of queries and keys"),
        pytest.param("gemma3", Family(3, 3, 4, 4, normalizes_heads=True), id="norms before and after"),
        pytest.param("phi", Family(2, 4, 1, 2, normalizes_heads=False), id="GELU in Python, LayerNorm, one of them"),
        pytest.param("gpt_neox", Family(2, 1, 2, 2, normalizes_heads=False), id="GELU in one kernel"),
        pytest.param("cohere", Family(3, 3, 1, 2, normalizes_heads=False), id="gated, with one LayerNorm"),
        pytest.param("newest", Family(3, 3, 2, 4, normalizes_heads=False), id="not known: as Llama"),
        pytest.param(None, Family(3, 3, 2, 4, normalizes_heads=False), id="not stated: as Llama"),
    ],
)
def test_what_the_layers_of_a_family_are_made_of(model_type: str | None, family: Family) -> None:
    """Matrices, kept activations, norms and what they keep, as transformers' modeling files have them."""
    assert family_of(model_type) == family
