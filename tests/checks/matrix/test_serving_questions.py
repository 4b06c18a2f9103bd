"""What serving engines are asked."""

from __future__ import annotations

import pytest
from own_facts import facts_laid_over, newest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.matrix.cells import Answer, Column
from model_garden_registry.checks.matrix.judging import cell_of
from model_garden_registry.checks.matrix.plain_models import plain_model
from model_garden_registry.checks.matrix.serving_questions import serving_format, serving_questions
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.families.engines import engine_of, engine_options
from model_garden_registry.families.tables import table

QUESTIONS = {question.name: question for question in serving_questions()}
REGISTRY = load_registry(bundled_registry())
DENSE, EXPERTS, IMAGES = plain_model("dense"), plain_model("experts"), plain_model("images")


def asked(name: str, entry: ModelInfo = DENSE) -> Answer:
    """Ask vLLM."""
    return cell_of(Column("inference", "vllm", "vLLM", engine_of("vllm").version), QUESTIONS[name], entry).answer


def test_every_option_is_asked_about() -> None:
    """By its own fact."""
    facts = {fact for question in QUESTIONS.values() for fact in question.facts}

    assert {f"options.{option}" for option in engine_options()} <= facts


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("fp8 while loading", {"quantizations": ["fp8"]}),
        ("nvfp4 cache", {"kv_cache_dtypes": ["nvfp4"]}),
        ("adapters of rank 64", {"lora_ranks": [64]}),
    ],
)
def test_an_answer_follows_its_fact(name: str, facts: dict[str, list[object]]) -> None:
    """No with the one, yes with the other: nothing is written by hand."""
    without = {"quantizations": ["awq"], "kv_cache_dtypes": ["auto"], "lora_ranks": [16]}

    with facts_laid_over(engines={"engines": {"vllm": newest("engines", "vllm", **without)}}):
        assert asked(name) is Answer.NO
    with facts_laid_over(engines={"engines": {"vllm": newest("engines", "vllm", **{**without, **facts})}}):
        assert asked(name) is Answer.YES


@pytest.mark.parametrize("plugins", [{"bitsandbytes": "an-owl"}, {}])
def test_what_a_plugin_loads_needs_it(plugins: dict[str, str]) -> None:
    """As published, and made while loading; without one the answer is no."""
    facts = {"quantizations": ["awq"], "formats": {"4bit/bitsandbytes": None}, "plugins": plugins}
    stored, column = plain_model("dense", "4bit", "bitsandbytes"), Column("inference", "vllm", "vLLM", "9999.1")
    ranges = [{**range_, "plugins": {}} for range_ in table("engines")["engines"]["vllm"]["ranges"]]
    record = {"read": "9999.1", "ranges": [*ranges, {"since": "9999.1", **facts}]}

    with facts_laid_over(engines={"engines": {"vllm": record}}):
        asked_of = (serving_format(stored), stored), (QUESTIONS["bitsandbytes while loading"], DENSE)
        cells = [cell_of(column, question, entry) for question, entry in asked_of]

    assert {cell.answer for cell in cells} == {Answer.NEEDS if plugins else Answer.NO}
    assert all(("an-owl" in cell.remark) is bool(plugins) for cell in cells)


def test_a_plugin_that_the_defaults_need_is_told_once() -> None:
    """Not beside every feature."""
    entry = REGISTRY["unsloth/Qwen3-8B-bnb-4bit"]

    assert asked("fp8 cache", entry) is Answer.YES


@pytest.mark.parametrize("has_it", [True, False])
def test_an_option_follows_its_fact(has_it: bool) -> None:
    """Whoever is not among its engines has it not."""
    engines = {"options": {"cpu_offload_gb": {"engines": ["vllm"] if has_it else []}}}

    with facts_laid_over(engines=engines):
        assert asked("weights in RAM") is (Answer.YES if has_it else Answer.NO)


@pytest.mark.parametrize(
    ("name", "concerned", "other"),
    [
        pytest.param("experts over GPUs", EXPERTS, DENSE, id="experts"),
        pytest.param("without the tower", IMAGES, DENSE, id="a tower"),
        pytest.param("fp8 while loading", DENSE, plain_model("dense", "fp8", "fp8"), id="plain weights"),
        pytest.param("type of states", REGISTRY["Qwen/Qwen3.5-9B"], DENSE, id="states"),
        pytest.param("cache over GPUs", DENSE, REGISTRY["Qwen/Qwen2.5-0.5B-Instruct"], id="heads that go over GPUs"),
        pytest.param(
            "cache over GPUs",
            DENSE,
            DENSE.model_copy(update={"architecture": None}),
            id="heads that are known",
        ),
    ],
)
def test_questions_concern_some_models_only(name: str, concerned: ModelInfo, other: ModelInfo) -> None:
    """What a model has not is no question about it."""
    assert QUESTIONS[name].concerns(concerned)
    assert not QUESTIONS[name].concerns(other)


def test_a_cache_is_divided_among_gpus_with_the_same_heads() -> None:
    """Twice as many as there are key heads; one for latent attention."""
    latent = REGISTRY["deepseek-ai/DeepSeek-V3.1"]

    assert QUESTIONS["cache over GPUs"].settings_of(DENSE)["tensor_parallel_size"] == 16
    assert QUESTIONS["cache over GPUs"].settings_of(latent)["tensor_parallel_size"] == 2
    assert asked("cache over GPUs") is Answer.YES


def test_layers_are_divided_as_far_as_an_engine_does() -> None:
    """By heads, and by blocks and groups of the number format."""
    assert [asked(f"tensors over {size} GPUs") for size in (2, 4, 8)] == [Answer.YES] * 3
    assert asked("tensors over 8 GPUs", REGISTRY["Qwen/Qwen2.5-0.5B-Instruct"]) is Answer.NO


def test_a_format_is_asked_by_its_fact() -> None:
    """Weights that are not quantised by what the engine itself needs."""
    assert serving_format(plain_model("dense", "fp8", "fp8")).facts == ("formats.fp8/fp8", "plugins.fp8")
    assert serving_format(DENSE).facts == ("capability",)
