"""Errors of the TypeScript client: one class, with what is known of each."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry

from .conftest import serving

Said = Callable[..., Any]

NEAR = ["unsloth/tinyllama", "unsloth/tinyllama-chat", "TinyLlama/TinyLlama_v1.1"]
#: Ids that a registry file may have, though Hugging Face has none like them.
ODD = [
    *("plain", "org/model", "a/b/c/d", "with space", "a%2Fb", "100%", "q?x=1&y=2", "#top", "é/ü", "模型/🙂", "a+b"),
    *("...", ".hidden", "a..b/c..", "%2e%2e", "a\\b", "semi;colon", "a:b@c", "export/axolotl", "models"),
]


def error(kind: str, detail: str, status: int | None = None, close: list[str] | None = None) -> dict[str, Any]:
    """Give the facts of an error as the programs print them."""
    facts = {"kind": kind, "detail": detail, "close": close or []}
    of_kind = {"isTimeout": kind == "timeout", "isNetwork": kind == "network"}
    return {**facts, **of_kind, **({} if status is None else {"status": status})}


def test_what_the_server_refuses_is_told(said: Said, base_url: str) -> None:
    """With its status, its sentence, and near names."""
    near = "did you mean batch_size or eval_batch_size?"

    got = said("refusals", base_url, "http://127.0.0.1:9")

    assert {key: got[key] for key in ("unknown", "parts", "setting", "key", "long", "type", "host")} == {
        "unknown": error("status", "Model 'unsloth/tinylama' not found in registry", 404, NEAR),
        "parts": error("status", "query.limit: Input should be greater than or equal to 1", 422),
        "setting": error(
            "status",
            f"unknown setting 'batch_siz' (from override: config); {near}",
            422,
            ["batch_size", "eval_batch_size"],
        ),
        "key": error("status", "unknown key 'categroy'; did you mean category?", 422, ["category"]),
        "long": error("status", "A body has at most 65536 bytes", 413),
        "type": error("status", "Send application/json", 415),
        "host": error("status", "This server does not answer for that Host", 421),
    }
    assert {key: got[key] for key in ("proxy", "page", "other", "list", "unready", "failed")} == {
        "proxy": error("status", "HTTP 502", 502),
        "page": error("reply", "the reply is no JSON object: /health", 200),
        "other": error("reply", "the reply has no data: /api/v1/registry/hardware"),
        "list": error("reply", "the reply is no JSON object: /api/v1/registry/models", 200),
        "unready": {"answer": False},
        "failed": error("status", "HTTP 500", 500),
    }
    assert {key: got[key] for key in ("nowhere", "thrown", "headers", "nested")} == {
        "nowhere": error("network", "no reply from http://127.0.0.1:9/health: bad port"),
        "thrown": error("network", "no reply from /health: no such thing"),
        "headers": {"answer": {"authorization": "Bearer x"}},
        "nested": error("question", "a question is plain JSON"),
    }


@pytest.fixture
def odd_url(tmp_path: Path) -> Iterator[str]:
    """Serve a registry of odd ids."""
    shipped = json.loads(bundled_registry().read_bytes())
    entry = shipped["models"]["unsloth/tinyllama-bnb-4bit"]
    path = tmp_path / "registry.json"
    models = {model_id: {**entry, "id": model_id} for model_id in ODD}
    path.write_text(json.dumps({**shipped, "models": models}), encoding="utf-8")
    with serving(path) as address:
        yield address


def test_every_id_arrives_as_it_is(said: Said, odd_url: str) -> None:
    """With slashes, blanks, percent signs, and letters of any script; one that would be another path is never sent."""
    got = said("ids", odd_url, json.dumps(ODD))

    assert got["shown"] == ODD
    assert got["exported"] == ODD
    assert got["requests"] == 0
    assert [refused["detail"] for refused in got["targets"]] == [
        f'a target has no empty part and no "." or "..": {json.dumps(name)}' for name in ("", "..")
    ]
    assert {refused["kind"] for refused in got["refused"]} == {"question"}
    assert [refused["detail"] for refused in got["refused"][::10]] == [
        *(
            f'an id has no empty part and no "." or "..": {json.dumps(name)}'
            for name in ("", ".", "..", "a/..", "../a", "a/../b", "./a", "/a", "a/", "a//b")
        ),
        'an id is valid Unicode: "\\ud800"',
        *(f"an id is a string, not {kind}" for kind in ("undefined", "null", "number")),
    ]


@contextmanager
def stalling(reply: bytes) -> Iterator[str]:
    """Listen, send the beginning of a reply to every client, and no more."""
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                stack.enter_context(connection)
                connection.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def test_a_call_ends_in_time(said: Said) -> None:
    """By the client's own limit, or the call's; also within a body, and when the caller leaves."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
    with stalling(b"") as silent, stalling(head) as halting:
        got = said("timeouts", silent, halting)

    health = f"{silent}/health"
    assert got == {
        "standard": 30_000,
        "client": error("timeout", f"no reply within 20 ms: {health}"),
        "call": error("timeout", f"no reply within 20 ms: {health}"),
        "body": error("timeout", f"no reply within 200 ms: {halting}/api/v1/registry/models"),
        "deaf": error("timeout", "no reply within 20 ms: /health"),
        "left": error("aborted", "the call was aborted"),
        "before": error("aborted", "the call was aborted"),
        "nonsense": [error("question", f"timeoutMs is more than 0: {value}") for value in ("0", "-1", "NaN")],
        "unlimited": {"answer": {}},
    }
