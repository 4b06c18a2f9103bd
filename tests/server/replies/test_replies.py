"""What a request is sent, by its headers."""

from __future__ import annotations

import pytest

from model_garden_registry.server.replies.bodies import Body
from model_garden_registry.server.replies.replies import Reply, reply_with

BODY = Body(b"[" + b"1," * 1000 + b"1]")
TAG = BODY.etag.decode()


def test_without_conditions_the_body_is_sent() -> None:
    """As it is, with its headers."""
    assert reply_with(BODY, [], is_head=False) == Reply(200, BODY.headers, BODY.content)


def test_head_is_the_head_alone() -> None:
    """The headers are those of the body, which is left out."""
    assert reply_with(BODY, [], is_head=True) == Reply(200, BODY.headers, b"")


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        pytest.param(TAG, True, id="the tag"),
        pytest.param(TAG.removeprefix("W/"), True, id="as a strong tag"),
        pytest.param(f'"other", {TAG}', True, id="in a list"),
        pytest.param("*", True, id="any"),
        pytest.param('W/"other"', False, id="another tag"),
        pytest.param("", False, id="empty"),
        pytest.param(TAG.strip('"'), False, id="cut"),
    ],
)
def test_nothing_is_sent_to_whoever_has_it(condition: str, is_met: bool) -> None:
    """``If-None-Match`` is compared weakly, as RFC 9110 says; 304 repeats the tag."""
    reply = reply_with(BODY, [(b"if-none-match", condition.encode())], is_head=False)

    assert reply == (Reply(304, BODY.unchanged_headers, b"") if is_met else Reply(200, BODY.headers, BODY.content))


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        pytest.param("gzip", True, id="gzip"),
        pytest.param("GZip, deflate, br", True, id="among others, in any case"),
        pytest.param("deflate, gzip;q=0.5", True, id="with a weight"),
        pytest.param("*", True, id="anything"),
        pytest.param("gzip;q=0", False, id="refused"),
        pytest.param("gzip; q=0.000", False, id="refused with decimals"),
        pytest.param("*, gzip;q=0", False, id="anything but gzip"),
        pytest.param("deflate, br", False, id="others"),
        pytest.param("identity;q=1, *;q=0", False, id="nothing else"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_gzip_is_for_whoever_takes_it(accepted: str, is_compressed: bool) -> None:
    """``Accept-Encoding`` by name or star, with a weight above 0."""
    reply = reply_with(BODY, [(b"accept-encoding", accepted.encode())], is_head=False)

    assert BODY.gzipped is not None
    compressed = Reply(200, BODY.gzipped_headers, BODY.gzipped)
    assert reply == (compressed if is_compressed else Reply(200, BODY.headers, BODY.content))


def test_a_short_body_is_sent_as_it_is() -> None:
    """What is not worth compressing is not compressed."""
    short = Body(b"{}")

    assert reply_with(short, [(b"accept-encoding", b"gzip")], is_head=False).content == b"{}"
