"""Downloads from a real web server: what it answers, and how it fails."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading

import pytest
from remote_site import Reply, Site, gzipped

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.lifecycle.remote import downloads
from model_garden_registry.lifecycle.remote.downloads import Fetched
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.https import fetch_https

pytest.importorskip("aiohttp", reason="extra remote is not installed")


def fetch(url: str, etag: str | None = None) -> Fetched:
    """Download an address, with time enough."""
    return fetch_https(url, etag=etag, seconds=30)


def why(url: str, etag: str | None = None) -> str:
    """Return why an address gives nothing."""
    with pytest.raises(RemoteRegistryError) as caught:
        fetch(url, etag)
    return caught.value.why


def test_a_file_comes_with_its_etag(site: Site) -> None:
    """And the request has no more than it needs."""
    url = site.serve(b"content", ETag='"e1"')

    assert fetch(url) == Fetched(b"content", '"e1"', url)
    assert "If-None-Match" not in site.asked[0][1]


def test_a_file_that_has_not_changed_is_not_sent(site: Site) -> None:
    """The server decides by the ETag."""
    url = site.serve(b"content", ETag='"e1"')

    assert fetch(url, '"e1"') == Fetched(None, '"e1"', url)
    assert fetch(url, '"e0"') == Fetched(b"content", '"e1"', url)


def test_a_compressed_answer_is_read(site: Site) -> None:
    """As most servers send JSON."""
    site.replies["/registry.json"] = gzipped(b"content" * 1000)

    assert fetch(site.url()).content == b"content" * 1000


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        pytest.param(Reply(status=404), "answers 404 Not Found", id="not there"),
        pytest.param(Reply(status=500), "answers 500 Internal Server Error", id="broken"),
        pytest.param(Reply(status=204), "answers 204 No Content", id="no content"),
        pytest.param(Reply(status=304), "answers 304 Not Modified", id="unchanged without an ETag"),
        pytest.param(Reply(b"{}", missing_bytes=9), "the download ended early", id="cut short"),
        pytest.param(
            Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
            "the download ended early",
            id="damaged compression",
        ),
    ],
)
def test_an_answer_that_is_no_whole_file_is_an_error(reply: Reply, problem: str, site: Site) -> None:
    """The status, or that it was cut short."""
    site.replies["/registry.json"] = reply

    assert why(site.url()) == problem


def test_a_large_answer_is_not_read_to_its_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it announces its size, or unfolds to it."""
    monkeypatch.setattr(downloads, "LARGEST_BYTES", 100_000)
    site.replies["/announced"] = Reply(b"x" * 100_001)
    site.replies["/bomb"] = gzipped(b"0" * 10_000_000)

    assert {why(site.url("/announced")), why(site.url("/bomb"))} == {"is larger than 0 MiB"}


def test_redirects_are_followed_to_the_file(site: Site) -> None:
    """Relative ones too; the last address counts."""
    site.replies["/a"] = Reply(status=302, headers={"Location": "/b/c"})
    site.replies["/b/c"] = Reply(status=308, headers={"Location": "d"})
    site.serve(b"content", "/b/d", ETag='"e"')

    assert fetch(site.url("/a")) == Fetched(b"content", '"e"', site.url("/b/d"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://models.example/r", "ftp://x/y", ""])
def test_redirects_elsewhere_are_refused(target: str, site: Site) -> None:
    """Nothing of the target is asked."""
    site.replies["/a"] = Reply(status=301, headers={"Location": target})

    assert why(site.url("/a")).endswith("which is refused: only https is followed")


def test_redirects_in_a_circle_end(site: Site) -> None:
    """After five."""
    site.replies["/a"] = Reply(status=307, headers={"Location": "/a"})

    assert why(site.url("/a")) == "redirects more than 5 times"
    assert len(site.asked) == 6


def test_a_password_is_sent_but_not_told(site: Site) -> None:
    """Neither in the address of the request nor in the error."""
    url = site.address.replace("http://", "http://user:secret@") + "/gone?token=hidden"

    with pytest.raises(RemoteRegistryError) as caught:
        fetch(url)

    assert site.asked[0][1]["Authorization"] == "Basic dXNlcjpzZWNyZXQ="
    assert str(caught.value) == f"{site.url('/gone')}: answers 404 Not Found"


def test_a_port_without_a_server_is_an_error() -> None:
    """It tells what the system says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert why(f"http://127.0.0.1:{port}/r") == f"no connection: {os.strerror(errno.ECONNREFUSED)}"


def test_a_name_none_of_whose_addresses_answers_is_an_error() -> None:
    """The loopback name has one of IPv4 and one of IPv6 on most machines."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert why(f"http://localhost:{port}/r").startswith("no connection: ")


def test_a_server_that_does_not_speak_tls_is_an_error(site: Site) -> None:
    """The connection is not used unencrypted."""
    assert why(site.url().replace("http:", "https:")).startswith("no connection: ")


def test_an_unknown_host_is_an_error() -> None:
    """In words of ours: no name ends with .invalid."""
    assert why("https://registry.invalid/r.json").startswith("no connection: ")


def test_an_answer_that_is_no_http_is_an_error() -> None:
    """Its class is all that is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-x\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        found = why(f"http://127.0.0.1:{server.getsockname()[1]}/r")
        thread.join()

    assert found.startswith("no answer that can be read: ")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)

    with pytest.raises(MissingExtraError) as caught:
        fetch("https://host/r")

    assert (caught.value.extra, caught.value.module) == ("remote", "aiohttp")


def test_a_request_ends_by_itself_soon_after_the_caller_has_left(site: Site) -> None:
    """A second later, so that a process that runs on keeps no connection."""
    site.replies["/registry.json"] = Reply(is_silent=True)

    with pytest.raises(RemoteRegistryError) as caught:
        fetch_https(site.url(), etag=None, seconds=-0.9)

    assert caught.value.why == "no answer: TimeoutError"
