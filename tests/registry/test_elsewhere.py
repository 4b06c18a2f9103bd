"""What the name of a model says that the registry has not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import UnknownModelError, load_registry
from model_garden_registry.families.family import readable_model_types
from model_garden_registry.registry.elsewhere import OUT_OF_SCOPE, Elsewhere, elsewhere

GATHERED = Path(__file__).resolve().parents[2] / "tools" / "facts" / "gathered"
NAMES = {"qwen3-8b": "Qwen/Qwen3-8B", "llama-3.1-8b": "meta-llama/Llama-3.1-8B"}


def known(name: str) -> str | None:
    """Return the entry of a name, in any case."""
    return NAMES.get(name.casefold())


@pytest.mark.parametrize(
    ("model_id", "category"),
    [
        ("Qwen/Qwen3-Embedding-0.6B", "an embedding model"),
        ("google/embeddinggemma-300m", "an embedding model"),
        ("nomic-ai/nomic-embed-text-v1.5", "an embedding model"),
        ("BAAI/bge-m3", "an embedding model"),
        ("intfloat/multilingual-e5-large", "an embedding model"),
        ("Alibaba-NLP/gte-modernbert-base", "an embedding model"),
        ("sentence-transformers/all-MiniLM-L6-v2", "an embedding model"),
        ("colbert-ir/colbertv2.0", "an embedding model"),
        ("BAAI/bge-reranker-v2-m3", "a reranker"),
        ("Qwen/Qwen3-Reranker-4B", "a reranker"),
        ("answerdotai/ModernBERT-large", "an encoder, with or without a decoder"),
        ("FacebookAI/xlm-roberta-base", "an encoder, with or without a decoder"),
        ("microsoft/deberta-v3-base", "an encoder, with or without a decoder"),
        ("google/flan-t5-xl", "an encoder, with or without a decoder"),
        ("openai/whisper-large-v3", "a model of speech or sound"),
        ("canopylabs/orpheus-3b-0.1-ft", "a model of speech or sound"),
        ("sesame/csm-1b", "a model of speech or sound"),
        ("zai-org/GLM-ASR-Nano-2512", "a model of speech or sound"),
        ("OuteAI/Llama-OuteTTS-1.0-1B", "a model of speech or sound"),
        ("facebook/musicgen-large", "a model of speech or sound"),
        ("black-forest-labs/FLUX.1-dev", "a model of images or video"),
        ("stabilityai/stable-diffusion-3.5-large", "a model of images or video"),
        ("Wan-AI/Wan2.2-T2V-A14B", "a model of images or video"),
        ("Qwen/Qwen-Image", "a model of images or video"),
        ("meituan-longcat/LongCat-Image-Edit", "a model of images or video"),
        ("GSAI-ML/LLaDA-8B-Instruct", "a language model that writes by diffusion"),
        ("openai/clip-vit-large-patch14", "an encoder of images"),
        ("google/siglip2-base-patch16-224", "an encoder of images"),
        ("amazon/chronos-t5-large", "an encoder, with or without a decoder"),
        ("google/timesfm-2.0-500m-pytorch", "a model of time series"),
    ],
)
def test_other_categories_are_named(model_id: str, category: str) -> None:
    """In one line; no model of the registry is near to one."""
    assert elsewhere(model_id, known) == Elsewhere(f"{category}, {OUT_OF_SCOPE}", has_kin=False)


def test_a_reward_model_is_a_language_model_with_a_head() -> None:
    """It writes nothing, and what it was made of may be near."""
    told = elsewhere("Skywork/Skywork-Reward-V2-Qwen3-8B", known)

    assert told
    assert told.has_kin
    assert told.problem.startswith(
        "a reward model, a language model whose head scores instead of writing; out of scope"
    )


@pytest.mark.parametrize(
    ("model_id", "problem"),
    [
        ("Qwen/Qwen3-8B-GGUF", "another format (GGUF) of Qwen/Qwen3-8B"),
        ("Qwen/Qwen3-8B:Q4_K_M", "another format (GGUF) of Qwen/Qwen3-8B"),
        ("bartowski/Qwen_Qwen3-8B-GGUF", "another format (GGUF) of Qwen/Qwen3-8B"),
        ("mlx-community/Qwen3-8B-4bit", "another format (MLX) of Qwen/Qwen3-8B"),
        ("lmstudio/Qwen3-8B-MLX-4bit", "another format (MLX) of Qwen/Qwen3-8B"),
        ("turboderp/Llama-3.1-8B-exl2", "another format (EXL2) of meta-llama/Llama-3.1-8B"),
        ("unsloth/Qwen3-8B-unsloth-bnb-4bit", "another format (bitsandbytes) of Qwen/Qwen3-8B"),
        ("x/Qwen3-8B-FP8-dynamic", "another format (FP8) of Qwen/Qwen3-8B"),
        ("x/Qwen3-8B-quantized.w4a16", "another format (W4A16) of Qwen/Qwen3-8B"),
        ("x/Other-GGUF", "the registry has no GGUF files; it names the models that they are made from"),
        ("mlx-community/Other-4bit", "MLX weights run on Apple hardware, which is out of scope"),
        ("qwen3:8b", "that is an Ollama name; ids are those of Hugging Face"),
        ("./whisper", "that is a path; ids are those of Hugging Face"),
    ],
)
def test_other_formats_and_places_are_named(model_id: str, problem: str) -> None:
    """With the entry of the same model where there is one."""
    assert elsewhere(model_id, known) == Elsewhere(problem)


@pytest.mark.parametrize("model_id", ["gpt-4o", "openai/gpt-5", "claude-sonnet-4", "google/gemini-2.5-pro"])
def test_no_model_is_near_to_weights_that_nobody_has(model_id: str) -> None:
    """A name alike is of another model."""
    assert elsewhere(model_id, known) == Elsewhere("its weights are not open", has_kin=False)


@pytest.mark.parametrize("model_id", ["x/Other-AWQ", "x/New-Model-8B", "x/Robertson-7B", "x/Warming-7B", ""])
def test_what_says_nothing_is_not_guessed(model_id: str) -> None:
    """A model that may come tomorrow, and a format of something unknown."""
    assert elsewhere(model_id, known) is None


def test_no_entry_or_alias_is_taken_for_another_category() -> None:
    """Also where it could not resolve: rules are for names that no language model has."""
    registry = load_registry()
    names = [name for key in registry for name in (key, *registry.raw(key).get("aliases", ()))]

    assert [name for name in names if "out of scope" in str(elsewhere(name, lambda _: None))] == []


def test_what_recipes_call_another_task_is_out_of_scope() -> None:
    """Embeddings by their task; most of what makes sound, images or video says so in its name."""
    recipes = json.loads((GATHERED / "vllm-recipes.json").read_bytes())["models"]
    by_task = {
        task: [elsewhere(model, known) is not None for model, said in recipes.items() if said.get("tasks") == [task]]
        for task in ("embedding", "omni")
    }

    assert all(by_task["embedding"])
    assert sum(by_task["omni"]) >= 0.9 * len(by_task["omni"])


@given(st.sampled_from(sorted(readable_model_types())))
def test_no_family_of_language_models_is_another_category(model_type: str) -> None:
    """The rules know no word that a `model_type` of the table has."""
    told = elsewhere(f"org/{model_type}-8b-instruct", lambda _: None)

    assert told is None or not told.problem.endswith(OUT_OF_SCOPE)


def test_the_library_says_it_in_one_line() -> None:
    """As every face does: near names would mislead."""
    with pytest.raises(UnknownModelError) as caught:
        load_registry()["unsloth/whisper-large-v3"]

    assert str(caught.value) == (
        f"no model 'unsloth/whisper-large-v3' in the registry: a model of speech or sound, {OUT_OF_SCOPE}"
    )
