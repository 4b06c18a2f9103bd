"""A web server of this machine that answers as a test says: what it serves, and how it fails."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sound_entry import ENTRY

from model_garden_registry.files.remote_cache import CachedRegistry
from model_garden_registry.lifecycle.remote.storing import place_of, store


@dataclass(frozen=True)
class Reply:
    """
    What a path gives.

    Args:
        body: Its bytes.

        status: Its status.

        headers: More headers.

        missing_bytes: How many bytes more it announces than it sends.

        is_silent: Whether it never answers.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    missing_bytes: int = 0
    is_silent: bool = False


@dataclass
class Site:
    """
    A running server.

    Args:
        address: Its address, without a path.

        replies: What each path gives; any other path is a 404.

        asked: Path and headers of each request so far.
    """

    address: str
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/registry.json") -> str:
        """Return the address of a path."""
        return self.address + path

    def serve(self, body: bytes, path: str = "/registry.json", **headers: str) -> str:
        """Serve bytes under a path with their ETag; return the address."""
        named = {"ETag": f'"{digest(body)[:16]}"', **{name.replace("_", "-"): text for name, text in headers.items()}}
        self.replies[path] = Reply(body, headers=named)
        return self.url(path)

    @property
    def paths(self) -> list[str]:
        """The paths asked for so far."""
        return [path for path, _ in self.asked]


def digest(content: bytes) -> str:
    """Return the sha256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def registry_bytes(*, date: str = "2030-01-01T00:00:00Z", **changes: Any) -> bytes:
    """Return a small registry."""
    head = {"version": "1.2.0", "last_updated": date, "categories": {"text-llm": {"name": "T", "description": "T."}}}
    return json.dumps({**head, "models": {ENTRY["id"]: ENTRY}, **changes}).encode()


def index_bytes(registry: bytes, **changes: Any) -> bytes:
    """Return the index of a registry."""
    facts = {"format": "mgr.index/1", "sha256": digest(registry), "version": "1.2.0"}
    facts |= {
        "last_updated": "2030-01-01T00:00:00Z",
        "lowest_mgr": "0.1.0",
        "file": f"registry-{digest(registry)}.json",
    }
    return json.dumps({**facts, **changes}).encode()


def keep_download(url: str, content: bytes, **changes: Any) -> CachedRegistry:
    """Put a download into the cache, as if it had come from an address; return what is known about it."""
    facts: dict[str, Any] = {
        "sha256": digest(content),
        "version": "1.2.0",
        "last_updated": json.loads(content)["last_updated"],
    }
    facts |= {
        "fetched_at": "2026-01-01T00:00:00+00:00",
        "checked_at": "2026-01-02T00:00:00+00:00",
        "etag": None,
        **changes,
    }
    cached = CachedRegistry(path=place_of(url, facts["sha256"]), **facts)
    store(url, content, facts=cached)
    return cached


@contextmanager
def running_site() -> Iterator[Site]:
    """Run a server on a free port of this machine."""
    site = Site("")

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            reply = site.replies.get(self.path.partition("?")[0], Reply(status=404))
            if reply.is_silent:
                site.stopped.wait()
                self.close_connection = True
                return
            etag = reply.headers.get("ETag")
            is_current = etag is not None and self.headers.get("If-None-Match") == etag
            body = b"" if is_current else reply.body
            self.send_response(304 if is_current else reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            if not is_current:
                self.send_header("Content-Length", str(len(body) + reply.missing_bytes))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = bool(reply.missing_bytes)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        server.block_on_close = False
        site.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.stopped.set()
            server.shutdown()
            thread.join()


def gzipped(body: bytes) -> Reply:
    """Return a reply that is compressed."""
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
