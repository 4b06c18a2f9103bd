"""A host of static files: it sends the compressed form that lies beside a file, and knows what it has sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar


@dataclass
class Host:
    """
    A running host.

    Args:
        port: Where it listens.

        sent: Bytes of each answer's content, by the path of the request.
    """

    port: int
    sent: dict[str, int] = field(default_factory=dict)


@contextmanager
def static_host(folder: Path) -> Iterator[Host]:
    """Serve a folder at a free port of this machine."""
    host = Host(0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, host=host, directory=str(folder)))
    host.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }

    def __init__(self, *arguments: Any, host: Host, **options: Any) -> None:
        self._host = host
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        short = path.with_name(f"{path.name}.gz")
        content = (short if short.is_file() else path).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        if short.is_file():
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)
        self._host.sent[self.path] = len(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the name that the base has
        pass
