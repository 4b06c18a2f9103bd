"""One function for every route; the documents are compared with the command line's in test_faces_agree."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.api.answering import answer, known_gpus, reply, steps
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.api.reading import question_of
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.known_gpus import known_gpu

REGISTRY = load_registry(bundled_registry())
TEXT = "Qwen/Qwen3-8B"

QUESTIONS = [
    ("estimate/training", {"model_id": TEXT, "gpu": "L4"}, "mgr.estimate/1"),
    ("estimate/inference", {"model_id": TEXT}, "mgr.estimate/1"),
    ("fit", {"task": "inference", "words": [TEXT], "gpu": "L4"}, "mgr.fit/1"),
    ("fit", {"task": "inference", "words": [TEXT], "gpu": "L4,T4"}, "mgr.fits/1"),
    ("plan", {"task": "training", "model_id": TEXT, "gpu": "L4"}, "mgr.plan/1"),
    ("gpus", {}, "mgr.gpus/1"),
    ("compare", {"id": [TEXT, "Qwen/Qwen3-4B"]}, "mgr.compare/1"),
    ("export/vllm", {"model_id": TEXT}, "mgr.export/1"),
]


@pytest.mark.parametrize(("route", "keys", "form"), QUESTIONS, ids=[f"{route} {form}" for route, _, form in QUESTIONS])
def test_every_route_has_its_document(route: str, keys: dict[str, Any], form: str) -> None:
    """Bare, with its format, and as JSON."""
    document = answer(REGISTRY, route, keys)

    assert document["format"] == form
    assert reply(REGISTRY, route, keys) == (200, document)
    assert json.loads(json.dumps(document, allow_nan=False))


@pytest.mark.parametrize("task", ["training", "inference"])
def test_settings_are_a_schema(task: str) -> None:
    """Which has no format of ours."""
    assert answer(REGISTRY, f"settings/{task}", {"model_id": TEXT})["type"] == "object"


def test_this_machine_is_handed_in() -> None:
    """Nothing here reads it."""
    keys = {"task": "inference", "words": [TEXT]}

    assert answer(REGISTRY, "fit", keys, here=known_gpu("T4")) == answer(REGISTRY, "fit", {**keys, "gpu": "T4"})


@pytest.mark.parametrize(
    ("route", "keys", "status", "error"),
    [
        pytest.param("estimate/training", {}, 422, None, id="no question"),
        pytest.param("nothing", {}, 422, None, id="no route"),
        pytest.param("estimate/training", {"model_id": "none"}, 404, "UnknownModelError", id="no model"),
        pytest.param("estimate/training", {"model_id": TEXT, "gpu": "L5"}, 422, "UnknownGpuError", id="no GPU"),
        pytest.param(
            "estimate/training", {"model_id": TEXT, "config": {"r": 0}}, 422, "InvalidOverrideError", id="no setting"
        ),
        pytest.param("export/none", {"model_id": TEXT}, 422, "UnsupportedExportError", id="no target"),
    ],
)
def test_a_reply_is_what_http_answers(route: str, keys: dict[str, Any], status: int, error: str | None) -> None:
    """Also if there is no answer."""
    found, document = reply(REGISTRY, route, keys)

    assert (found, document.get("error")) == (status, error)
    assert document["detail"]


def test_an_answer_is_the_last_step() -> None:
    """Those before are pauses."""
    *pauses, last = steps(REGISTRY, question_of("fit", {"task": "inference", "words": "qwen", "gpu": "L4"}))

    assert len(pauses) > 1
    assert {*pauses} == {None}
    assert last == answer(REGISTRY, "fit", {"task": "inference", "words": "qwen", "gpu": "L4"})


def test_the_known_gpus_are_the_table() -> None:
    """In its order."""
    assert [gpu["name"] for gpu in known_gpus()["gpus"]] == [row.name for row in gpu_table()]


def test_an_invalid_question_is_an_error() -> None:
    """With the document of status 422."""
    with pytest.raises(InvalidQuestionError) as raised:
        answer(REGISTRY, "fit", {"wordz": "a"})

    assert raised.value.document == {"detail": "unknown key 'wordz'; did you mean words?", "close": ["words"]}


def test_no_web_framework_is_needed() -> None:
    """A page without a server answers by itself."""
    program = (
        "import sys, model_garden_registry.api.answering\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'fastapi', 'starlette', 'uvicorn', 'typer'})"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"
