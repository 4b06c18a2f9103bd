"""Documents of the command line over HTTP; that they are the same, tests/test_faces_agree.py says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from model_garden_registry import known_gpu
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.server import create_app
from model_garden_registry.server.live.hardware_cache import HardwareCache

from ..conftest import PREFIX, TINY, Answer

Ask = Callable[..., Answer]
Write = Callable[..., Path]

POSTS = {
    "estimate/training": {"model_id": TINY, "gpu": "L4"},
    "estimate/inference": {"model_id": TINY},
    "fit": {"task": "training", "words": [TINY], "gpu": "L4"},
    "plan": {"task": "inference", "model_id": TINY, "gpu": "L4"},
}
GETS = [
    "gpus",
    f"compare?id={TINY}&id=Qwen/Qwen3-8B",
    "settings/training",
    f"settings/inference?model_id={TINY}",
    f"models/{TINY}/export/axolotl",
    f"models/{quote(TINY, safe='')}/export/vllm?gpu=L4&gpus=2",
]


@pytest.mark.parametrize(("route", "body"), POSTS.items())
def test_a_question_is_answered_bare(route: str, body: Any, ask: Ask) -> None:
    """Without an envelope, and never cached."""
    answer = ask("POST", f"{PREFIX}/{route}", body)

    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json["format"].startswith("mgr.")


@pytest.mark.parametrize("target", GETS)
def test_what_is_read_has_a_tag(target: str, ask: Ask) -> None:
    """A client that has it is told that nothing has changed; a HEAD has no body."""
    answer = ask("GET", f"{PREFIX}/{target}")
    again = ask("GET", f"{PREFIX}/{target}", headers={"If-None-Match": answer.headers["etag"]})
    head = ask("HEAD", f"{PREFIX}/{target}")

    assert answer.status == 200
    assert answer.json
    assert (again.status, again.content) == (304, b"")
    assert (head.status, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])


WRONG_BODIES: list[Any] = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"no", id="no JSON"),
    pytest.param(b"\xff{}", id="no UTF-8"),
    pytest.param(b'{"model_id": NaN}', id="NaN"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"null", id="null"),
    pytest.param(b"{}", id="no key"),
    pytest.param(b"[" * 30_000, id="brackets without end"),
    pytest.param(b'{"model_id": "a", "model_id": "a", "task": "training"}', id="a key twice"),
    pytest.param(b'{"model_id": null, "task": null}', id="null for all"),
    pytest.param(b'{"model_id": "", "task": ""}', id="empty"),
    pytest.param(b'{"model_id": ["a"], "task": ["training"]}', id="lists"),
    pytest.param(b'{"model_id": "\\ud800", "task": "\\ud800"}', id="half a character"),
    pytest.param(json.dumps({"task": "training", "model_id": TINY, "overrides": {}}).encode(), id="another's key"),
    pytest.param(json.dumps({"task": "training", "model_id": TINY, "gpu": "L4", "gpus": 10**9}).encode(), id="GPUs"),
    pytest.param(json.dumps({"task": "training", "model_id": TINY, "limit": -1}).encode(), id="a negative limit"),
    pytest.param(json.dumps({"task": "training", "model_id": TINY, "config": {"r": [[]] * 2000}}).encode(), id="list"),
]


@pytest.mark.parametrize("body", WRONG_BODIES)
@pytest.mark.parametrize("route", POSTS)
def test_what_is_no_question_is_refused(route: str, body: bytes, ask: Ask) -> None:
    """422 says why; it is never 500, and nothing is computed."""
    answer = ask("POST", f"{PREFIX}/{route}", body)

    assert answer.status == 422
    assert answer.json["detail"]


@pytest.mark.parametrize("route", POSTS)
def test_a_duplicate_key_within_the_settings_is_refused(route: str, ask: Ask) -> None:
    """Which of them counts would be a guess."""
    body = {**POSTS[route], "config": {"seen": 1}}
    twice = json.dumps(body).replace('"seen": 1', '"dtype": "auto", "dtype": "float16"').encode()

    answer = ask("POST", f"{PREFIX}/{route}", twice)

    assert (answer.status, answer.json) == (422, {"detail": "key 'dtype' is duplicated", "close": []})


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("route", POSTS)
def test_a_body_is_json(route: str, kind: str | None, ask: Ask) -> None:
    """A page of another site cannot send that without permission."""
    headers = {} if kind is None else {"Content-Type": kind}

    assert ask("POST", f"{PREFIX}/{route}", POSTS[route], headers=headers).status == 415


@pytest.mark.parametrize("route", POSTS)
def test_a_question_has_no_query(route: str, ask: Ask) -> None:
    """An unknown key there is refused as everywhere."""
    assert ask("POST", f"{PREFIX}/{route}?limit=1", POSTS[route]).status == 422


@pytest.mark.parametrize(
    ("target", "status", "detail"),
    [
        pytest.param("gpus?name=L4", 422, "unknown key 'name'", id="a key of the table"),
        pytest.param("compare", 422, "Field required", id="no ids"),
        pytest.param(f"compare?id={TINY}", 422, "at least 2", id="one id"),
        pytest.param("compare?id=" + "&id=a" * 9, 422, "has no value", id="an empty id"),
        pytest.param("compare?" + "&".join(f"id=a{n}" for n in range(7)), 422, "at most 6", id="seven ids"),
        pytest.param(f"compare?id={TINY}&id=none", 404, "Model 'none' not found", id="an unknown id"),
        pytest.param(f"compare?id={TINY}&id={TINY}", 422, "named twice", id="twice the same"),
        pytest.param(f"compare?id={TINY}&ids=a", 422, "did you mean id?", id="ids"),
        pytest.param(f"compare?id={TINY}&id=Qwen/Qwen3-8B&gpu=L5", 422, "no GPU 'L5'", id="an unknown GPU"),
        pytest.param(
            f"compare?id={TINY}&id=Qwen/Qwen3-8B&gpu=" + "L4," * 17 + "L4", 422, '"query", "gpu"', id="many GPUs in one"
        ),
        pytest.param("settings/training?model_id=none", 404, "Model 'none' not found", id="settings of nothing"),
        pytest.param("settings/training?model_id=", 422, "has no value", id="settings of an empty id"),
        pytest.param("settings/training?model=a", 422, "did you mean model_id?", id="settings of another key"),
        pytest.param("settings/training?stack=trl", 422, "name the model", id="a stack without a model"),
        pytest.param("settings/inference?stack=trl", 422, "did you mean engine?", id="a stack for serving"),
        pytest.param("settings/serving", 404, "Not Found", id="another task"),
        pytest.param(f"models/{TINY}/export/none", 422, "no such target", id="an unknown target"),
        pytest.param(f"models/{TINY}/export/{'x' * 300}", 422, "at most 200", id="a long target"),
        pytest.param("models/none/export/vllm", 404, "Model 'none' not found", id="export of nothing"),
        pytest.param(f"models/{'x' * 300}/export/vllm", 422, "at most 256", id="export of a long id"),
        pytest.param(f"models/{TINY}/export/vllm?format=yaml", 422, "did you mean form?", id="a format"),
        pytest.param(f"models/{TINY}/export/vllm?form=pdf", 422, "Input should be", id="an unknown form"),
        pytest.param(f"models/{TINY}/export/vllm?gpus=2", 422, "gpus states a number", id="a count alone"),
        pytest.param(f"models/{TINY}/export/vllm?gpu=L4&gpu=L4", 422, "is duplicated", id="a GPU twice"),
        pytest.param(f"models/{TINY}/export/vllm?gpu=L4&gpus=1025", 422, "less than or equal", id="many GPUs"),
        pytest.param(f"models/{TINY}/export/vllm?config=no", 422, "Not JSON", id="no JSON"),
        pytest.param(f"models/{TINY}/export/vllm?config=[]", 422, "valid dictionary", id="a list"),
        pytest.param(f"models/{TINY}/export/vllm?config={'[' * 4000}", 422, "Not JSON", id="brackets"),
        pytest.param(
            f"models/{TINY}/export/vllm?config=" + '{"a":' * 40 + "1" + "}" * 40, 422, "Nested more", id="deep"
        ),
        pytest.param(
            f"models/{TINY}/export/vllm?config=" + quote('{"dtype":"auto","dtype":"auto"}'),
            422,
            "duplicated",
            id="twice",
        ),
        pytest.param(f"models/{TINY}/export/vllm?config=" + quote('{"r":8}'), 422, "'r'", id="another task's"),
        pytest.param(f"models/{TINY}/export/axolotl?stack=trl", 422, "axolotl alone", id="another stack"),
    ],
)
def test_what_is_asked_wrongly_is_said(target: str, status: int, detail: str, ask: Ask) -> None:
    """With near names where there are some."""
    answer = ask("GET", f"{PREFIX}/{target}")

    assert answer.status == status
    assert detail in json.dumps(answer.json, ensure_ascii=False).replace('\\"', '"')


def test_settings_of_an_export_are_json(ask: Ask) -> None:
    """The same object as in the body of a question."""
    config = quote(json.dumps({"batch_size": 3, "lora_config": {"r": 8}}))

    answer = ask("GET", f"{PREFIX}/models/{TINY}/export/axolotl?config={config}&method=lora")

    assert "micro_batch_size: 3" in answer.json["text"]
    assert "lora_r: 8" in answer.json["text"]


@pytest.mark.parametrize(("here", "status"), [(known_gpu("L4"), 200), (DriverState.NO_LIBRARY, 422)])
def test_without_a_gpu_the_machine_of_the_server_is_judged(
    here: Hardware | DriverState, status: int, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it has a driver."""
    machine = here if isinstance(here, Hardware) else Hardware(source="none", state=here)
    monkeypatch.setattr(HardwareCache.__init__, "__defaults__", (lambda: machine,))
    app = create_app(write({"a": {}}))

    answer = ask("POST", f"{PREFIX}/fit", {"task": "training"}, app=app)

    assert answer.status == status


def test_a_registry_that_cannot_be_read_is_no_answer(tmp_path: Path, ask: Ask) -> None:
    """503, as for every route."""
    app = create_app(tmp_path / "none.json")

    assert ask("POST", f"{PREFIX}/fit", POSTS["fit"], app=app).status == 503
    assert ask("GET", f"{PREFIX}/gpus", app=app).status == 503


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_an_entry_that_is_not_valid_is_no_answer(write: Write, ask: Ask) -> None:
    """The others are judged, and it is listed as not judged."""
    app = create_app(write({"bad": {"status": "fine"}, "a": {}}))

    assert ask("POST", f"{PREFIX}/estimate/training", {"model_id": "bad"}, app=app).status == 503
    fit = ask("POST", f"{PREFIX}/fit", {"task": "training", "gpu": "L4"}, app=app)
    assert {row["id"] for row in fit.json["models"]} <= {"a", "bad"}


def test_an_id_may_look_like_an_export(write: Write, ask: Ask) -> None:
    """An entry of that id is shown; an id with a line break is asked for as it is."""
    app = create_app(write({"a/export/b": {}, "x\ny": {}}))

    assert ask("GET", f"{PREFIX}/models/a/export/b", app=app).json["data"]["id"] == "a/export/b"
    assert ask("GET", f"{PREFIX}/models/x%0Ay/export/vllm", app=app).json["model_id"] == "x\ny"
    assert ask("GET", f"{PREFIX}/models/export/vllm", app=app).status == 404
