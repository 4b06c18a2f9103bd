"""The words to search by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.naming import parameters_in_words
from model_garden_registry.authoring.wording.tagging import tags_of
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.units import parse_parameter_count

MakeFacts = Callable[..., ModelFacts]


def test_tags_say_size_kind_and_use(facts_with: MakeFacts) -> None:
    """Only what holds."""
    coder = facts_with(model_id="a/Coder-Math", kind="base", calls_tools=True)
    copy = facts_with(has_vision=True, kind="reasoning", quantization=Quantization(method="awq", type="awq"))
    tiny = facts_with({"parameters": 10**8, "max_position_embeddings": None})
    huge = facts_with({"parameters": 10**11})

    assert tags_of(coder) == ["small", "base", "code", "math", "tools", "long-context"]
    assert tags_of(copy) == [
        *("small", "vision", "multimodal", "reasoning", "long-context", "quantized", "serving"),
    ]
    assert tags_of(tiny) == ["tiny", "instruct"]
    assert tags_of(facts_with(stated={"languages": ["de", "en", "fr"]}))[-1] == "multilingual"
    assert tags_of(huge) == ["large", "instruct", "long-context"]


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        pytest.param(0, "tiny", id="not counted"),
        pytest.param(998_999_999, "tiny", id="just below a billion"),
        pytest.param(999_600_000, "small", id="a billion in words"),
        pytest.param(9_994_999_999, "small", id="just below ten billions"),
        pytest.param(9_996_000_000, "medium", id="ten billions in words"),
        pytest.param(39_900_000_000, "medium", id="just below forty billions"),
        pytest.param(149_400_000_000, "large", id="just below a hundred and fifty billions"),
        pytest.param(149_600_000_000, "huge", id="a hundred and fifty billions in words"),
        pytest.param(10**12, "huge", id="a thousand billions"),
    ],
)
def test_the_size_tag_is_the_class_that_the_size_option_filters_by(
    parameters: int, size: str, facts_with: MakeFacts
) -> None:
    """Of the size in words, which is what the filter reads in the entry."""
    facts = facts_with({"parameters": parameters or None}, rounded_parameters=parameters)

    assert tags_of(facts)[0] == size
    assert size_class(parse_parameter_count(parameters_in_words(facts))) == size
