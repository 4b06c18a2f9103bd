"""The options of a server as text: as a command, and as a file for its ``--config``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.texts.options import written_option
from model_garden_registry.files.yaml_text import yaml_text


def command_writer(
    start: str, model_key: str, *, option: str = ""
) -> Callable[[ExportRequest, Mapping[str, Any]], str]:
    """
    Return the writer of a command, with one option per line.

    Args:
        start: The program, such as ``vllm serve``.

        model_key: The key of the model.

        option: The option before the model; empty: the model is positional.
    """

    def write(_request: ExportRequest, words: Mapping[str, Any]) -> str:
        model = shlex.quote(str(words[model_key]))
        lines = [f"{start} {option} {model}" if option else f"{start} {model}"]
        lines += [_line(key, value) for key, value in words.items() if key != model_key]
        return " \\\n  ".join(lines) + "\n"

    return write


def _line(key: str, value: Any) -> str:
    match value:
        case True:
            return written_option(key)
        case False:
            return f"--no-{key.replace('_', '-')}"
        case dict():
            return f"{written_option(key)} {shlex.quote(json.dumps(value, ensure_ascii=False))}"
        case list():
            return " ".join((written_option(key), *(shlex.quote(str(one)) for one in value)))
        case _:
            return f"{written_option(key)} {shlex.quote(str(value))}"


def yaml_file(_request: ExportRequest, words: Mapping[str, Any]) -> str:
    """Return a file for ``--config``."""
    return yaml_text(_dashed(words))


def json_file(_request: ExportRequest, words: Mapping[str, Any]) -> str:
    """Return the same as JSON, which is also YAML."""
    return json.dumps(_dashed(words), indent=2, ensure_ascii=False) + "\n"


def _dashed(words: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in words.items()}
