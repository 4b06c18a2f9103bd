"""The models that are asked about where none is named."""

from __future__ import annotations

from model_garden_registry.checks.matrix.judging import format_of
from model_garden_registry.checks.matrix.plain_models import models_of_formats, plain_models
from model_garden_registry.families.engines import engine_of
from model_garden_registry.memory.network.shape import states_shape


def test_each_is_of_its_kind() -> None:
    """A dense one, one with experts, one that takes images; each states the shape of its network."""
    dense, experts, images = plain_models()

    assert [bool(model.architecture and model.architecture.moe) for model in (dense, experts, images)] == [
        False,
        True,
        False,
    ]
    assert [model.is_vision_model for model in (dense, experts, images)] == [False, False, True]
    assert all(states_shape(model) for model in plain_models())


def test_formats_are_those_that_engines_know_and_entries_state() -> None:
    """The plain one first; GGUF is none of the registry's."""
    names = [format_of(model) for model in models_of_formats()]

    assert names[0] == "not quantised"
    assert {*names[1:]} == {*engine_of("vllm").formats} - {"gguf/gguf"}
