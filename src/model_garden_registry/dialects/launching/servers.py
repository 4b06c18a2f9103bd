"""A serving engine that is started, in its own image."""

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

#: What an engine takes to come up beside loading weights: libraries, graphs, kernels that are compiled.
_START_SECONDS = 600
#: What a second brings of weights that are downloaded first, on a connection that is slow for a data centre.
_BYTES_PER_SECOND = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    An engine that serves a model.

    Args:
        name: Of the engine.

        program: What is started.

        arguments: What it is given.

        started: The rest, its command among it.
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
        dialect: What writes its command.

        program: What the command begins with, in its image.

        repository: Its image at Docker Hub, whose tags are its releases.

        port: Where it answers unless told otherwise.
    """

    dialect: Dialect
    program: tuple[str, ...]
    repository: str
    port: int


_ENGINES: Mapping[str, _Engine] = {
    "vllm": _Engine(VLLM, ("vllm", "serve"), "vllm/vllm-openai", 8000),
    # Images have a python3 at the least.
    "sglang": _Engine(SGLANG, ("python3", "-m", "sglang.launch_server"), "lmsysorg/sglang", 30000),
}
#: SGLang listens to its own machine alone unless told otherwise.
_EVERYWHERE = ("--host", "0.0.0.0")


def server_of(request: ExportRequest) -> Server:
    """
    Return the engine of the settings, with its command.

    Raises:
        UnsupportedExportError: It is no server, or has no words for a setting.
    """
    name = request.inference.engine
    if name not in _ENGINES:
        why = f"engine {name} has no server that is started so; set engine={' or '.join(_ENGINES)}"
        raise UnsupportedExportError(request.target, request.model_id, why)
    engine = _ENGINES[name]
    made = engine.dialect.export(request, "argv")
    # A line that ends with a backslash goes on: shlex keeps the line break as a word of its own.
    words = [word for word in shlex.split(made.text, comments=True) if word != "\n"]
    arguments = (*words[len(engine.program) :], *_EVERYWHERE, "--port", str(engine.port))
    image = f"{engine.repository}:v{_release(request.inference.engine_version)}"
    command = shell_lines((*engine.program, *arguments))
    started = Started(image=image, packages=(), command=command, port=engine.port, notes=made.notes)
    return Server(name=name, program=engine.program, arguments=arguments, started=started, port=engine.port)


def _release(version: str) -> str:
    """Return a release as tags have it: three numbers at least."""
    parts = version.split(".")
    return ".".join([*parts, *["0"] * (3 - len(parts))])


def start_seconds(entry: ModelInfo) -> int:
    """Return how long a server may take until it answers, its weights downloaded first."""
    return _START_SECONDS + weights_bytes(entry) // _BYTES_PER_SECOND
