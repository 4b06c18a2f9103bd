"""A request in a page, answered by the application itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import unquote


def reply_to(text: str) -> str:
    """
    Answer a request as written in a page: method and target, header lines, an empty line, a body.

    Returns:
        The status, and the JSON of the reply, indented, where it has any.
    """
    head, _, body = text.partition("\n\n")
    request_line, *header_lines = head.strip().splitlines()
    method, target = request_line.split()
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in header_lines]
    status, content = asyncio.run(_ask(method, target, headers, body.encode()))
    if not content:
        return f"{status}\n"
    return f"{status}\n\n{json.dumps(json.loads(content), indent=2, ensure_ascii=False)}\n"


async def _ask(method: str, target: str, headers: list[Any], body: bytes) -> tuple[int, bytes]:
    from model_garden_registry.server import create_app

    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [
            *([(b"content-type", b"application/json")] if body else []),
            *((name.lower().encode(), value.encode()) for name, value in headers),
        ],
        "root_path": "",
    }
    sent: list[Any] = []

    pending = [{"type": "http.request", "body": body}]

    async def receive() -> Any:
        return pending.pop() if pending else await asyncio.Event().wait()  # the client stays

    async def send(message: Any) -> None:
        sent.append(message)

    await create_app()(scope, receive, send)
    return sent[0]["status"], b"".join(message["body"] for message in sent[1:])
