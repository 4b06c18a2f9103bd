"""The keys of a query; what is refused, tests/server/documents/test_endpoints.py says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.server.documents.queries import (
    compare_keys,
    export_keys,
    inference_settings_keys,
    training_settings_keys,
)


@pytest.mark.parametrize(
    ("read", "keys"),
    [
        pytest.param(compare_keys(id=["a", "b"], gpu=[]), {"id": ["a", "b"]}, id="compare"),
        pytest.param(compare_keys(id=["a"], gpu=["L4"]), {"id": ["a"], "gpu": ["L4"]}, id="compare on GPUs"),
        pytest.param(training_settings_keys(), {}, id="no model"),
        pytest.param(training_settings_keys(model_id="a", stack="trl"), {"model_id": "a", "stack": "trl"}, id="stack"),
        pytest.param(
            inference_settings_keys(model_id="a", engine="vllm"), {"model_id": "a", "engine": "vllm"}, id="engine"
        ),
        pytest.param(export_keys(config='{"r": 8}', gpus=2), {"config": {"r": 8}, "gpus": 2}, id="export"),
        pytest.param(export_keys(gpu="L4", replicas=2), {"gpu": "L4", "replicas": 2}, id="copies of a server"),
    ],
)
def test_only_what_is_given_is_a_key(read: Any, keys: dict[str, Any]) -> None:
    """As in a body."""
    assert asyncio.run(read) == keys


@pytest.mark.parametrize("text", ["no", '{"a": 1, "a": 2}', "NaN"])
def test_settings_are_json_without_duplicate_keys(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(InvalidQuestionError):
        asyncio.run(export_keys(config=text))
