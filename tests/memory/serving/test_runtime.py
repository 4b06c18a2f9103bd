"""What a serving process does beside what settings say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.serving_estimate import estimate_inference

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("engine", "format_name", "fact"),
    [
        pytest.param("transformers", None, {"reading": "resident"}, id="reading: resident"),
        pytest.param("transformers", None, {"reading": "allocated"}, id="reading: allocated"),
        pytest.param("transformers", None, {"prompt_tokens": 10}, id="prompt_tokens"),
        pytest.param("transformers", None, {"new_tokens": 100_000}, id="new_tokens"),
        pytest.param("transformers", ("4bit", "bitsandbytes"), {"upcasts_rest": True}, id="upcasts_rest"),
        pytest.param("transformers", ("4bit", "bitsandbytes"), {"unties_head": True}, id="unties_head"),
        pytest.param(
            "transformers",
            ("4bit", "bitsandbytes"),
            {"unties_head": True, "quantizes_head": True, "upcasts_rest": True},
            id="quantizes_head",
        ),
        pytest.param("transformers", ("gptq", "gptq"), {"uses_autogptq": True}, id="uses_autogptq"),
    ],
)
def test_each_fact_changes_the_estimate(
    engine: str, format_name: tuple[str, str] | None, fact: dict[str, Any], model: Make, inference: Make
) -> None:
    """Of a model with tied ends, against the default: a whole process, whose prompt fills the context."""
    entry = model("llama-3.2-1b", quantization=format_name)
    settings = inference(entry, engine=engine)
    plain, changed = (
        estimate_inference(entry, settings, runtime=runtime)
        for runtime in (InferenceRuntime(), InferenceRuntime(**fact))
    )

    assert plain.parts != changed.parts
