"""The error of keys that are no question."""

from __future__ import annotations

import pickle

import pytest

from model_garden_registry.api.invalid_questions import InvalidQuestionError, wrong_part


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(InvalidQuestionError({"detail": "unknown key 'a'", "close": []}), "unknown key 'a'", id="a key"),
        pytest.param(wrong_part("missing", ["body", "task"], "Field required"), "body.task: Field required", id="one"),
        pytest.param(
            InvalidQuestionError({"detail": [{"loc": ["body", "gpu", 0], "msg": "A"}, {"loc": ["body"], "msg": "B"}]}),
            "body.gpu.0: A; body: B",
            id="several",
        ),
    ],
)
def test_it_is_a_sentence(error: InvalidQuestionError, sentence: str) -> None:
    """Of what HTTP answers."""
    assert str(error) == sentence


def test_it_travels() -> None:
    """From one process to another."""
    error = wrong_part("missing", ["body", "task"], "Field required")

    assert pickle.loads(pickle.dumps(error)).document == error.document
