"""One question to one stack or engine about one model."""

from __future__ import annotations

from typing import Any

import pytest
from own_facts import Facts, facts_laid_over, newest
from sound_entry import judged

from model_garden_registry import ModelInfo, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.matrix.cells import Answer, Cell, Column
from model_garden_registry.checks.matrix.judging import Question, capabilities, cell_of, format_of
from model_garden_registry.checks.matrix.plain_models import plain_model
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.findings import Verdict

TRL = Column("training", "trl", "TRL", stack_of("trl").version)
VLLM = Column("inference", "vllm", "vLLM", engine_of("vllm").version)
DENSE = plain_model("dense")
#: A model with no defaults for training.
SERVED = "Qwen/Qwen3-8B-AWQ"


def asked(**question: Any) -> Question:
    return Question(**{"group": "features", "name": "it", **question})


def answer(question: Question, column: Column = TRL, entry: ModelInfo = DENSE) -> tuple[Answer, str, str]:
    """Return the answer, what it needs, and the remark."""
    cell = cell_of(column, question, entry)
    return cell.answer, cell.needs, cell.remark


@pytest.mark.parametrize(
    ("question", "column", "found"),
    [
        pytest.param(asked(), TRL, (Answer.YES, "", ""), id="nothing stands against it"),
        pytest.param(
            asked(settings={"kv_cache_memory_gb": 1.0}, facts=("options.kv_cache_memory_gb",)),
            VLLM,
            (Answer.YES, "", ""),
            id="an option that it has",
        ),
        pytest.param(
            asked(settings={"mem_fraction_static": 0.8}, facts=("options.mem_fraction_static",)),
            VLLM,
            (Answer.NO, "", "vLLM has no such option"),
            id="an option of others",
        ),
        pytest.param(
            asked(settings={"tensor_parallel_size": 5}),
            VLLM,
            (Answer.NO, "", "tensor_parallel_size 5 does not divide 32 attention heads"),
            id="a verdict against it",
        ),
        pytest.param(asked(facts=("of_nobody",)), TRL, (Answer.UNKNOWN, "", ""), id="a fact of no table"),
        pytest.param(asked(holds=lambda *_: False), TRL, (Answer.NO, "", ""), id="the settings do not do it"),
        pytest.param(
            asked(settings={"attn_implementation": "flash_attention_3"}),
            TRL,
            (Answer.NEEDS, "compute capability 9.0", ""),
            id="a GPU",
        ),
        pytest.param(asked(capability=(7, 5)), TRL, (Answer.YES, "", ""), id="on one GPU"),
    ],
)
def test_an_answer_is_what_a_verdict_says(question: Question, column: Column, found: tuple[Answer, str, str]) -> None:
    """Refused settings and failures are a no, a fact that no table has is unknown."""
    assert answer(question, column) == found


def test_a_gpu_that_a_verdict_refuses_is_a_no() -> None:
    """With the words of the verdict."""
    question = asked(settings={"attn_implementation": "flash_attention_2"}, capability=(7, 5))

    found, needs, remark = answer(question)

    assert (found, needs) == (Answer.NO, "")
    assert "8.0" in remark


def test_what_goes_without_saying_is_not_needed() -> None:
    """What the model's defaults need on that engine already; a number format says it all the same."""
    needed = ("needs", "compute capability 7.5")

    assert answer(asked(facts=("capability",)), VLLM)[:2] == ("yes", "")
    assert answer(asked(facts=("capability",), is_absolute=True), VLLM)[:2] == needed


@pytest.mark.parametrize(
    ("support", "found"),
    [
        pytest.param(None, (Answer.NO, "", "vLLM 9999.1 does not load fp8 weights"), id="not loaded"),
        pytest.param({"name": "owl", "least": "8.6"}, (Answer.NEEDS, "compute capability 8.6", ""), id="from a GPU on"),
        pytest.param(
            {"name": "owl", "least": "8.0", "native": "8.9"},
            (Answer.NEEDS, "compute capability 8.0", "below 8.9 vLLM 9999.1 unpacks the weights"),
            id="unpacked below",
        ),
        pytest.param(
            {"name": "owl", "least": "8.9", "unpacks": True},
            (Answer.NEEDS, "compute capability 7.5", "below 8.9 vLLM 9999.1 unpacks the weights"),
            id="unpacked when it is loaded",
        ),
        pytest.param(
            {"name": "owl", "least": "99.0"},
            (
                Answer.NO,
                "",
                "vLLM 9999.1 needs compute capability 99.0 for fp8 weights, such a GPU has 12.1",
            ),
            id="on no GPU",
        ),
    ],
)
def test_a_number_format_is_answered_by_its_facts(support: Facts | None, found: tuple[Answer, str, str]) -> None:
    """What the table says of the newest release; no table, no answer."""
    question = asked(facts=("formats.fp8/fp8",), is_absolute=True)
    entry = plain_model("dense", "fp8", "fp8")
    engines = {"engines": {"vllm": newest("engines", "vllm", formats={"fp8/fp8": support})}}

    with facts_laid_over(engines=engines):
        assert answer(question, Column("inference", "vllm", "vLLM", "9999.1"), entry) == found


def test_a_number_format_may_need_a_plug_in() -> None:
    """Which is named."""
    question = asked(facts=("formats.4bit/bitsandbytes",), is_absolute=True)
    needs, remark = answer(question, VLLM, plain_model("dense", "4bit", "bitsandbytes"))[1:]

    assert needs == "a plug-in"
    assert "vllm-bnb-plugin" in remark


def test_what_the_defaults_do_as_well_is_remarked_once() -> None:
    """That weights are unpacked stands beside the number format, not beside every feature."""
    entry = plain_model("dense", "fp8", "fp8")

    assert answer(asked(is_absolute=True), VLLM, entry)[2].endswith("unpacks the weights")
    assert answer(asked(), VLLM, entry) == (Answer.YES, "", "")
    assert answer(asked(settings={"tensor_parallel_size": 5}), VLLM, entry)[2]


def test_a_withdrawn_model_is_judged_all_the_same() -> None:
    """What is asked is what software does."""
    entry = DENSE.model_copy(update={"status": "deprecated"})

    assert judged(entry, "inference", None).verdict is Verdict.FAIL
    assert answer(asked(), VLLM, entry)[0] is Answer.YES


def test_a_model_without_defaults_for_a_task_is_a_no() -> None:
    """In the words of the error."""
    entry = load_registry(bundled_registry())[SERVED]

    assert answer(asked(), TRL, entry)[2].startswith(f"model '{SERVED}' does not support training")


def test_a_cell_carries_the_facts_that_decide() -> None:
    """A rule that holds of every stack has none."""
    by_rule = asked(settings={"method": "qlora", "base_quantization": "8bit"}, facts=("adapter_dtype",))
    by_fact = asked(settings={"algorithm": "dpo"}, facts=("algorithms", "of_nobody"))

    assert [fact.name for fact in cell_of(TRL, by_fact, DENSE).facts] == ["algorithms"]
    assert cell_of(TRL, by_rule, DENSE) == Cell(
        answer=Answer.NO, remark="it applies to method lora only, and method is qlora"
    )


def test_formats_are_named_as_tables_name_them() -> None:
    """Method and type, with a stroke between them."""
    assert format_of(plain_model("dense", "fp8", "compressed-tensors")) == "fp8/compressed-tensors"
    assert format_of(DENSE) == "not quantised"


def test_capabilities_are_those_of_known_gpus() -> None:
    """Each once, compared as numbers."""
    found = capabilities()

    assert list(found) == sorted(set(found))
    assert {(7, 5), (9, 0), (12, 0)} <= {*found}
