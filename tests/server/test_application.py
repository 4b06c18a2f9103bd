"""The application around the routes: what browsers may do, and what it does not have."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fastapi import Request, Response

from model_garden_registry.bundled import bundled_openapi, bundled_registry
from model_garden_registry.page.reference.reference_page import REFERENCE_POLICY, reference_page
from model_garden_registry.server import create_app

from .conftest import PREFIX, TINY, Answer

Ask = Callable[..., Answer]

PAGE = "http://localhost:5173"


def test_without_cors_no_page_of_another_origin_reads_an_answer(ask: Ask) -> None:
    """No header allows it."""
    answer = ask("GET", f"{PREFIX}/models", headers={"Origin": PAGE})

    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        pytest.param([PAGE], PAGE, PAGE, id="named"),
        pytest.param([PAGE, "http://other"], PAGE, PAGE, id="one of two"),
        pytest.param([PAGE], "http://evil.example", None, id="another"),
        pytest.param([PAGE], "http://localhost:5173.evil.example", None, id="longer"),
        pytest.param(["*"], "http://evil.example", "*", id="all"),
    ],
)
@pytest.mark.parametrize("target", [f"{PREFIX}/models", f"{PREFIX}/models/none", "/health"])
def test_pages_of_named_origins_read_answers(
    origins: list[str], origin: str, allowed: str | None, target: str, ask: Ask
) -> None:
    """Prepared answers, errors and all others alike; the tag is theirs to read too."""
    app = create_app(bundled_registry(), cors=origins)

    answer = ask("GET", target, app=app, headers={"Origin": origin})

    assert answer.headers.get("access-control-allow-origin") == allowed
    assert allowed is None or answer.headers["access-control-expose-headers"] == "etag"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_browser_may_ask_before_it_posts(ask: Ask) -> None:
    """The preflight of a JSON body from a named origin is answered."""
    app = create_app(bundled_registry(), cors=[PAGE])
    headers = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    answer = ask("OPTIONS", f"{PREFIX}/validate/training", app=app, headers=headers)

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, PAGE)


@pytest.mark.parametrize(
    "target",
    ["/models", "/docs/", "/docs/oauth2-redirect", "/redoc", "/api", f"{PREFIX}", f"{PREFIX}/categories/", "/health/"],
)
def test_what_is_not_there_is_not_found(target: str, ask: Ask) -> None:
    """404 in JSON; no redirect, which would repeat what the request says the host is."""
    answer = ask("GET", target, headers={"Host": "localhost"})

    assert (answer.status, answer.json) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("target", ["/", f"{PREFIX}/models", f"{PREFIX}/models/{TINY}", f"{PREFIX}/hardware"])
@pytest.mark.parametrize("cors", [[], ["*"]])
def test_a_request_for_another_host_is_refused(target: str, cors: list[str], ask: Ask) -> None:
    """421, whatever stands behind the path and whoever may read it."""
    app = create_app(bundled_registry(), cors=cors)

    answer = ask("GET", target, app=app, headers={"Host": "evil.example"})

    assert (answer.status, answer.json) == (421, {"detail": "This server does not answer for that Host"})


def test_no_answer_repeats_the_host(ask: Ask) -> None:
    """Whatever a request says it is."""
    for target in (f"{PREFIX}/models", f"{PREFIX}/models/{TINY}/", "/openapi.json", "/health", "/nothing"):
        answer = ask("GET", target, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

        assert "evil.example" not in f"{answer.headers}{answer.content.decode()}"


def test_the_openapi_document_is_made_once() -> None:
    """For whoever asks, in Python or over HTTP."""
    app = create_app(bundled_registry())

    assert app.openapi() is app.openapi()


def test_middleware_that_is_added_stands_before_everything(ask: Ask) -> None:
    """Whoever asks for a password is not passed by, not even by prepared answers."""
    app = create_app(bundled_registry())

    @app.middleware("http")
    async def refuse(request: Request, call_next: object) -> Response:  # noqa: ARG001
        return Response("no", 401)

    statuses = [
        ask("GET", target, app=app).status for target in (f"{PREFIX}/models", f"{PREFIX}/models/{TINY}", "/health")
    ]

    assert statuses == [401, 401, 401]


def test_the_reference_is_a_page_that_loads_nothing(ask: Ask) -> None:
    """Made from the OpenAPI document of the same application; its headers allow its own style alone, and no frame."""
    page = ask("GET", "/docs")
    document = ask("GET", "/openapi.json").json

    assert page.content.decode() == reference_page(document)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == f"{REFERENCE_POLICY}; frame-ancestors 'none'"
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_reference_is_sent_once(ask: Ask) -> None:
    """With a tag, like every other reply to a GET."""
    page = ask("GET", "/docs")

    again = ask("GET", "/docs", headers={"If-None-Match": page.headers["etag"]})
    head = ask("HEAD", "/docs")

    assert (again.status, again.content) == (304, b"")
    assert (head.status, head.content, head.headers["etag"]) == (200, b"", page.headers["etag"])


def test_the_shipped_document_is_the_one_of_the_server(ask: Ask) -> None:
    """A static site makes its page from that one."""
    assert json.loads(bundled_openapi().read_bytes()) == ask("GET", "/openapi.json").json
