"""What an engine asks of a model that GPUs divide among them."""

from __future__ import annotations

import pytest

from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.splits import Splits, splits_of

WHOLE = Splits(
    whole_blocks=True,
    least_expert_block=None,
    pads_experts=False,
    whole_groups=True,
    whole_expert_groups=False,
    least_expert_group=None,
)
#: By vLLM 0.24, whose groups of experts are divided too.
GROUPS = WHOLE._replace(whole_expert_groups=True, least_expert_group=32)


@pytest.mark.parametrize(
    ("engine", "version", "splits"),
    [
        pytest.param("vllm", "0.17.0", WHOLE, id="whole blocks and groups"),
        pytest.param("vllm", "0.18.0", WHOLE._replace(least_expert_group=32), id="smaller groups for experts"),
        pytest.param("vllm", "0.28.0", GROUPS, id="whole groups of theirs"),
        pytest.param("vllm", "0.29.0", GROUPS._replace(least_expert_block=32), id="smaller blocks"),
        pytest.param("vllm", "0.33.0", GROUPS._replace(least_expert_block=32, pads_experts=True), id="or filled up"),
        pytest.param("sglang", "0.5.22", WHOLE, id="SGLang"),
        pytest.param("sglang", None, WHOLE._replace(least_expert_group=32), id="the newest SGLang"),
        pytest.param("transformers", None, None, id="one that gives whole layers to each GPU"),
    ],
)
def test_what_an_engine_asks_by_its_release(engine: str, version: str | None, splits: Splits | None) -> None:
    """A range states what changed."""
    assert engine_of(engine, version).splits == splits


def test_a_record_says_nothing_or_everything() -> None:
    """An engine without one asks nothing."""
    assert splits_of(None) is None
    assert splits_of(WHOLE._asdict()) == WHOLE


def test_plugins_are_known_from_the_release_that_needs_them() -> None:
    """Before, the engine did it by itself."""
    before, gguf, both = (engine_of("vllm", version) for version in ("0.23.0", "0.24.0", "0.28.0"))

    assert [engine.plugins for engine in (before, gguf)] == [{}, {"gguf": "vllm-gguf-plugin"}]
    assert both.plugins == {"gguf": "vllm-gguf-plugin", "bitsandbytes": "vllm-bnb-plugin"}
