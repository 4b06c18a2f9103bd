"""Prepared bodies: the same bytes as the typed routes give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from kinds_of_models import some_of
from pydantic_core import to_json

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.server import create_app, registry_router
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.page_routes import page_router
from model_garden_registry.server.shortcut import Shortcut

from .conftest import PREFIX, SHIPPED, TINY, Answer, call

Write = Callable[..., Path]


def prepared(path: Path) -> list[str]:
    """Give everything that is made before it is asked for a second time."""
    document = json.loads(path.read_bytes())
    categories = [f"{PREFIX}/models?category={key}" for key in document["categories"]]
    entries = [f"{PREFIX}/models/{model_id}" for model_id in document["models"]]
    return [f"{PREFIX}/models", *categories, f"{PREFIX}/categories", *entries]


_ENTRY = "/models/{model_id:registry_model_id}"


class _Written(JSONResponse):
    """JSON as pydantic writes it; older releases of the framework let the standard library do it."""

    def render(self, content: Any) -> bytes:
        return to_json(content)


def typed_contents(contents: dict[str, bytes]) -> dict[str, bytes]:
    """Give what routes write that return the documents themselves, through the types that OpenAPI states for them."""
    routes = [route for route in registry_router(bundled_registry()).routes if isinstance(route, APIRoute)]
    replies = {route.path.removeprefix(PREFIX): route.response_model for route in routes if "GET" in route.methods}
    app, document = FastAPI(), None

    def give() -> Any:
        return document

    for name in ("/models", "/categories", _ENTRY):
        options: dict[str, Any] = {"response_model_exclude_unset": True, "response_class": _Written}
        app.add_api_route(f"/typed{name.partition('{')[0]}", give, response_model=replies[name], **options)
    written = {}
    for target, content in contents.items():
        document = json.loads(content)
        path = target.partition("?")[0].removeprefix(PREFIX)
        place = path if path in ("/models", "/categories") else "/models/"
        written[target] = call(app, "GET", f"/typed{place}").content
    return written


def spelled(content: bytes) -> str:
    """Write JSON with its keys in order and its numbers as they stand."""
    return json.dumps(json.loads(content, parse_float=repr, parse_int=repr), sort_keys=True)


@pytest.fixture(scope="module")
def of_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give shipped entries of each kind as they stand in the file."""
    path = tmp_path_factory.mktemp("of_kinds") / "registry.json"
    path.write_text(json.dumps(some_of(SHIPPED, each=1)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give shipped entries of each kind with the keys of its entries in the order in which the format declares them."""
    filled = {"quantization": None, "tensor_parallel_size": 1}
    models = {}
    for key, raw in some_of(SHIPPED, each=1)["models"].items():
        entry = ModelInfo.model_validate({**raw, "inference_defaults": filled | raw["inference_defaults"]})
        models[key] = entry.model_dump(mode="json", exclude_unset=True)
    path = tmp_path_factory.mktemp("in_order") / "registry.json"
    path.write_text(json.dumps({**SHIPPED, "models": models}), encoding="utf-8")
    return path


def answers_of(path: Path) -> dict[str, Answer]:
    """Give the prepared answers of a registry, each asked for a second time."""
    app = create_app(path)
    return {target: [call(app, "GET", target) for _ in range(2)][1] for target in prepared(path)}


def test_a_prepared_body_is_what_the_route_gives(of_kinds: Path) -> None:
    """Status, headers and every byte are those of an application that has the routes alone."""
    bare = FastAPI()
    bare.include_router(registry_router(of_kinds))
    answers = answers_of(of_kinds)

    assert answers == {target: call(bare, "GET", target) for target in answers}


def test_a_prepared_body_is_what_the_framework_would_write(in_order: Path) -> None:
    """Every byte is as if the route returned the document and the framework checked and wrote it."""
    contents = {target: answer.content for target, answer in answers_of(in_order).items()}

    assert contents == typed_contents(contents)


def test_an_entry_keeps_the_order_of_the_file(of_kinds: Path) -> None:
    """Where its keys stand in another order, that is all in which the framework would differ."""
    contents = {target: answer.content for target, answer in answers_of(of_kinds).items()}

    assert {target: spelled(content) for target, content in contents.items()} == {
        target: spelled(content) for target, content in typed_contents(contents).items()
    }


def test_what_is_prepared_does_not_reach_the_application() -> None:
    """The lists at once; an entry from its second request on; everything else never."""
    reached: list[str] = []
    live = LiveRegistry(bundled_registry(), seconds=3600)  # however slow the machine is, no look is due
    routes = FastAPI()
    routes.include_router(registry_router(live))

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        reached.append(f"{scope['path']}?{scope['query_string'].decode()}".strip("?"))
        await routes(scope, receive, send)

    layer = Shortcut(watched, live)
    targets = [
        f"{PREFIX}/models",
        f"{PREFIX}/models?category=text-llm",
        f"{PREFIX}/categories",
        f"{PREFIX}/models/{TINY}",
    ]

    for target in [*targets, f"{PREFIX}/models/{TINY}", f"{PREFIX}/models?limit=1", "/health"]:
        call(layer, "GET", target)

    assert reached == [f"{PREFIX}/models/{TINY}", f"{PREFIX}/models?limit=1", "/health"]


PAGES = ["/", "/?query=qwen", f"/models/{TINY}", f"/models/{TINY}?task=training", "/assets/page.css", "/assets/none"]


@pytest.mark.parametrize("target", [*PAGES, f"/models/{TINY.replace('/', '%2F')}", "/models/none"])
def test_a_prepared_page_is_what_the_route_gives(target: str, write: Write) -> None:
    """Status, headers and every byte; also if the page is at another address, or does not exist."""
    path = write({TINY: TINY})
    bare, app = FastAPI(), create_app(path)
    bare.include_router(page_router(LiveRegistry(path)))
    wanted = call(bare, "GET", target)

    assert [call(app, "GET", target) for _ in range(2)] == [wanted, wanted]


def test_pages_are_prepared_from_their_second_request_on(write: Write) -> None:
    """With any query; their files at once, also while there is no registry."""
    reached: list[str] = []
    live = LiveRegistry(write({TINY: TINY}), seconds=3600)
    routes = FastAPI()
    routes.include_router(page_router(live))

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["raw_path"].decode())
        await routes(scope, receive, send)

    layer = Shortcut(watched, live)
    for target in [*PAGES, f"/models/{TINY.replace('/', '%2F')}"]:
        call(layer, "GET", target)

    assert reached == ["/", f"/models/{TINY}", "/assets/none", f"/models/{TINY.replace('/', '%2F')}"]


def test_files_of_pages_need_no_registry(tmp_path: Path) -> None:
    """The page that says so has its style; whether a look at the file is due does not matter."""
    app = create_app(LiveRegistry(tmp_path / "none.json", seconds=0))
    scope = {"type": "http", "method": "GET", "path": "/assets/page.css", "query_string": b"", "headers": []}

    assert [call(app, "GET", target).status for target in ("/assets/page.css", "/")] == [200, 503]
    assert app.prepared_reply(scope) is not None  # type: ignore[attr-defined]  # ours has one


def test_a_changed_file_is_not_answered_from_before(write: Write) -> None:
    """When a look is due, the request goes on to where the file is looked at."""
    live = LiveRegistry(write({"a": {}}), seconds=0)
    app = create_app(live)
    before = call(app, "GET", f"{PREFIX}/models").json["total"]
    write({"a": {}, "b": {}})

    assert (before, call(app, "GET", f"{PREFIX}/models").json["total"]) == (1, 2)


def test_a_long_body_is_sent_in_pieces(write: Write) -> None:
    """A server copies what its socket does not take at once; the pieces are the whole."""
    app = create_app(write({f"org/{number}": {} for number in range(300)}))
    plain = call(app, "GET", f"{PREFIX}/models")
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": f"{PREFIX}/models", "query_string": b"", "headers": []}
    asyncio.run(app(scope, None, send))

    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, False]
    assert b"".join(message["body"] for message in sent[1:]) == plain.content
    assert plain.json["total"] == 300
