"""A name for what is started, made of the model's id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.launching.resource_names import resource_name


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        pytest.param("Qwen/Qwen3-8B", "qwen-qwen3-8b", id="an id"),
        pytest.param("meta-llama/Llama-3.1_8B", "meta-llama-llama-3-1-8b", id="dots and underscores"),
        pytest.param("01-ai/Yi-6B", "model-01-ai-yi-6b", id="a digit first"),
        pytest.param("模型", "model", id="nothing that may stand in a name"),
        pytest.param('a"; rm -rf /', "a-rm-rf", id="a hostile id"),
        pytest.param("ÄÖÜ/Größe", "gr-e", id="letters of other alphabets"),
    ],
)
def test_a_name_is_a_dns_label(model_id: str, name: str) -> None:
    """What people recognise of the id stays."""
    assert resource_name(model_id) == name


def test_ids_that_are_cut_stay_apart() -> None:
    """By digits of a digest; the same id has the same name every time."""
    first, second = (resource_name("o/" + "x" * 80 + end) for end in "ab")

    assert first != second
    assert len(first) == len(second) == 63
    assert resource_name("o/" + "x" * 80 + "a") == first


@given(st.text(), st.integers(20, 63))
def test_every_text_becomes_a_name(model_id: str, most: int) -> None:
    """RFC 1035: letters, digits and dashes, a letter first and no dash last."""
    name = resource_name(model_id, most)

    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name)
    assert len(name) <= most
