"""Numbers and settings in words."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.page.wording import gigabytes, needed, run_words, tokens, value_words


@pytest.mark.parametrize(
    ("size", "text"), [(0.5, "0.50 GB"), (9.996, "10.00 GB"), (10, "10.0 GB"), (1234.56, "1,234.6 GB")]
)
def test_gigabytes(size: float, text: str) -> None:
    """One decimal, two below 10."""
    assert gigabytes(size) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1 << 20, "1M"),
        (10**6, "1M"),
        (131072, "128k"),
        (128000, "128k"),
        (40960, "40k"),
        (32000, "32k"),
        (1001, "1,001"),
    ],
)
def test_tokens(number: int, text: str) -> None:
    """In units of 1000 where that is exact, then of 1024."""
    assert tokens(number) == text


def test_needed_memory() -> None:
    """How many GPUs, if more than one."""
    assert (needed(23, 1), needed(52.5, 8)) == ("23 GB", "8 \N{MULTIPLICATION SIGN} 52.5 GB")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        (True, "yes"),
        (False, "no"),
        (["a", 1], "a, 1"),
        ((), "none"),
        ({"a": 1, "b": None}, "a 1"),
        ({}, "none"),
        (0.1, "0.1"),
    ],
)
def test_values(value: object, text: str) -> None:
    """As a person would say them."""
    assert value_words(value) == text


def test_a_training_run() -> None:
    """Method, stack with its release, and the batch."""
    settings = {"batch_size": 2, "max_seq_length": 2048}
    found: dict[str, Any] = {"task": "training", "method": "qlora", "stack": "trl", "stack_version": "1.16.0"}

    assert run_words({**found, "settings": settings}) == "QLoRA with TRL 1.16.0, batch 2 of 2,048 tokens"


@pytest.mark.parametrize(("sequences", "words"), [(1, "1 sequence"), (2000, "2,000 sequences")])
def test_serving(sequences: int, words: str) -> None:
    """Engine with its release, and the load."""
    assumed = {"context_tokens": 8192, "sequences": sequences}
    found = {"task": "inference", "engine": "vllm", "engine_version": "0.33.0", "assumed": assumed, "settings": {}}

    assert run_words(found) == f"vLLM 0.33.0, {words} of 8,192 tokens"
