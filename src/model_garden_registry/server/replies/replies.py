"""A body, or 304, by the headers of the request."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from fastapi import Request, Response
from pydantic_core import to_json

from model_garden_registry.server.replies.bodies import JSON_HEADERS, Body, Headers


class Reply(NamedTuple):
    """
    A reply.

    Args:
        status: HTTP status code.

        headers: Lower-case names.

        content: Empty if there is only a head.
    """

    status: int
    headers: Headers
    content: bytes


def reply_with(body: Body, headers: Iterable[tuple[bytes, bytes]], *, is_head: bool) -> Reply:
    """
    Return the reply to a request.

    Args:
        headers: Of the request, with lower-case names.

        is_head: Whether the request is for the head only.
    """
    accepts_gzip = False
    for name, value in headers:
        if name == b"if-none-match" and (value == body.etag or _names(value, body.etag)):
            return Reply(304, body.unchanged_headers, b"")
        if name == b"accept-encoding":
            accepts_gzip = accepts_gzip or _accepts_gzip(value)
    if accepts_gzip and (compressed := body.gzipped) is not None:
        return Reply(200, body.gzipped_headers, b"" if is_head else compressed)
    return Reply(200, body.headers, b"" if is_head else body.content)


def response_with(body: Body, request: Request) -> Response:
    """Return the same as a response of a route."""
    reply = reply_with(body, request.scope["headers"], is_head=request.method == "HEAD")
    return _response(reply)


def document_response(document: object, status: int = 200) -> Response:
    """Return a document that is not cached."""
    return content_response(to_json(document), status)


def content_response(content: bytes, status: int) -> Response:
    """Return JSON that is not cached."""
    headers = [*JSON_HEADERS, (b"content-length", str(len(content)).encode()), (b"cache-control", b"no-store")]
    return _response(Reply(status, headers, content))


def _response(reply: Reply) -> Response:
    response = Response(reply.content, reply.status)
    response.raw_headers = [*reply.headers]
    return response


def _names(wanted: bytes, etag: bytes) -> bool:
    """Return whether an ``If-None-Match`` names an ETag, by the weak comparison of RFC 9110."""
    opaque = etag.removeprefix(b"W/")
    return any(tag == b"*" or tag.removeprefix(b"W/") == opaque for tag in map(bytes.strip, wanted.split(b",")))


@lru_cache(64)
def _accepts_gzip(accepted: bytes) -> bool:
    """Return whether an ``Accept-Encoding`` accepts gzip: by name, or by ``*``, with a weight other than 0."""
    weights: dict[bytes, bool] = {}
    for choice in accepted.lower().split(b","):
        coding, _, parameters = choice.replace(b" ", b"").partition(b";")
        weights[coding] = not parameters.startswith(b"q=0") or bool(parameters.removeprefix(b"q=").strip(b"0."))
    return weights.get(b"gzip", weights.get(b"*", False))
