"""Which model a text means."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_garden_registry.errors import UnknownModelError
from model_garden_registry.near_names import How, ResolvedId
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.registry.resolving import IdIndex

Write = Callable[..., Path]

KEYS = (
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-8B-FP8",
    "meta-llama/Llama-3.1-8B",
    "gpt2",
    "lab/Twin",
    "other/twin",
    "Org/A",
    "org/a",
)
ALIASES = {
    "meta-llama/Meta-Llama-3.1-8B": ["meta-llama/Llama-3.1-8B"],
    "unsloth/Llama-3.1-8B": ["meta-llama/Llama-3.1-8B"],
}
INDEX = IdIndex(dict.fromkeys(KEYS), ALIASES)

QWEN = "Qwen/Qwen3-8B"
LLAMA = "meta-llama/Llama-3.1-8B"


@pytest.mark.parametrize(
    ("text", "model_id", "how"),
    [
        ("Qwen/Qwen3-8B", QWEN, How.EXACT),
        ("gpt2", "gpt2", How.EXACT),
        ("Org/A", "Org/A", How.EXACT),
        ("org/a", "org/a", How.EXACT),
        ("unsloth/Llama-3.1-8B", LLAMA, How.ALIAS),
        ("qwen/qwen3-8b", QWEN, How.CASE),
        ("UNSLOTH/llama-3.1-8b", LLAMA, How.CASE),
        ("Qwen3-8B", QWEN, How.NAME),
        ("qwen3-8b-fp8", "Qwen/Qwen3-8B-FP8", How.NAME),
        ("meta-llama-3.1-8b", LLAMA, How.NAME),
        ("Llama-3.1-8B", LLAMA, How.NAME),
        ("https://huggingface.co/Qwen/Qwen3-8B", QWEN, How.ADDRESS),
        ("HTTPS://HuggingFace.co/qwen/QWEN3-8b/", QWEN, How.ADDRESS),
        ("https://huggingface.co/gpt2", "gpt2", How.ADDRESS),
        ("https://huggingface.co/Qwen/Qwen3-8B/tree/main?library=transformers#files", QWEN, How.ADDRESS),
        ("https://huggingface.co/Qwen/Qwen3-8B/blob/main/config.json", QWEN, How.ADDRESS),
        ("https://huggingface.co/api/models/Qwen/Qwen3-8B", QWEN, How.ADDRESS),
        ("https://huggingface.co/Qwen%2FQwen3-8B", QWEN, How.ADDRESS),
        ("<https://huggingface.co/unsloth/Llama-3.1-8B>", LLAMA, How.ADDRESS),
        ("huggingface.co/Qwen/Qwen3-8B", QWEN, How.ADDRESS),
        ("https://www.modelscope.cn/models/Qwen/Qwen3-8B/summary", QWEN, How.ADDRESS),
        ("https://hf-mirror.com/Qwen/Qwen3-8B", QWEN, How.ADDRESS),
        ("git@hf.co:Qwen/Qwen3-8B.git", QWEN, How.ADDRESS),
        ("hf.co/Qwen/Qwen3-8B", QWEN, How.ADDRESS),
        ("hf.co/Qwen/Qwen3-8B:latest", QWEN, How.ADDRESS),
        ("hf://Qwen/Qwen3-8B@main", QWEN, How.ADDRESS),
        ("models--Qwen--Qwen3-8B", QWEN, How.ADDRESS),
        ("/root/.cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/0e1f", QWEN, How.ADDRESS),
        ("Qwen/Qwen3-8B/tree/main", QWEN, How.ADDRESS),
        ("Qwen/Qwen3-8B/", QWEN, How.ADDRESS),
        ("Qwen / Qwen3-8B", QWEN, How.ADDRESS),
        ("Qwen\\Qwen3-8B", QWEN, How.ADDRESS),
        (" Qwen/Qwen3-8B\n", QWEN, How.EXACT),
        ("'Qwen/Qwen3-8B'", QWEN, How.ADDRESS),
    ],
)
def test_what_people_write_means_a_model(text: str, model_id: str, how: How) -> None:
    """And the answer says how it was found."""
    assert INDEX.resolve(text) == ResolvedId(model_id, how)


GGUF = ": another format (GGUF) of Qwen/Qwen3-8B"
OLLAMA = ": that is an Ollama name; ids are those of Hugging Face"
MLX = ": another format (MLX) of Qwen/Qwen3-8B"
EMBEDDING = ": an embedding model, out of scope: the registry has models that write text, from text or images"
PATH = ": that is a path; ids are those of Hugging Face"
CLOSE = "; did you mean Qwen/Qwen3-8B or Qwen/Qwen3-8B-FP8?"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Qwen/Qwen3-8C", CLOSE),
        ("none", ""),
        ("", ""),
        ("https://huggingface.co", ""),
        ("https://huggingface.co/", ""),
        ("https://huggingface.co/datasets/lab/Twin", "; did you mean lab/Twin or other/twin?"),
        ("hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M", f"{GGUF}{CLOSE}"),
        ("Qwen/Qwen3-8B:Q4_K_M", f"{GGUF}{CLOSE}"),
        ("qwen3:8b", f"{OLLAMA}{CLOSE}"),
        ("mlx-community/Qwen3-8B-4bit", f"{MLX}{CLOSE}"),
        ("Qwen/Qwen3-Embedding-8B", EMBEDDING),
        ("claude-opus-4", ": its weights are not open"),
        ("./Twin", f"{PATH}; did you mean lab/Twin or other/twin?"),
    ],
)
def test_what_means_no_model_is_an_error_that_helps(text: str, rest: str) -> None:
    """It says what such a name is, where that is known, and what may have been meant."""
    with pytest.raises(UnknownModelError) as caught:
        INDEX.resolve(text)

    assert str(caught.value) == f"no model {text!r} in the registry{rest}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    ("text", "models"),
    [("twin", "lab/Twin or other/twin"), ("ORG/A", "Org/A or org/a"), ("hf.co/org/A", "Org/A or org/a")],
)
def test_what_means_several_models_is_an_error_that_lists_them(text: str, models: str) -> None:
    """None of them is taken."""
    with pytest.raises(
        UnknownModelError, match=rf"'{text}' in the registry: 2 models have this name; did you mean {models}\?$"
    ):
        INDEX.resolve(text)


def test_a_text_longer_than_any_address_is_not_read() -> None:
    """It means nothing, at once."""
    with pytest.raises(UnknownModelError) as caught:
        INDEX.resolve("https://huggingface.co/Qwen/Qwen3-8B?" + "x" * 2000)

    assert caught.value.close == ()


def test_a_hundred_thousand_ids_are_walked_once() -> None:
    """However much is asked afterwards."""

    class Keys(dict[str, None]):
        walks = 0

        def __iter__(self) -> Iterator[str]:
            Keys.walks += 1
            return super().__iter__()

    keys = Keys.fromkeys(f"organisation-{number % 97}/Model-{number}-Instruct" for number in range(100_000))
    index = IdIndex(keys, {})
    for number in range(0, 100_000, 1000):
        assert index.resolve(f"model-{number}-instruct").how is How.NAME

    assert Keys.walks == 1


def test_a_registry_resolves(write: Write) -> None:
    """As its verbs take ids, and beyond."""
    registry = ModelRegistry(write({"org/New": {"aliases": ["org/old"]}}))

    assert [registry.resolve(text) for text in ("org/New", "org/old", "new", "hf.co/org/new")] == [
        ("org/New", "exact"),
        ("org/New", "alias"),
        ("org/New", "name"),
        ("org/New", "address"),
    ]
    with pytest.raises(UnknownModelError):
        registry.resolve("older")


def test_lookups_of_the_library_stay_exact(write: Write) -> None:
    """Only ``resolve`` takes what is not an id."""
    registry = ModelRegistry(write({"org/New": {}}))

    assert registry.get_model("org/new") is None
    assert not registry.check_model_exists("New")
    with pytest.raises(UnknownModelError, match="did you mean org/New"):
        registry["org/new"]


def test_a_report_says_what_was_asked_where_it_is_another_id(write: Write) -> None:
    """By a former id; by the id itself it says nothing."""
    registry = ModelRegistry(write({"org/new": {"aliases": ["org/old"]}}))

    reports = [registry.validate(text, "training", hardware=None) for text in ("org/old", "org/new")]

    assert [(report.subject, report.asked) for report in reports] == [("org/new", "org/old"), ("org/new", None)]
