"""MemoryEstimate: parts, their sum, and what is safe."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.memory.estimates import PARTS, MemoryEstimate, Sentences, all_parts


def estimate(**parts: float) -> MemoryEstimate:
    return MemoryEstimate(task="inference", parts=all_parts(**parts), margin=0.05, error_band=0.04)


def test_every_part_is_there() -> None:
    """Parts that a task does not have are zero, and the order is always the same."""
    assert dict(all_parts(weights=1.6, overhead=2)) == {
        "weights": 2,
        "adapters": 0,
        "gradients": 0,
        "optimizer": 0,
        "activations": 0,
        "logits": 0,
        "kv_cache": 0,
        "state_cache": 0,
        "overhead": 2,
    }
    assert (
        *("weights", "adapters", "gradients", "optimizer", "activations", "logits"),
        *("kv_cache", "state_cache", "overhead"),
    ) == PARTS


@given(st.dictionaries(st.sampled_from(PARTS), st.floats(0, 1e15)))
def test_the_parts_sum_to_the_whole(parts: dict[str, float]) -> None:
    """Whatever the parts are; and what is safe is never less."""
    whole = estimate(**parts)

    assert whole.expected_bytes == sum(whole.parts.values())
    assert whole.safe_bytes >= whole.expected_bytes


def test_safe_is_the_margin_above_expected_rounded_up() -> None:
    """Five per cent of 1001 bytes are 50.05: the safe answer is a whole byte more."""
    assert estimate(weights=1001).safe_bytes == 1052


def test_an_estimate_is_a_value() -> None:
    """It cannot be changed, equals its like, and survives pickle."""
    value = estimate(weights=1)

    assert pickle.loads(pickle.dumps(value)) == value == estimate(weights=1)
    with pytest.raises(FrozenInstanceError):
        value.margin = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        value.parts["weights"] = 2  # type: ignore[index]


def test_sentences_are_made_once_and_only_when_they_are_read() -> None:
    """Until then an estimate costs none of them; what is read is a plain sequence of texts."""
    made: list[str] = []

    def make() -> list[str]:
        made.append("made")
        return ["one", "two"]

    sentences = Sentences(make)
    estimate = MemoryEstimate(task="training", parts=all_parts(), assumptions=sentences, margin=0.1, error_band=0.1)

    assert made == []
    assert estimate.assumptions == ("one", "two")
    assert [*sentences, sentences[0], *sentences[1:]] == ["one", "two", "one", "two"]
    assert (len(sentences), repr(sentences), made) == (2, "('one', 'two')", ["made"])


def test_sentences_are_equal_to_what_they_say() -> None:
    """To a tuple of the same texts and to others that say it, before and after a journey; to nothing else."""
    sentences = Sentences(lambda: ["one"])
    again = pickle.loads(pickle.dumps(sentences))

    assert sentences == Sentences(lambda: ["one"]) == ("one",) == again
    assert sentences != ("two",)
    assert sentences != "one"
    assert len({sentences, Sentences(lambda: ("one",)), ("one",)}) == 1
