"""Verdicts over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.payloads.reports import report_document
from model_garden_registry.server import create_app
from model_garden_registry.server.questions import bodies

from .conftest import OLD, PREFIX, SHIPPED, TINY, Answer

Ask = Callable[..., Answer]
Write = Callable[..., Path]

TRAINING = f"{PREFIX}/validate/training"
INFERENCE = f"{PREFIX}/validate/inference"


@pytest.mark.parametrize("task", ["training", "inference"])
def test_a_verdict_is_the_report_with_what_clients_read_beside_it(task: Any, ask: Ask) -> None:
    """``data`` is the report; ``valid``, ``errors`` and ``warnings`` stand at the top."""
    report = load_registry(bundled_registry()).validate(TINY, task)

    answer = ask("POST", f"{PREFIX}/validate/{task}", {"model_id": TINY})

    assert answer.status == 200
    assert answer.json == {
        "success": True,
        "data": json.loads(json.dumps(report_document(report))),
        "valid": True,
        "errors": [],
        "warnings": [finding.message for finding in report.findings if finding.severity == "warning"],
    }


def test_a_no_is_an_answer(ask: Ask) -> None:
    """200, with the reason as the error message and as the first of the errors."""
    text = f"Model '{OLD}' is deprecated; use 'allenai/Olmo-3-1025-7B' instead"

    answer = ask("POST", TRAINING, {"model_id": OLD})

    assert answer.status == 200
    assert (answer.json["data"]["is_valid"], answer.json["data"]["error_message"]) == (False, text)
    assert (answer.json["valid"], answer.json["errors"][0]) == (False, text)


def test_a_warning_stands_among_the_warnings(ask: Ask) -> None:
    """It does not make the model invalid."""
    answer = ask("POST", TRAINING, {"model_id": "Qwen/Qwen3-8B", "config": {"max_seq_length": 200_000}})

    assert answer.json["warnings"] == ["max_seq_length 200000 is beyond the model's 40960 positions"]
    assert answer.json["valid"] is True


def test_an_unknown_model_is_an_answer_too(ask: Ask) -> None:
    """200 says that it is not valid, as the application does, with near ids."""
    answer = ask("POST", TRAINING, {"model_id": "unsloth/tinylama"})

    text = "Model 'unsloth/tinylama' not found in registry"
    assert (answer.status, answer.json) == (
        200,
        {
            "success": True,
            "data": {
                "is_valid": False,
                "error_message": text,
                "format": "mgr.error/1",
                "error": "UnknownModelError",
                "message": "no model 'unsloth/tinylama' in the registry; did you mean "
                "unsloth/tinyllama, unsloth/tinyllama-chat or TinyLlama/TinyLlama_v1.1?",
                "model_id": "unsloth/tinylama",
                "close": ["unsloth/tinyllama", "unsloth/tinyllama-chat", "TinyLlama/TinyLlama_v1.1"],
                "problem": None,
            },
            "valid": False,
            "errors": [text],
            "warnings": [],
        },
    )


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_an_entry_that_is_not_valid_is_unknown(write: Write, ask: Ask) -> None:
    """200 says that nothing could be checked."""
    answer = ask("POST", TRAINING, {"model_id": "bad"}, app=create_app(write({"bad": {"status": "fine"}})))

    assert (answer.status, answer.json["data"]["verdict"], answer.json["valid"]) == (200, "unknown", False)
    assert answer.json["errors"] == [answer.json["data"]["error_message"]]
    assert answer.json["errors"][0].startswith("Could not be checked: entry 'bad' is not valid at /models/bad/status")


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_a_task_that_the_model_does_not_support_is_a_no(write: Write, ask: Ask) -> None:
    """Also where it has no defaults to merge settings with."""
    capabilities = {**SHIPPED["models"][TINY]["capabilities"], "training": False}
    app = create_app(write({"a": {"training_defaults": None, "capabilities": capabilities}}))

    answer = ask("POST", TRAINING, {"model_id": "a", "config": {"batch_size": 1}}, app=app)

    hint = f"; train '{SHIPPED['models'][TINY]['base_model']}' instead"
    assert (answer.status, answer.json["errors"][0]) == (200, f"Model 'a' does not support training{hint}")


def test_settings_are_named_by_leaf_path_or_nested(ask: Ask) -> None:
    """As everywhere; ``method`` may stand beside them."""
    config = {"batch_size": 1, "lora_config": {"r": 8}, "lora_config.lora_alpha": 4}

    answer = ask("POST", TRAINING, {"model_id": TINY, "config": config, "method": "lora"})

    settings = answer.json["data"]["settings"]
    assert (settings["batch_size"], settings["lora_config"]["r"], settings["lora_config"]["lora_alpha"]) == (1, 8, 4)
    assert (answer.json["data"]["method"], settings["method"]) == ("lora", "lora")


@pytest.mark.parametrize(
    ("target", "question", "setting"),
    [
        pytest.param(TRAINING, {"config": {"batch_siz": 1}}, "batch_siz", id="no such setting"),
        pytest.param(TRAINING, {"config": {"batch_size": "many"}}, "batch_size", id="a value that does not fit"),
        pytest.param(TRAINING, {"config": {"batch_size": [[1]]}}, "batch_size", id="a list"),
        pytest.param(TRAINING, {"config": {"batch_size": 10**300}}, "batch_size", id="a number beyond all sense"),
        pytest.param(TRAINING, {"config": {"": 1}}, "", id="no name"),
        pytest.param(INFERENCE, {"config": {"method": "lora"}}, "method", id="a method for inference"),
    ],
)
def test_a_setting_that_is_not_possible_is_named(target: str, question: Any, setting: str, ask: Ask) -> None:
    """422 is the document of ``mgr validate --json``, with the sentence under ``detail``."""
    answer = ask("POST", target, {"model_id": TINY, **question})

    assert (answer.status, answer.json["error"], answer.json["setting"]) == (422, "InvalidOverrideError", setting)
    assert answer.json["detail"] == answer.json["message"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="no id"),
        pytest.param(b'{"model_id": null}', id="null"),
        pytest.param(b'{"model_id": ""}', id="empty"),
        pytest.param(b'{"config": {}}', id="settings alone"),
    ],
)
def test_a_question_without_an_id_is_refused(body: bytes, ask: Ask) -> None:
    """400, in the application's words."""
    answer = ask("POST", TRAINING, body)

    assert (answer.status, answer.json) == (400, {"detail": "Missing 'model_id' in request"})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        pytest.param(b"", ["body"], id="no body"),
        pytest.param(b"   ", ["body"], id="blanks"),
        pytest.param(b"null", ["body"], id="null"),
        pytest.param(b"[]", ["body"], id="a list"),
        pytest.param(b'"x"', ["body"], id="a text"),
        pytest.param(b"{", ["body"], id="half an object"),
        pytest.param(b'{"model_id": "\xff"}', ["body"], id="bad UTF-8"),
        pytest.param('{"model_id": "x"}'.encode("utf-16"), ["body"], id="UTF-16"),
        pytest.param(b'{"model_id": "\\ud800"}', ["body"], id="half a surrogate pair"),
        pytest.param(b'{"model_id": NaN}', ["body"], id="NaN"),
        pytest.param(b'{"model_id": "x", "config": {"r": Infinity}}', ["body"], id="infinity"),
        pytest.param(b'{"model_id": "x", "config": {"r": 1' + b"0" * 6000 + b"}}", ["body"], id="6001 digits"),
        pytest.param(b"[" * 30_000, ["body"], id="30000 levels"),
        pytest.param(b'{"model_id": "x", "config": ' + b'{"a":' * 150 + b"1" + b"}" * 151, ["body"], id="150 levels"),
        pytest.param(b'{"model_id": "x", "config": ' + b"[" * 50 + b"]" * 50 + b"}", ["body"], id="50 levels"),
        pytest.param(b'{"model_id": 1}', ["body", "model_id"], id="a number as id"),
        pytest.param(b'{"model_id": true}', ["body", "model_id"], id="true as id"),
        pytest.param(b'{"model_id": ["x"]}', ["body", "model_id"], id="a list as id"),
        pytest.param(b'{"model_id": {}}', ["body", "model_id"], id="an object as id"),
        pytest.param(b'{"model_id": "x", "config": []}', ["body", "config"], id="a list as settings"),
        pytest.param(b'{"model_id": "x", "method": "magic"}', ["body", "method"], id="an unknown method"),
        pytest.param(b'{"model_id": "x", "gpu": 7}', ["body", "gpu"], id="a number as GPU"),
        pytest.param(b'{"model_id": "x", "gpu": "L4", "gpus": "two"}', ["body", "gpus"], id="a word as count"),
        pytest.param(b'{"model_id": "x", "gpu": "L4", "gpus": 0}', ["body", "gpus"], id="no GPU at all"),
        pytest.param(b'{"model_id": "x", "allow_deprecated": 1}', ["body", "allow_deprecated"], id="a number as yes"),
    ],
)
def test_what_is_no_question_is_refused(body: bytes, where: list[str], ask: Ask) -> None:
    """422 says where it is wrong, without repeating what was sent."""
    answer = ask("POST", TRAINING, body)

    assert answer.status == 422
    assert [problem["loc"] for problem in answer.json["detail"]] == [where]
    assert {tuple(problem) for problem in answer.json["detail"]} == {("type", "loc", "msg")}


def test_serving_has_no_method(ask: Ask) -> None:
    """Beside the settings as little as among them."""
    answer = ask("POST", INFERENCE, {"model_id": TINY, "method": "lora"})

    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["body", "method"])


@pytest.mark.parametrize(
    ("body", "detail", "close"),
    [
        pytest.param(
            b'{"model_id": "x", "overrides": {}}',
            "unknown key 'overrides'; did you mean config?",
            ["config"],
            id="else",
        ),
        pytest.param(
            b'{"model_id": "x", "gpuss": 1}', "unknown key 'gpuss'; did you mean gpus or gpu?", None, id="slip"
        ),
        pytest.param(
            b'{"model_id": "x", "\\u202e": 1}',
            "unknown key '\\u202e'; known: model_id, config, gpu, gpus, inventory, allow_deprecated, method",
            [],
            id="what nobody sees",
        ),
        pytest.param(b'{"model_id": "x", "gpu": "L4", "gpu": "T4"}', "key 'gpu' is duplicated", [], id="twice"),
        pytest.param(
            b'{"model_id": "x", "config": {"r": 1, "r": 2}}',
            "key 'r' is duplicated",
            [],
            id="a setting twice",
        ),
    ],
)
def test_a_key_that_cannot_stand_there_is_named(body: bytes, detail: str, close: list[str] | None, ask: Ask) -> None:
    """422, with near ones: a misspelt key would change the answer without a word."""
    answer = ask("POST", TRAINING, body)

    assert (answer.status, answer.json["detail"]) == (422, detail)
    assert close is None or answer.json["close"] == close


def test_bounds_are_kept(ask: Ask) -> None:
    """An id of 256 characters, 1,024 GPUs, 1,000 items of a list; one more is refused."""
    questions = [
        *({"model_id": "x" * length} for length in (256, 257)),
        *({"model_id": TINY, "gpu": "L4", "gpus": count} for count in (1_024, 1_025)),
        *({"model_id": TINY, "config": {"target_modules": ["q_proj"] * items}} for items in (1_000, 1_001)),
    ]

    assert [ask("POST", TRAINING, question).status for question in questions] == [200, 422, 200, 422, 200, 422]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        pytest.param(None, 415, id="none"),
        pytest.param("application/json", 200, id="JSON"),
        pytest.param("Application/JSON; charset=utf-8", 200, id="JSON with a charset"),
        pytest.param("application/vnd.garden+json", 415, id="a kind of JSON"),
        pytest.param("text/plain", 415, id="text"),
        pytest.param("application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param("nonsense", 415, id="nonsense"),
    ],
)
def test_a_body_says_that_it_is_json(content_type: str | None, status: int, ask: Ask) -> None:
    """What a page of another origin may send unasked, without a type or with that of a form, is refused."""
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = ask("POST", TRAINING, {"model_id": TINY}, headers=headers)

    assert answer.status == status
    assert "data" in answer.json or answer.json == {"detail": "Send application/json"}


@pytest.mark.parametrize(
    ("size", "status"),
    [
        pytest.param(bodies.LARGEST_BODY_BYTES, 200, id="as long as may be"),
        pytest.param(bodies.LARGEST_BODY_BYTES + 1, 413, id="one byte longer"),
        pytest.param(10_000_000, 413, id="10 MB"),
        pytest.param(40_000_000, 413, id="more than is read to the end"),
    ],
)
def test_a_long_body_is_refused(size: int, status: int, ask: Ask) -> None:
    """However it comes in parts."""
    body = json.dumps({"model_id": TINY}).encode().ljust(size)
    parts = tuple(body[start : start + 1_000_000] for start in range(0, size, 1_000_000))

    answer = ask("POST", TRAINING, parts=parts, headers={"Content-Type": "application/json"})

    assert answer.status == status
    assert "data" in answer.json or answer.json == {"detail": "A body has at most 65536 bytes"}


def test_who_asks_before_sending_much_is_told_at_once(ask: Ask) -> None:
    """``Expect: 100-continue`` with too large a length: nothing is read."""
    headers = {"Content-Length": "10000000", "Expect": "100-continue", "Content-Type": "application/json"}

    answer = ask("POST", TRAINING, headers=headers)

    assert answer.status == 413


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """408, instead of a connection that stays open."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    app = create_app(bundled_registry())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(30)
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": TRAINING, "query_string": b"", "root_path": ""}
    asyncio.run(app({**scope, "headers": headers}, receive, send))

    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"]) == {"detail": "The body did not arrive in time"}


def test_a_verdict_is_not_kept(ask: Ask) -> None:
    """It may be another one in a moment."""
    assert ask("POST", TRAINING, {"model_id": TINY}).headers["cache-control"] == "no-store"
