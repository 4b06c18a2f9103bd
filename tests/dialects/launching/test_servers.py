"""A serving engine that is started, in its own image."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.servers import server_of, start_seconds

Ask = Callable[..., ExportRequest]


@pytest.mark.parametrize(
    ("overrides", "image", "port"),
    [
        pytest.param({}, "vllm/vllm-openai:v0.33.0", 8000, id="vLLM"),
        pytest.param({"engine_version": "0.20.1"}, "vllm/vllm-openai:v0.20.1", 8000, id="another release"),
        pytest.param({"engine_version": "0.20"}, "vllm/vllm-openai:v0.20.0", 8000, id="a release by two numbers"),
        pytest.param({"engine": "sglang"}, "lmsysorg/sglang:v0.5.23", 30000, id="SGLang"),
    ],
)
def test_the_image_is_of_the_release_of_the_settings(
    ask: Ask, overrides: dict[str, str], image: str, port: int
) -> None:
    """Tags have three numbers."""
    server = server_of(ask(**overrides))

    assert (server.started.image, server.started.port, server.port) == (image, port, port)
    assert server.arguments[-4:] == ("--host", "0.0.0.0", "--port", str(port))


@pytest.mark.parametrize(
    ("engine", "program", "arguments"),
    [
        pytest.param("vllm", ("vllm", "serve"), ("org/model", "--max-model-len"), id="vLLM"),
        pytest.param(
            "sglang",
            ("python3", "-m", "sglang.launch_server"),
            ("--model-path", "org/model", "--context-length"),
            id="SGLang",
        ),
    ],
)
def test_the_command_is_what_is_exported_for_the_engine(
    ask: Ask, engine: str, program: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    """And where it answers."""
    server = server_of(ask(engine=engine))

    assert server.program == program
    assert server.arguments[: len(arguments)] == arguments
    assert shlex.split(server.started.command.replace("\\\n", "")) == [*server.program, *server.arguments]


def test_the_server_of_transformers_is_not_started_so(ask: Ask) -> None:
    """It has no image of its own."""
    with pytest.raises(UnsupportedExportError, match=r"engine transformers has no server.*set engine=vllm or sglang"):
        server_of(ask(engine="transformers"))


def test_larger_weights_take_longer_to_come(ask: Ask) -> None:
    """They are downloaded first."""
    assert start_seconds(ask().entry) == 600 + 160
    assert start_seconds(ask(changes={"architecture": {"model_type": "llama"}}).entry) == 600
