"""The application on a socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Any

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.files.layering import layer_locations
from model_garden_registry.files.location import read_written, written
from model_garden_registry.orphans import end_with_parent
from model_garden_registry.registry.model_registry import ModelRegistry

try:
    import uvicorn
    from fastapi import FastAPI

    from model_garden_registry.server.allocator import return_large_blocks
    from model_garden_registry.server.application import create_app
    from model_garden_registry.server.connections.loop import GatedLoop
    from model_garden_registry.server.connections.prepared_protocol import PreparedProtocol
    from model_garden_registry.server.hosts import ANY_HOST, is_loopback
    from model_garden_registry.server.live.live_registry import LiveRegistry
except ModuleNotFoundError as error:
    raise MissingExtraError("server", error.name or "uvicorn") from None

#: How long running requests may take after the server is told to stop.
_GRACEFUL_SECONDS = 10
#: Connections that wait to be accepted.
_BACKLOG = 2048
#: Environment variables that pass the files of the registry, origins and hosts to workers.
_LAYERS = "MGR_SERVE_LAYERS"
_ORIGINS = "MGR_SERVE_CORS"
_HOSTS = "MGR_SERVE_ALLOWED_HOSTS"

SETTINGS: dict[str, Any] = {
    "http": PreparedProtocol,
    "loop": f"{GatedLoop.__module__}:{GatedLoop.__name__}",
    "ws": "none",
    "lifespan": "off",
    "log_level": "error",  # errors of clients are not logged
    "access_log": False,
    "proxy_headers": False,  # the address of the client is not used
    "server_header": False,
    "timeout_graceful_shutdown": _GRACEFUL_SECONDS,
}


def listen(host: str, port: int) -> socket.socket:
    """
    Return a listening socket.

    Its connections send without delay (TCP_NODELAY). Otherwise the system delays a reply's body until its head
    has been acknowledged, which takes clients that keep a connection open 40 ms for each request.

    Args:
        host: Name or number; IPv6 without brackets.

        port: 0 for any free one.

    Raises:
        OSError: The address is not available.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    # asyncio sets TCP_NODELAY only on sockets with protocol IPPROTO_TCP, which ``create_server`` leaves at 0.
    described = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listening.detach())
    described.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return described


def url_of(listening: socket.socket) -> str:
    """Return the URL of the root."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    registry: ModelRegistry,
    *,
    listening: socket.socket,
    cors: Sequence[str] = (),
    allowed_hosts: Sequence[str] = (),
    workers: int = 1,
) -> None:
    """
    Serve until the process is interrupted or told to stop; running requests are answered first.

    Args:
        allowed_hosts: Names and addresses that requests may name beside those of loopback. Without any, a server that
            listens on a loopback address answers for no others, and one that listens elsewhere for all.

        workers: Processes; each reads the registry for itself.
    """
    hosts = [*allowed_hosts] or ([] if is_loopback(listening.getsockname()[0]) else [ANY_HOST])
    if workers == 1:
        return_large_blocks()
        config = uvicorn.Config(create_app(registry, cors=cors, allowed_hosts=hosts), **SETTINGS)
        uvicorn.Server(config).run(sockets=[listening])
        return
    layers = written(layer_locations(registry.layers))
    os.environ.update({_LAYERS: layers, _ORIGINS: " ".join(cors), _HOSTS: " ".join(hosts)})
    app = f"{__name__}:{worker_app.__name__}"
    uvicorn.run(app, factory=True, workers=workers, **_address(listening), **SETTINGS)


def _address(listening: socket.socket) -> dict[str, Any]:
    """Return where the supervisor of workers listens: on this socket, if the system passes sockets by number."""
    if os.name == "posix":
        return {"fd": listening.fileno()}
    host, port = listening.getsockname()[:2]
    listening.close()
    return {"host": host, "port": port}


def worker_app() -> FastAPI:
    """Return the application of a worker process, configured by environment variables."""
    end_with_parent()
    return_large_blocks()
    cors, hosts = (os.environ.get(name, "").split() for name in (_ORIGINS, _HOSTS))
    return create_app(LiveRegistry(read_written(os.environ[_LAYERS])), cors=cors, allowed_hosts=hosts)
