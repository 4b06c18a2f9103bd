"""The OpenAPI document: what it describes is what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
from kinds_of_models import one_of_each

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.server import create_app

from ..conftest import OLD, PREFIX, TINY, VISION, call

pytestmark = pytest.mark.sweep

APP = create_app(bundled_registry())
DOCUMENT: dict[str, Any] = APP.openapi()
JSON = {"Content-Type": "application/json"}
METHODS = {"get", "post"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def check(value: Any, schema: dict[str, Any]) -> None:
    """Hold a value against a schema of the document."""
    validator(json.dumps(schema)).validate(value)


@cache
def validator(schema: str) -> Any:
    return jsonschema.Draft202012Validator({**json.loads(schema), "components": DOCUMENT["components"]})


def reply_schema(operation: dict[str, Any], status: int) -> dict[str, Any]:
    schema: dict[str, Any] = operation["responses"][str(status)]["content"]["application/json"]["schema"]
    return schema


def test_every_route_is_described() -> None:
    """Paths and methods, HEAD and the document itself left out."""
    assert {(method, path) for method, path, _ in operations()} == {
        ("get", f"{PREFIX}/models"),
        ("get", f"{PREFIX}/models/{{model_id}}"),
        ("get", f"{PREFIX}/categories"),
        ("get", f"{PREFIX}/hardware"),
        ("post", f"{PREFIX}/validate/training"),
        ("post", f"{PREFIX}/validate/inference"),
        ("post", f"{PREFIX}/estimate/training"),
        ("post", f"{PREFIX}/estimate/inference"),
        ("post", f"{PREFIX}/fit"),
        ("post", f"{PREFIX}/plan"),
        ("get", f"{PREFIX}/gpus"),
        ("get", f"{PREFIX}/compare"),
        ("get", f"{PREFIX}/settings/training"),
        ("get", f"{PREFIX}/settings/inference"),
        ("get", f"{PREFIX}/models/{{model_id}}/export/{{target}}"),
        ("get", "/health"),
        ("get", "/ready"),
    }


def test_every_operation_has_a_summary_a_name_and_an_example_for_each_reply() -> None:
    """304 has no content; every other reply shows one that is valid."""
    for _, _, operation in operations():
        assert operation["description"]
        assert operation["operationId"].isidentifier()
        for status, reply in operation["responses"].items():
            if status != "304":
                check(reply["content"]["application/json"]["example"], reply_schema(operation, int(status)))


def test_the_document_is_a_valid_one() -> None:
    """Its schemas are schemas, and use no word that is none."""
    words = {
        *("type", "properties", "required", "items", "enum", "const", "anyOf", "$ref", "description", "examples"),
        *("default", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
        *("exclusiveMaximum", "additionalProperties", "minItems", "maxItems", "allOf", "propertyNames"),
    }
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
        for node in nodes(schema):
            assert set(node) <= words


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner)
    for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        if isinstance(inner, dict):
            yield from nodes(inner)


GETS = [
    (f"{PREFIX}/models", f"{PREFIX}/models", 200),
    (f"{PREFIX}/models", f"{PREFIX}/models?limit=0", 422),
    (f"{PREFIX}/models/{{model_id}}", f"{PREFIX}/models/none", 404),
    (f"{PREFIX}/categories", f"{PREFIX}/categories", 200),
    (f"{PREFIX}/hardware", f"{PREFIX}/hardware", 200),
    (f"{PREFIX}/gpus", f"{PREFIX}/gpus", 200),
    (f"{PREFIX}/gpus", f"{PREFIX}/gpus?gpu=L4", 422),
    (f"{PREFIX}/compare", f"{PREFIX}/compare?id={TINY}&id={VISION}&gpu=L4", 200),
    (f"{PREFIX}/compare", f"{PREFIX}/compare?id={TINY}&id=none", 404),
    (f"{PREFIX}/compare", f"{PREFIX}/compare?id={TINY}&id={TINY}", 422),
    (f"{PREFIX}/settings/training", f"{PREFIX}/settings/training?model_id={VISION}", 200),
    (f"{PREFIX}/settings/inference", f"{PREFIX}/settings/inference?engine=vllm", 422),
    (f"{PREFIX}/models/{{model_id}}/export/{{target}}", f"{PREFIX}/models/{TINY}/export/vllm", 200),
    (f"{PREFIX}/models/{{model_id}}/export/{{target}}", f"{PREFIX}/models/{TINY}/export/none", 422),
    (f"{PREFIX}/models/{{model_id}}/export/{{target}}", f"{PREFIX}/models/none/export/vllm", 404),
    ("/health", "/health", 200),
    ("/ready", "/ready", 200),
]


@pytest.mark.parametrize(("path", "target", "status"), GETS)
def test_what_is_sent_is_what_is_described(path: str, target: str, status: int) -> None:
    """Every reply to a GET fits the schema of its status."""
    answer = call(APP, "GET", target)

    assert answer.status == status
    check(answer.json, reply_schema(DOCUMENT["paths"][path]["get"], status))


def test_every_kind_of_entry_is_what_is_described() -> None:
    """Whatever an entry states and leaves out."""
    path = f"{PREFIX}/models/{{model_id}}"
    answers = [call(APP, "GET", path.replace("{model_id}", model_id)) for model_id in one_of_each()]

    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        check(answer.json, reply_schema(DOCUMENT["paths"][path]["get"], 200))


@pytest.mark.parametrize("gpu", [None, "L4"])
@pytest.mark.parametrize("task", ["training", "inference"])
def test_every_verdict_is_what_is_described(task: str, gpu: str | None) -> None:
    """On models of many kinds, with what was estimated, found, and would help."""
    path = f"{PREFIX}/validate/{task}"
    bodies = [json.dumps({"model_id": model_id, "gpu": gpu}).encode() for model_id in one_of_each()[::3]]
    answers = [call(APP, "POST", path, headers=JSON, parts=(body,)) for body in bodies]

    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        check(answer.json, reply_schema(DOCUMENT["paths"][path]["post"], 200))


QUESTIONS = [
    (f'{{"model_id": "{TINY}"}}', 200),
    ('{"model_id": "none"}', 200),
    (f'{{"model_id": "{OLD}", "config": {{}}, "method": null, "gpu": null}}', 200),
    (f'{{"model_id": "{VISION}", "gpu": "T4"}}', 200),
    (f'{{"model_id": "{VISION}", "gpu": "A100"}}', 200),
    (f'{{"model_id": "{VISION}", "gpu": "A100 MIG 1g.5gb"}}', 200),
    ("{}", 400),
    ("[]", 422),
    (f'{{"model_id": "{TINY}", "config": {{"none": 1}}}}', 422),
    ("x" * 70_000, 413),
]


@pytest.mark.parametrize("task", ["training", "inference"])
@pytest.mark.parametrize(("body", "status"), QUESTIONS, ids=[f"{body[:60]}" for body, _ in QUESTIONS])
def test_a_verdict_is_what_is_described(body: str, status: int, task: str) -> None:
    """Every reply to a question fits the schema of its status."""
    answer = call(APP, "POST", f"{PREFIX}/validate/{task}", headers=JSON, parts=(body.encode(),))

    assert answer.status == status
    check(answer.json, reply_schema(DOCUMENT["paths"][f"{PREFIX}/validate/{task}"]["post"], status))


def test_the_body_of_a_question_is_described() -> None:
    """With an example that is one."""
    content = DOCUMENT["paths"][f"{PREFIX}/validate/training"]["post"]["requestBody"]["content"]["application/json"]

    check(content["example"], content["schema"])


OTHER_QUESTIONS = [
    ("estimate/training", {"model_id": VISION, "gpu": "L4:2"}, 200),
    ("estimate/training", {"model_id": "none"}, 404),
    ("estimate/training", {"model_id": VISION, "engine": "vllm"}, 422),
    ("estimate/inference", {"model_id": TINY, "gpu": "T4"}, 200),
    ("estimate/inference", {"model_id": TINY, "config": {"none": 1}}, 422),
    ("fit", {"task": "training", "gpu": "T4", "words": "qwen2.5", "limit": 9}, 200),
    ("fit", {"task": "inference", "gpu": ["T4", "L4:2"], "words": "gemma", "limit": 9}, 200),
    ("fit", {"task": "inference", "gpu": "L5"}, 422),
    ("plan", {"task": "training", "model_id": VISION, "gpu": "A100,L4"}, 200),
    ("plan", {"task": "inference", "model_id": TINY, "limit": 9}, 200),
    ("plan", {"task": "inference", "model_id": "none"}, 404),
    ("plan", {"task": "inference"}, 422),
]


@pytest.mark.parametrize(("route", "body", "status"), OTHER_QUESTIONS)
def test_a_document_is_what_is_described(route: str, body: dict[str, Any], status: int) -> None:
    """Every reply to a question fits the schema of its status; the body fits its own, or is refused."""
    answer = call(APP, "POST", f"{PREFIX}/{route}", headers=JSON, parts=(json.dumps(body).encode(),))
    operation = DOCUMENT["paths"][f"{PREFIX}/{route}"]["post"]

    assert answer.status == status
    check(answer.json, reply_schema(operation, status))
    content = operation["requestBody"]["content"]["application/json"]
    check(content["example"], content["schema"])
