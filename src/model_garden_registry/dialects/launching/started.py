"""The command that a launcher starts, on any platform."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.network.weights import published_weight_bytes
from model_garden_registry.units import GB


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """
    A command to start, with its environment.

    Args:
        image: The container image; None: the launcher's own, into which the packages are installed.

        packages: Requirements in pip's format.

        command: The shell command; its last line ends.

        port: The port of the server; None if it is not a server.

        notes: What the file does not say, a sentence each.
    """

    image: str | None
    packages: tuple[str, ...]
    command: str
    port: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expanded:
    """
    A word whose value only a shell knows.

    Args:
        text: As a script has it, quotes included: ``"$SLURM_NODEID"``.
    """

    text: str


def shell_lines(argv: Sequence[str | Expanded], *, quote: Callable[[str], str] = shlex.quote) -> str:
    """
    Return a shell command with one option per line.

    Args:
        quote: Quotes a word where it must be quoted.
    """
    lines: list[list[str]] = [[]]
    for word in argv:
        if isinstance(word, str) and word.startswith("--") and lines != [[]]:
            lines.append([])
        lines[-1].append(word.text if isinstance(word, Expanded) else quote(word))
    return " \\\n  ".join(map(" ".join, lines)) + "\n"


def double_quoted(word: str) -> str:
    """Return a word for a script that stands in single quotes itself: quoted by double quotes, where it must be."""
    if shlex.quote(word) == word:
        return word
    return '"' + re.sub(r'([\\"$`])', r"\\\1", word) + '"'


def written_file(name: str, text: str) -> str:
    """Return shell lines that write a file, whatever its content."""
    end = "END"
    while end in text.splitlines():
        end += "_"
    body = text if text.endswith("\n") else f"{text}\n"
    return f"cat > {shlex.quote(name)} <<'{end}'\n{body}{end}\n"


def weights_bytes(entry: ModelInfo) -> int:
    """Return the size of the weights as published; 0 if unknown."""
    try:
        return published_weight_bytes(entry)
    except MissingShapeError:
        return round((entry.quantization.weights_gb or 0) * GB)


def disk_gb(request: ExportRequest, system_gb: int) -> int:
    """
    Return the disk size that a machine needs.

    Args:
        system_gb: Size of the system and the image.
    """
    settings = request.settings
    # Beside the download: a merged model, or a checkpoint with both optimizer moments in float32.
    copies = 1 if isinstance(settings, InferenceSettings) else 6 if settings.method == "full" else 2
    return system_gb + -(-weights_bytes(request.entry) * copies // GB)
