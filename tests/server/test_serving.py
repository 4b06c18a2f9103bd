"""The application on a socket: what comes over the wire."""

from __future__ import annotations

import json
import socket

import pytest

from model_garden_registry.server import serving

from .conftest import PREFIX, SHIPPED, TINY, Live

TRAINING = f"{PREFIX}/validate/training"


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


def test_a_list_is_answered(live: Live) -> None:
    """Whole, with its length, and without naming the program that serves."""
    answer = live.ask("GET", f"{PREFIX}/models")

    assert (answer.status, answer.json["total"]) == (200, len(SHIPPED["models"]))
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "spelling", [TINY, "unsloth%2Ftinyllama-bnb-4bit", f"{TINY}/", "unsloth%2Ftinyllama-bnb-4bit%2F"]
)
def test_an_id_may_be_written_in_several_ways(spelling: str, live: Live) -> None:
    """With its slash, or escaped as browsers' clients do."""
    answer = live.ask("GET", f"{PREFIX}/models/{spelling}")

    assert (answer.status, answer.json["data"]["id"]) == (200, TINY)


@pytest.mark.parametrize("target", [f"{PREFIX}/models", f"{PREFIX}/models/{TINY}", "/health", "/openapi.json"])
def test_head_and_tag_work_over_the_wire(target: str, live: Live) -> None:
    """HEAD has the length and no content; 304 has neither."""
    got = live.ask("GET", target)
    head = live.ask("HEAD", target)
    again = live.ask("GET", target, if_none_match=got.headers["etag"])

    assert (head.status, head.content, head.headers["content-length"]) == (200, b"", str(len(got.content)))
    assert (again.status, again.content) == (304, b"")


def test_a_connection_serves_many_requests(live: Live) -> None:
    """Prepared answers, unchanged ones, errors and verdicts in turn."""
    one = f"GET {PREFIX}/models HTTP/1.1\r\nHost: localhost\r\n"
    post = f"POST {TRAINING} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    question = json.dumps({"model_id": TINY})
    requests = [
        f"{one}\r\n",
        f"{one}If-None-Match: *\r\n\r\n",
        f"HEAD {PREFIX}/models HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"GET {PREFIX}/models/none HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"{post}Content-Length: {len(question)}\r\n\r\n{question}",
        f"{one}Connection: close\r\n\r\n",
    ]

    reply = live.send("".join(requests).encode())

    starts = [int(part[:3]) for part in reply.split(b"HTTP/1.1 ")[1:]]
    assert starts == [200, 304, 200, 404, 200, 200]


@pytest.mark.parametrize(
    ("size", "status"), [pytest.param(60_000, 200, id="60 kB"), pytest.param(10_000_000, 413, id="10 MB")]
)
def test_a_long_body_is_answered_in_json(size: int, status: int, live: Live) -> None:
    """The sender of too much reads why, instead of a broken connection."""
    body = json.dumps({"model_id": TINY}).encode().ljust(size)

    answer = live.ask("POST", TRAINING, body, content_type="application/json")

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"


def test_a_body_may_come_in_chunks(live: Live) -> None:
    """Without a length."""
    body = b'{"model_id": "none"}'
    fields = ("Host: localhost", "Connection: close", "Content-Type: application/json", "Transfer-Encoding: chunked")
    head = "\r\n".join([f"POST {TRAINING} HTTP/1.1", *fields, "", ""]).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"

    reply = live.send(head + chunks)

    assert status_of(reply) == 200
    assert b"not found in registry" in reply


def test_who_asks_before_sending_much_is_told_at_once(live: Live) -> None:
    """No 100 Continue comes before the refusal."""
    json_type = "Content-Type: application/json"
    headers = ("Host: localhost", "Connection: close", json_type, "Content-Length: 10000000", "Expect: 100-continue")
    head = "\r\n".join([f"POST {TRAINING} HTTP/1.1", *headers, "", ""])

    assert status_of(live.send(head.encode())) == 413


@pytest.mark.parametrize(
    "request_line",
    [
        pytest.param(f"GET {PREFIX}/models/../../../../etc/passwd", id="dots"),
        pytest.param(f"GET {PREFIX}/models/..%2f..%2f..%2fetc%2fpasswd", id="escaped dots"),
        pytest.param(f"GET {PREFIX}/models/%00", id="a zero byte"),
        pytest.param(f"GET {PREFIX}/models/%ff%fe", id="no UTF-8"),
        pytest.param(f"GET {PREFIX}/models/%0d%0aX-Injected:1", id="a line end"),
        pytest.param(f"GET //{PREFIX}/models", id="two slashes"),
        pytest.param("GET /etc/passwd", id="a path of the system"),
    ],
)
def test_no_path_leads_out_of_the_registry(request_line: str, live: Live) -> None:
    """404 in JSON, with no header of the sender's making."""
    reply = live.send(f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head, _, content = reply.partition(b"\r\n\r\n")

    assert status_of(reply) == 404
    assert "detail" in json.loads(content)
    assert b"injected" not in head.lower()
    assert b"root:" not in content


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, id="TLS"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: localhost\r\nA: b\rc\r\n\r\n", id="a bare return in a header"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n", id="a blank before the colon"),
        pytest.param(b"GET /h\xc3\xa4lth HTTP/1.1\r\nHost: localhost\r\n\r\n", id="beyond ASCII"),
        pytest.param(b"GET /health HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a whole address"),
        pytest.param(b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a star"),
        pytest.param(
            b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            id="two lengths",
        ),
        pytest.param(b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", id="a negative length"),
    ],
)
def test_what_is_no_http_is_refused(raw: bytes, live: Live) -> None:
    """400, and the server goes on."""
    assert status_of(live.send(raw)) == 400
    assert live.ask("GET", "/health").status == 200


def test_a_half_sent_request_harms_nobody(live: Live) -> None:
    """Others are answered meanwhile."""
    with socket.create_connection(live.address, timeout=30) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

        assert live.ask("GET", "/health").status == 200


def test_an_address_is_named_as_a_url() -> None:
    """With brackets around IPv6."""
    urls = []
    for host in ("127.0.0.1", "::1"):
        try:
            with serving.listen(host, 0) as listening:
                urls.append(serving.url_of(listening).rpartition(":")[0])
        except OSError:  # a machine without IPv6
            urls.append("http://[::1]")

    assert urls == ["http://127.0.0.1", "http://[::1]"]


def test_an_address_that_is_taken_cannot_be_had() -> None:
    """The system says so."""
    with serving.listen("127.0.0.1", 0) as listening, pytest.raises(OSError, match="in use"):
        serving.listen("127.0.0.1", listening.getsockname()[1])


def test_a_reply_is_not_held_back() -> None:
    """Connections send at once, however little: without that, each request would wait for an acknowledgement."""
    with serving.listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert accepted.proto == socket.IPPROTO_TCP  # so that asyncio asks for it on any system
