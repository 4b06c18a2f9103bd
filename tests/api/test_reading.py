"""Keys to a question."""

from __future__ import annotations

from typing import Any

import pytest

from model_garden_registry.api.asked import ExportQuestion, FitQuestion
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.api.reading import question_of

DEEP: Any = 1
for _ in range(30):
    DEEP = {"a": DEEP}


def test_keys_are_a_question() -> None:
    """What is left out has its default."""
    question = question_of("fit", {"task": "training", "gpu": ["L4", "H100"], "limit": 3})

    assert isinstance(question, FitQuestion)
    assert (question.gpu, question.limit, question.words, question.config) == (["L4", "H100"], 3, None, None)


def test_an_export_is_of_the_target_in_its_route() -> None:
    """Whatever the keys say."""
    question = question_of("export/axolotl", {"model_id": "a"})

    assert isinstance(question, ExportQuestion)
    assert (question.target, question.model_id) == ("axolotl", "a")


WRONG = [
    pytest.param(
        *("fit", {"task": "training", "gpu": "a" * 300}, "body.gpu: String should have at most 200 characters"),
        id="one GPU with a long name",
    ),
    pytest.param(
        *("fit", {"task": "training", "gpu": ["L4", 4]}, "body.gpu.1: Input should be a valid string"),
        id="one of several GPUs is no text",
    ),
    pytest.param(
        "fit", {"task": "training", "gpu": 4}, "body.gpu: Input should be a valid string", id="a number as GPU"
    ),
    pytest.param(
        "fit", {"task": "training", "gpu": []}, "body.gpu: List should have at least 1", id="no GPU of a list"
    ),
    pytest.param("fits", {}, "there is no route 'fits'", id="route"),
    pytest.param("export", {}, "there is no route 'export'", id="export without a target"),
    pytest.param("export/", {"model_id": "a"}, "body.target: String should have at least 1 character", id="no target"),
    pytest.param("fit", {"tasks": "training"}, "unknown key 'tasks'; did you mean task or stack?", id="unknown key"),
    pytest.param("fit", {"task": "training", "q": 1}, "unknown key 'q'", id="another's key"),
    pytest.param(
        "estimate/training",
        {"model_id": "a", "engine": "vllm"},
        "did you mean stack?",
        id="engine",
    ),
    pytest.param(
        "estimate/inference", {"model_id": "a", "stack": "trl"}, "unknown key 'stack'; did you mean engine?", id="stack"
    ),
    pytest.param("estimate/training", {}, "body.model_id: Field required", id="no model"),
    pytest.param("estimate/training", {"model_id": ""}, "body.model_id: String should have at least 1", id="empty id"),
    pytest.param(
        "estimate/training", {"model_id": "a" * 257}, "body.model_id: String should have at most 256", id="a long id"
    ),
    pytest.param("estimate/training", {"model_id": 1}, "body.model_id: Input should be a valid string", id="a number"),
    pytest.param("estimate/training", {"model_id": "a", "config": []}, "body.config: Input should be", id="a list"),
    pytest.param("estimate/training", {"model_id": "a", "config": DEEP}, "body: Nested more than 20", id="deep"),
    pytest.param(
        "estimate/training",
        {"model_id": "a", "config": {"target_modules": ["q"] * 1001}},
        "body: A list has more than 1000 items",
        id="a long list",
    ),
    pytest.param("estimate/training", {"model_id": "a", "gpu": ""}, "body.gpu: String should be a name", id="no GPU"),
    pytest.param("estimate/training", {"model_id": "a", "gpu": ["L4"]}, "body.gpu: Input should be a valid", id="GPUs"),
    pytest.param("estimate/training", {"model_id": "a", "gpus": 2}, "body: gpus states a number", id="only a count"),
    pytest.param(
        "estimate/training", {"model_id": "a", "gpu": "L4", "gpus": 1025}, "body.gpus: Input should be less", id="many"
    ),
    pytest.param("estimate/training", {"model_id": "a", "gpu": "L4", "gpus": 0}, "body.gpus: Input", id="zero"),
    pytest.param("export/slurm", {"model_id": "a", "replicas": 0}, "body.replicas: Input", id="no server"),
    pytest.param("estimate/training", {"model_id": "a", "gpu": "L4", "gpus": True}, "body.gpus: Input", id="true"),
    pytest.param("estimate/training", {"model_id": "a", "method": "dora"}, "body.method: Input should be", id="method"),
    pytest.param("fit", {}, "body.task: Field required", id="no task"),
    pytest.param("fit", {"task": "serving"}, "body.task: Input should be 'training' or", id="another task"),
    pytest.param("fit", {"task": "training", "engine": "vllm"}, "engine is not a setting of training", id="fit engine"),
    pytest.param("fit", {"task": "inference", "stack": "trl"}, "stack is not a setting of inference", id="fit stack"),
    pytest.param("fit", {"task": "inference", "method": "lora"}, "body: method is not a setting", id="fit method"),
    pytest.param("fit", {"task": "training", "limit": 0}, "body.limit: Input should be greater", id="limit"),
    pytest.param("fit", {"task": "training", "words": [""]}, "String should have at least 1 character", id="no word"),
    pytest.param("fit", {"task": "training", "words": ["a"] * 1001}, "body: A list has more than 1000", id="words"),
    pytest.param("fit", {"task": "training", "gpu": []}, "List should have at least 1 item", id="no GPUs"),
    pytest.param("fit", {"task": "training", "gpus": 2}, "body: gpus states a number", id="fit count"),
    pytest.param("plan", {"task": "training"}, "body.model_id: Field required", id="plan of nothing"),
    pytest.param("plan", {"task": "training", "model_id": "a", "gpus": 2}, "did you mean gpu?", id="plan"),
    pytest.param("gpus", {"gpu": "L4"}, "unknown key 'gpu'", id="a key of the table"),
    pytest.param("compare", {"id": ["a"]}, "body.id: List should have at least 2", id="one model"),
    pytest.param("compare", {"id": ["a"] * 7}, "body.id: List should have at most 6", id="seven models"),
    pytest.param("compare", {"ids": ["a", "b"]}, "unknown key 'ids'; did you mean id?", id="ids"),
    pytest.param("settings/training", {"model": "a"}, "unknown key 'model'; did you mean model_id?", id="settings"),
    pytest.param("export/vllm", {"model_id": "a", "format": "yaml"}, "did you mean form?", id="form"),
    pytest.param("fit", [], "body: Input should be a valid dictionary", id="a list of keys"),
]


@pytest.mark.parametrize(("route", "keys", "sentence"), WRONG)
def test_what_is_no_question_is_said(route: str, keys: Any, sentence: str) -> None:
    """With the key, what it may have been, and what it takes."""
    with pytest.raises(InvalidQuestionError) as raised:
        question_of(route, keys)

    assert sentence in str(raised.value)


def test_a_value_of_two_forms_has_the_errors_of_its_own() -> None:
    """No word of the library that reads it."""
    with pytest.raises(InvalidQuestionError) as caught:
        question_of("plan", {"task": "training", "model_id": "a", "gpu": "a" * 300})

    assert [part["loc"] for part in caught.value.document["detail"]] == [["body", "gpu"]]


def test_the_place_is_named() -> None:
    """A query is no body."""
    with pytest.raises(InvalidQuestionError, match=r"query\.id"):
        question_of("compare", {"id": ["a"]}, place="query")
