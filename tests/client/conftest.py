"""A server as people start it, and the tools of the TypeScript client."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Serve the shipped registry at a free port."""
    call = [sys.executable, "-m", "model_garden_registry", "serve", "--port", "0"]
    environment = {**os.environ, "MGR_REGISTRY": str(bundled_registry())}
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
def tool() -> Callable[..., str]:
    """Run a tool of the client's development dependencies; give what it prints."""
    npm = program("npm")
    if not (CLIENT / "node_modules").is_dir():
        pytest.skip("the client's tools are not installed; nox -s client installs them")

    def run(*arguments: str) -> str:
        call = [npm, "exec", "--no", "--", *arguments]
        reply = subprocess.run(call, check=False, capture_output=True, encoding="utf-8", cwd=CLIENT)
        assert (reply.returncode, reply.stderr) == (0, ""), reply.stdout + reply.stderr
        return reply.stdout

    return run


@pytest.fixture
def node() -> Callable[..., str]:
    """Run a compiled program; give what it prints."""
    interpreter = program("node")

    def run(script: Path, *arguments: str) -> str:
        call = [interpreter, str(script), *arguments]
        reply = subprocess.run(call, check=False, capture_output=True, encoding="utf-8", timeout=120)
        assert (reply.returncode, reply.stderr) == (0, "")
        return reply.stdout

    return run
