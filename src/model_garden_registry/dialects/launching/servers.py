"""A serving engine in its own image."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.started import Started, shell_lines, weights_bytes
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.entries.model import ModelInfo

#: Start-up time of an engine beyond loading weights: libraries, graphs, kernel compilation.
_START_SECONDS = 600
#: Download speed of the weights, on a slow data-centre connection.
_BYTES_PER_SECOND = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    An engine that serves a model.

    Args:
        name: Name of the engine.

        program: The program.

        arguments: Its arguments.

        started: The rest, the command included.
    """

    name: str
    program: tuple[str, ...]
    arguments: tuple[str, ...]
    started: Started
    port: int


@dataclass(frozen=True, slots=True)
class _Engine:
    """
    An engine that is a server.

    Args:
        dialect: The dialect of its command.

        program: The start of its command, in its image.

        repository: Its image on Docker Hub, whose tags are its releases.

        port: Its default port.
    """

    dialect: Dialect
    program: tuple[str, ...]
    repository: str
    port: int


_ENGINES: Mapping[str, _Engine] = {
    "vllm": _Engine(VLLM, ("vllm", "serve"), "vllm/vllm-openai", 8000),
    # The image has at least a python3.
    "sglang": _Engine(SGLANG, ("python3", "-m", "sglang.launch_server"), "lmsysorg/sglang", 30000),
}
#: By default SGLang listens on its own machine only.
_EVERYWHERE = ("--host", "0.0.0.0")


def server_of(request: ExportRequest) -> Server:
    """
    Return the server for the engine of the settings, with its command.

    Raises:
        UnsupportedExportError: The engine is not a server, or cannot express a setting.
    """
    name = request.inference.engine
    if name not in _ENGINES:
        why = f"engine {name} has no server for this; set engine={' or '.join(_ENGINES)}"
        raise UnsupportedExportError(request.target, request.model_id, why)
    engine = _ENGINES[name]
    made = engine.dialect.export(request, "argv")
    # A line that ends with a backslash continues: shlex keeps the line break as a word of its own.
    words = [word for word in shlex.split(made.text, comments=True) if word != "\n"]
    port = engine.port + request.port_offset
    arguments = (*words[len(engine.program) :], *_EVERYWHERE, "--port", str(port))
    image = f"{engine.repository}:v{_release(request.inference.engine_version)}"
    command = shell_lines((*engine.program, *arguments))
    started = Started(image=image, packages=(), command=command, port=port, notes=made.notes)
    return Server(name=name, program=engine.program, arguments=arguments, started=started, port=port)


def _release(version: str) -> str:
    """Return a release as in image tags: at least three numbers."""
    parts = version.split(".")
    return ".".join([*parts, *["0"] * (3 - len(parts))])


def start_seconds(entry: ModelInfo) -> int:
    """Return how long a server may take to answer, download of the weights included."""
    return _START_SECONDS + weights_bytes(entry) // _BYTES_PER_SECOND
