"""What another tool's file says, in our words; how it comes about is in test_reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_garden_registry import load_registry
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import OF_MODEL, Item
from model_garden_registry.dialects.reading import config_of
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.entries.settings.task_settings import OriginKind


def test_its_settings_are_overrides_that_know_where_they_stand(weaver: Dialect) -> None:
    """One layer for each, so that a value's origin is the line of its key."""
    config = config_of(Path("w.yaml"), weaver, [Item("model", "org/model", 1, 1), Item("length", 512, 2, 1)])

    (layer,) = (layer for layer in config.layers if "max_seq_length" in layer.values)

    assert layer.values == {"max_seq_length": 512}
    assert layer.origin.kind is OriginKind.FILE
    assert str(layer.origin) == "file: w.yaml:2: length"


@pytest.mark.parametrize(("positions", "length"), [(32768, {"max_model_len": 32768}), (None, {})])
def test_what_a_tool_takes_from_the_model_is_the_entrys(positions: int | None, length: dict[str, int]) -> None:
    """Where the entry states it; else nothing is said."""
    entry = load_registry()["Qwen/Qwen3-8B"]
    shape = entry.architecture.model_copy(update={"max_position_embeddings": positions}) if entry.architecture else None
    config = config_of(Path("serve.yaml"), VLLM, [Item("tensor-parallel-size", 2, 1, 1)])

    found = config.of_entry(entry.model_copy(update={"architecture": shape})).overrides
    shapeless = config.of_entry(entry.model_copy(update={"architecture": None})).overrides

    assert config.overrides["max_model_len"] is OF_MODEL
    assert repr(OF_MODEL) == "OF_MODEL"
    assert {name: value for name, value in found.items() if name == "max_model_len"} == length
    assert "max_model_len" not in shapeless
    assert found["tensor_parallel_size"] == 2
