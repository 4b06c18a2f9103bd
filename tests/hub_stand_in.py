"""A server on this machine that answers as the Hugging Face Hub does: files of models, and lists of organisations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"

#: Files of models by id.
Models = Mapping[str, Mapping[str, bytes]]


@contextmanager
def hub(models: Models, listed: Mapping[str, Any] | None = None) -> Iterator[str]:
    """
    Serve models while the context is open, and yield the address.

    Args:
        models: Files by id.

        listed: What the list of an organisation has, by organisation: recorded answers.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer(has_body=True)

        def _answer(self, *, has_body: bool = False) -> None:
            url = urlsplit(self.path)
            if url.path == "/api/models":
                author = parse_qs(url.query).get("author", [""])[0]
                known = (listed or {}).get(author)
                body = b"[]" if known is None else json.dumps(known).encode()
                self._send(200, body, {"Content-Type": "application/json"}, has_body=has_body)
                return
            model_id, _, rest = url.path.lstrip("/").partition("/resolve/")
            content = models.get(model_id, {}).get(rest.partition("/")[2])
            if content is None:
                self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, has_body=has_body)
                return
            head = {"ETag": f'"{sha1(content, usedforsecurity=False).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self._send(200, content, head, has_body=has_body)

        def _send(self, code: int, body: bytes, head: Mapping[str, str], *, has_body: bool) -> None:
            self.send_response(code)
            for name, value in head.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if has_body:
                self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
