"""
The servers that ours is compared with; each prints its address and serves until it is killed.

``python -m benchmarks.servers hello [BYTES]`` is uvicorn with the smallest application there is, ``naive FILE`` what a
list looks like without optimisation: pydantic models, and FastAPI's own checking and writing of them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from model_garden_registry.payloads.entries import list_row
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.description.replies import ModelsReply
from model_garden_registry.server.serving import SETTINGS, listen, url_of


def hello(content: bytes) -> ASGIApp:
    """Make the application that answers with the same bytes, whatever is asked."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(content))]

    async def say(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return say


def naive(path: Path) -> FastAPI:
    """Make the application that keeps rows and leaves everything else to the framework."""
    app = FastAPI()
    registry = ModelRegistry(path)
    rows = json.loads(json.dumps([list_row(row, registry.raw(row.id)) for row in registry.rows()]))

    @app.get("/api/v1/registry/models", response_model=ModelsReply)
    def list_models() -> Any:
        return {"success": True, "data": rows, "total": len(rows)}

    return app


def main(kind: str, argument: str = "5") -> None:
    """Serve, with the settings of ``mgr serve``."""
    app = hello(b"hello".ljust(int(argument), b".")) if kind == "hello" else naive(Path(argument))
    listening = listen("127.0.0.1", 0)
    print(url_of(listening), file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, **SETTINGS)).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
