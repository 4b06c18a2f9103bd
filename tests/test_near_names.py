"""Which names come to mind for one that does not exist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.near_names import close_ids, close_names

APPLICATION = Path(__file__).parent / "registries/valid/application.json"
IDS = tuple(json.loads(APPLICATION.read_bytes())["models"])


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        pytest.param("unsloth/tinylama-bnb-4bit", "unsloth/tinyllama-bnb-4bit", id="a letter missing"),
        pytest.param("unsloth/phi-22-bnb-4bit", "unsloth/phi-2-bnb-4bit", id="a letter twice"),
        pytest.param("unsloth/msitral-7b-bnb-4bit", "unsloth/mistral-7b-bnb-4bit", id="two letters swapped"),
        pytest.param("unsloth/llama3-8b-bnb-4bit", "unsloth/llama-3-8b-bnb-4bit", id="a hyphen missing"),
        pytest.param("qwen/qwen2.5-vl-7b-instruct", "Qwen/Qwen2.5-VL-7B-Instruct", id="another case"),
        pytest.param("Qwen2.5-VL-72B-Instruct", "Qwen/Qwen2.5-VL-72B-Instruct", id="no organisation"),
        pytest.param("meta/tinyllama-bnb-4bit", "unsloth/tinyllama-bnb-4bit", id="another organisation"),
        pytest.param(
            "an-organisation-with-a-long-name/phi-2-bnb-4bit", "unsloth/phi-2-bnb-4bit", id="a longer organisation"
        ),
        pytest.param("TinyLlama", "unsloth/tinyllama-bnb-4bit", id="the beginning of its last part"),
    ],
)
def test_a_typo_finds_what_was_meant(typo: str, meant: str) -> None:
    """The id that was meant comes first."""
    assert close_names(typo, IDS)[0] == meant


@pytest.mark.parametrize(
    ("name", "names", "close"),
    [
        pytest.param("rr", ["r", "optim", "lora_alpha"], ("r",), id="one letter too many, of two"),
        pytest.param("R", ["r", "optim"], ("r",), id="one letter, another case"),
        pytest.param("x", ["r", "optim"], (), id="one letter, nothing near"),
        pytest.param("gpt-5-mini", list(IDS), (), id="another model altogether"),
        pytest.param("", ["r"], (), id="no name"),
        pytest.param("r", [], (), id="nothing to choose from"),
        pytest.param(
            "phi-2",
            ["microsoft/phi-4", "unsloth/phi-2-bnb-4bit"],
            ("unsloth/phi-2-bnb-4bit", "microsoft/phi-4"),
            id="what contains it first",
        ),
        pytest.param("mistral", ["unsloth/mistral-7b", "qwen"], ("unsloth/mistral-7b",), id="a part of a name"),
        pytest.param("a" * 201, ["a" * 200], (), id="longer than anybody types"),
        pytest.param("a" * 200, ["a" * 201, "a" * 199], ("a" * 199,), id="longer than anybody meant"),
        pytest.param("statuss", ["stat", "status", "tags"], ("status", "stat"), id="best first"),
    ],
)
def test_only_near_names_come_best_first(name: str, names: list[str], close: tuple[str, ...]) -> None:
    """A name that is not near is worse than none."""
    assert close_names(name, names) == close


def test_at_most_as_many_names_come_as_asked_for() -> None:
    """Three unless said otherwise."""
    names = [f"model-{number}" for number in range(10)]

    assert len(close_names("model-", names)) == 3
    assert len(close_names("model-", names, limit=1)) == 1


def test_of_a_hundred_thousand_names_the_near_one_is_found() -> None:
    """In a list far longer than can be compared letter by letter, the few that share most with the name are."""
    names = (f"organisation-{number % 97}/model-{number}-instruct" for number in range(100_000))

    close = close_names("tinylama-bnb-4bit", (name for source in (names, IDS) for name in source))

    assert close[0] == "unsloth/tinyllama-bnb-4bit"


@given(
    name=st.text(max_size=12), names=st.lists(st.text(max_size=12), max_size=20, unique=True), limit=st.integers(0, 5)
)
def test_near_names_are_names(name: str, names: list[str], limit: int) -> None:
    """They come from the list, each once, never more than the limit, the same for the same question."""
    close = close_names(name, iter(names), limit)

    assert set(close) <= set(names)
    assert len(close) == len(set(close)) <= limit
    assert close == close_names(name, names, limit)


@given(name=st.text(min_size=1, max_size=60), others=st.lists(st.text(max_size=12), max_size=20))
def test_the_name_itself_is_the_nearest(name: str, others: list[str]) -> None:
    """Where only the case differs, nothing else comes first."""
    close = close_names(name, [*others, name])

    assert close[0].casefold() == name.casefold()


MODELS = (
    *("Qwen/Qwen3-4B", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
    *("meta-llama/Meta-Llama-3-8B", "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
    *("google/gemma-2-9b-it", "google/gemma-3-27b-it", "openai/gpt-oss-20b", "openai/gpt-oss-120b", "microsoft/phi-4"),
    *("CohereLabs/c4ai-command-r7b-12-2024", "deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-30B-A3B"),
    *("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "mistralai/Mistral-7B-v0.3"),
)


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("qwen3:8b", ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3-VL-8B-Instruct")),
        ("qwen3:8b-q4_K_M", ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3-VL-8B-Instruct")),
        ("Qwen/Qwen3-8B-Instruct", ("Qwen/Qwen3-8B", "Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen3-8B-AWQ")),
        ("Qwn3 8b", ("Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ", "Qwen/Qwen3-VL-8B-Instruct")),
        ("qwen3-vl:8b", ("Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B-AWQ")),
        ("qwen3:30b", ("Qwen/Qwen3-30B-A3B",)),
        ("llama3.1:8b", ("meta-llama/Llama-3.1-8B-Instruct",)),
        ("bartowski/Llama-3.3-70B-Instruct-GGUF", ("meta-llama/Llama-3.3-70B-Instruct",)),
        ("gemma3", ("google/gemma-3-27b-it",)),
        ("gpt-oss:20b", ("openai/gpt-oss-20b", "openai/gpt-oss-120b")),
        ("phi4", ("microsoft/phi-4",)),
        ("command-r7b", ("CohereLabs/c4ai-command-r7b-12-2024",)),
        ("deepseek-r1:7b", ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1")),
        ("mistral", ("mistralai/Mistral-7B-v0.3",)),
        ("gguf", ()),
        ("x" * 201, ()),
    ],
)
def test_of_ids_the_same_generation_and_size_come_first(name: str, close: tuple[str, ...]) -> None:
    """What a name says of the form of the weights does not count."""
    assert close_ids(name, MODELS)[: len(close) or 3] == close


def test_of_a_hundred_thousand_ids_the_near_one_is_found() -> None:
    """Only those that share most letters with the name are compared."""
    ids = (f"organisation-{number % 97}/model-{number}-instruct" for number in range(100_000))

    assert close_ids("qwen3-8b", (model_id for source in (ids, MODELS) for model_id in source))[0] == "Qwen/Qwen3-8B"
