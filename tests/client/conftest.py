"""Servers as people start them, and the TypeScript client as an application has it: packed, and installed elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_registry

CLIENT = Path(__file__).resolve().parents[2] / "clients" / "typescript"

#: For code that is compiled by hand: as the client's own, but into files.
TSC = ("--target", "ES2022", "--module", "ES2022", "--moduleResolution", "bundler", "--lib", "ES2022,DOM")


def program(name: str) -> str:
    """Give the path of a program that is needed."""
    if found := shutil.which(name):
        return found
    pytest.skip(f"{name} is not installed")


@contextmanager
def serving(registry: Path) -> Iterator[str]:
    """Serve a registry at a free port; give the address."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    environment = {**os.environ, "MGR_REGISTRY": str(registry)}
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert match, line
        try:
            yield match[0]
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Serve the shipped registry at a free port."""
    with serving(bundled_registry()) as address:
        yield address


@pytest.fixture(scope="session")
def tool() -> Callable[..., str]:
    """Run a tool of the client's development dependencies; give what it prints."""
    npm = program("npm")
    if not (CLIENT / "node_modules").is_dir():
        pytest.skip("the client's tools are not installed; nox -s client installs them")

    def run(*arguments: str) -> str:
        return printed([npm, "exec", "--no", "--", *arguments], CLIENT)

    return run


@pytest.fixture(scope="session")
def tarball(tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack the client, which builds it."""
    assert tool
    folder = tmp_path_factory.mktemp("packed")
    printed([program("npm"), "pack", "--silent", "--pack-destination", str(folder)], CLIENT)
    (packed,) = folder.iterdir()
    return packed


@pytest.fixture(scope="session")
def installed(tool: Callable[..., str], tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the client into an empty folder, and compile its programs there, as an application would."""
    folder = tmp_path_factory.mktemp("application")
    (folder / "package.json").write_text('{"type": "module", "private": true}', encoding="utf-8")
    options = ("--offline", "--no-audit", "--no-fund", "--silent")
    printed([program("npm"), "install", *options, str(tarball)], folder)
    for source in (CLIENT / "tests").iterdir():
        shutil.copy(source, folder)
    assert tool("tsc", "--project", str(folder)) == ""
    return folder


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run a compiled program; give what it prints."""
    interpreter = program("node")

    def run(script: Path, *arguments: str) -> str:
        return printed([interpreter, str(script), *arguments], script.parent)

    return run


@pytest.fixture(scope="session")
def said(node: Callable[..., str], installed: Path) -> Callable[..., Any]:
    """Run one of the client's programs; give the document that it prints."""
    return lambda name, *arguments: json.loads(node(installed / f"{name}.js", *arguments))


def printed(call: list[str], folder: Path) -> str:
    """Run a program, which must succeed and complain about nothing; give what it prints."""
    reply = subprocess.run(call, check=False, capture_output=True, encoding="utf-8", cwd=folder, timeout=120)
    assert (reply.returncode, reply.stderr) == (0, ""), reply.stdout + reply.stderr
    return reply.stdout
