"""
Parse every exported command and file with SGLang's real parser, and build its arguments.

    python tools/dialects/sglang.py FOLDER

Run it inside an environment that has SGLang and torch; nothing needs a GPU. ``*.sh`` is one command, ``*.yaml`` and
``*.json`` are files for ``--config``. Every option is compared with the parser's whole options, because argparse takes
shortened ones as well. What the server then works out for its GPU and model is not asked. One JSON object goes to
stdout; exit code 1 if anything is refused.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import io
import json
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != _HERE]
_START = ["python", "-m", "sglang.launch_server"]


def main(folder: Path) -> int:
    """Parse every file and build its configuration."""
    arguments = importlib.import_module("sglang.srt.server_args").ServerArgs
    parser = argparse.ArgumentParser(prog="sglang serve")
    arguments.add_cli_args(parser)
    refused: dict[str, str] = {}
    paths = sorted(path for pattern in ("*.sh", "*.yaml", "*.json") for path in folder.glob(pattern))
    for path in paths:
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                arguments.from_cli_args(parser.parse_args(_words(path, parser)))
        except (ValueError, TypeError, AttributeError, AssertionError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
        except SystemExit:
            refused[path.name] = said.getvalue().strip().rpartition("\n")[2]
    version = importlib.metadata.version("sglang")
    sys.stdout.write(json.dumps({"tool": "sglang", "version": version, "files": len(paths), "refused": refused}) + "\n")
    return int(bool(refused))


def _words(path: Path, parser: argparse.ArgumentParser) -> list[str]:
    """Return the words after the program, with every option unabbreviated."""
    if path.suffix == ".sh":
        found = _split(path)
        if found[: len(_START)] != _START:
            raise ValueError(f"starts {' '.join(found[:3])}")
        words = found[len(_START) :]
    else:
        words = _of_file(path, parser)
    known = parser._option_string_actions
    for word in words:
        option = word.partition("=")[0]
        if word.startswith("--") and option not in known:
            raise ValueError(f"{option} is no whole option")
    return words


def _split(path: Path) -> list[str]:
    """Return the words of a command that goes over several lines."""
    return shlex.split(path.read_text(encoding="utf-8").replace("\\\n", " "), comments=True)


def _of_file(path: Path, parser: argparse.ArgumentParser) -> list[str]:
    """Return SGLang's arguments from a file for ``--config``; it accepts only YAML suffixes."""
    merger: Any = importlib.import_module("sglang.srt.utils.server_args_config_parser").ConfigArgumentMerger(parser)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "config.yaml"
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        words: list[str] = merger.merge_config_with_args(["--config", str(copy)])
    return words


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
