"""Bodies and their tags."""

from __future__ import annotations

import gzip

import pytest

from model_garden_registry.server.replies.bodies import Body, json_body


def test_a_body_is_the_document_without_spaces() -> None:
    """UTF-8 stays as it is, control characters become escapes."""
    assert json_body({"a": [1, 2.5, None], "ü": "\x1b<"}).content == '{"a":[1,2.5,null],"ü":"\\u001b<"}'.encode()


def test_the_same_content_has_the_same_tag_and_another_another() -> None:
    """A tag depends on the content alone."""
    tags = [Body(content).etag for content in (b"{}", b"{}", b"[]")]

    assert tags[0] == tags[1] != tags[2]
    assert all(tag.startswith(b'W/"') and tag.endswith(b'"') for tag in tags)


def test_headers_describe_the_content() -> None:
    """Type, length, tag, what a cache may do, and that nobody is to guess another type."""
    body = Body(b"{}")

    assert dict(body.headers) == {
        b"content-type": b"application/json",
        b"content-length": b"2",
        b"x-content-type-options": b"nosniff",
        b"etag": body.etag,
        b"cache-control": b"no-cache",
        b"vary": b"accept-encoding",
    }


def test_a_body_may_be_of_another_kind() -> None:
    """Then its headers are what it is given, beside length, tag and caching."""
    headers = dict(Body(b"<p>", [(b"content-type", b"text/html")]).headers)

    assert (headers[b"content-type"], b"x-content-type-options" in headers) == (b"text/html", False)


def test_a_long_body_is_compressed() -> None:
    """The compressed form is the content again, with its own length and the same tag."""
    body = Body(b"[" + b" " * 5000 + b"]")

    assert body.gzipped is not None
    assert gzip.decompress(body.gzipped) == body.content
    changed = {b"content-length": str(len(body.gzipped)).encode(), b"content-encoding": b"gzip"}
    assert dict(body.gzipped_headers) == {**dict(body.headers), **changed}


@pytest.mark.parametrize(("size", "is_compressed"), [(1023, False), (1024, True)])
def test_a_short_body_is_not_compressed(size: int, is_compressed: bool) -> None:
    """From 1024 bytes on it is worth while."""
    assert (Body(b" " * size).gzipped is not None) is is_compressed
