"""What training stacks are asked."""

from __future__ import annotations

from typing import get_args

import pytest
from own_facts import facts_laid_over, newest

from model_garden_registry.checks.matrix.cells import Answer, Column
from model_garden_registry.checks.matrix.judging import Question, cell_of
from model_garden_registry.checks.matrix.plain_models import Kind, plain_model
from model_garden_registry.checks.matrix.training_questions import training_format, training_questions
from model_garden_registry.entries.settings.task_settings import Algorithm
from model_garden_registry.entries.tasks import Method
from model_garden_registry.families.stacks import stack_of

QUESTIONS = {question.name: question for question in training_questions()}


def asked(name: str, kind: Kind, stack: str = "trl") -> Answer:
    """Ask a stack about a plain model."""
    column = Column("training", stack, stack, stack_of(stack).version)
    return cell_of(column, QUESTIONS[name], plain_model(kind)).answer


def test_every_method_and_every_algorithm_is_asked() -> None:
    """Each by its name."""
    assert {*get_args(Method), *get_args(Algorithm)} <= {*QUESTIONS}


@pytest.mark.parametrize(
    ("name", "kind", "facts"),
    [
        ("grpo", "dense", {"algorithms": ["sft", "grpo"]}),
        ("divided sequences", "dense", {"divides_sequences": True}),
        ("checkpointing unasked", "dense", {"gradient_checkpointing": True}),
        ("logits never whole", "dense", {"loss": "chunked"}),
        ("experts in 4 bits", "experts", {"quantizes_fused_experts": True}),
        ("adapters on experts", "experts", {"adapts_experts": True}),
        ("vision tower, lora", "images", {"trains_towers": {"full": True, "adapters": "always"}}),
        ("vision tower, full", "images", {"trains_towers": {"full": True, "adapters": "never"}}),
    ],
)
def test_an_answer_follows_its_fact(name: str, kind: Kind, facts: dict[str, object]) -> None:
    """No with the one, yes with the other: nothing is written by hand."""
    without = {
        "algorithms": ["sft"],
        "divides_sequences": False,
        "gradient_checkpointing": False,
        "loss": "full",
        "quantizes_fused_experts": False,
        "adapts_experts": False,
        "trains_towers": {"full": False, "adapters": "never"},
    }
    peft = {"libraries": {"peft": {"ranges": [{"since": "0.12.0", "converts_expert_targets": False}]}}}

    with facts_laid_over(stacks={"stacks": {"trl": newest("stacks", "trl", **without)}, **peft}):
        assert asked(name, kind) is Answer.NO
    with facts_laid_over(stacks={"stacks": {"trl": newest("stacks", "trl", **{**without, **facts})}, **peft}):
        assert asked(name, kind) in (Answer.YES, Answer.NEEDS)


def test_questions_concern_some_models_only() -> None:
    """Experts are no question about a model without any, nor a tower one about a model that takes no images."""
    of_dense = {name for name, question in QUESTIONS.items() if question.concerns(plain_model("dense"))}

    assert "sft" in of_dense
    assert of_dense & {"experts in 4 bits", "adapters on experts", "vision tower, full"} == set()


@pytest.mark.parametrize(
    ("method", "kind", "fact"),
    [
        (None, None, "adapter_dtype"),
        ("4bit", "bitsandbytes", "quantized_adapter_dtype"),
        ("awq", "awq", "formats.awq/awq"),
    ],
)
def test_a_format_is_asked_by_the_fact_that_would_know_it(method: str | None, kind: str | None, fact: str) -> None:
    """Stacks say of bitsandbytes alone what they do with it."""
    question = training_format(plain_model("dense", method, kind))

    assert isinstance(question, Question)
    assert question.facts == (fact,)
