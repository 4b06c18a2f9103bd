"""``mgr-schema-check``: the entry of the pre-commit hook."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.cli.schema_hook import main

Ask = Callable[..., Any]


def hook(*files: str) -> subprocess.CompletedProcess[str]:
    """Run the program as pre-commit does."""
    call = [sys.executable, "-c", "from model_garden_registry.cli.schema_hook import main; main()", *files]
    return subprocess.run(call, check=False, capture_output=True, text=True)


@pytest.fixture
def files(entry: Callable[..., dict[str, Any]]) -> None:
    """Write a sound file, one with a typo, and one that is not JSON."""
    head = {"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z"}
    categories = {"text-llm": {"name": "Text", "description": "Read and write."}}
    for name, changes in {"good.json": {}, "bad.json": {"nmae": "Model"}}.items():
        document = {**head, "categories": categories, "models": {"org/model": entry(changes)}}
        Path(name).write_text(json.dumps(document, indent=2), encoding="utf-8")
    Path("odd.json").write_text("{", encoding="utf-8")


@pytest.mark.usefixtures("files", "forks")
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("good.json",), id="sound"),
        pytest.param(("good.json", "bad.json", "odd.json"), id="wrong"),
        pytest.param(("gone.json",), id="not there"),
        pytest.param(("gone.json", "bad.json"), id="one of two not there"),
    ],
)
def test_the_hook_says_what_schema_check_says(names: tuple[str, ...], mgr: Ask) -> None:
    """The same text, talk and exit code."""
    reply, answer = hook(*names), mgr("schema", "check", *names)

    assert (reply.returncode, reply.stdout, reply.stderr) == (answer.code, answer.out, answer.err)


def test_without_a_file_the_registry_in_use_is_checked(
    registry: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """As ``mgr schema check`` does."""
    registry({})

    with pytest.raises(SystemExit) as end:
        main([])

    assert (end.value.code, capsys.readouterr().out) == (0, "ok           registry.json\n")


def test_an_unknown_option_is_invalid_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, with where help is; what was given is made visible."""
    with pytest.raises(SystemExit) as end:
        main(["--fix\x1b[2J"])

    assert (end.value.code, capsys.readouterr().err) == (
        2,
        "mgr: error: unrecognized arguments: --fix\\x1b[2J\nmgr: note: mgr-schema-check --help shows what it takes\n",
    )


@pytest.mark.usefixtures("files", "forks")
def test_a_file_name_may_begin_as_an_option_does(mgr: Ask) -> None:
    """Behind ``--``, which the hooks put there, everything is a file, for both programs."""
    Path("good.json").rename("--strict")

    reply, answer = hook("--", "--strict"), mgr("schema", "check", "--", "--strict")

    assert (reply.returncode, reply.stdout) == (answer.code, answer.out) == (0, "ok           --strict\n")


#: Runs the hook and, however it ends, writes the names of the loaded modules to the file `loaded`.
WATCH = """\
import sys
from model_garden_registry.cli.schema_hook import main
try:
    main()
finally:
    open("loaded", "w", encoding="utf-8").write(" ".join(sys.modules))
"""


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("name", "code", "unused"),
    [
        pytest.param("good.json", 0, {"typer", "rich", "jsonschema"}, id="a sound file needs no explaining"),
        pytest.param("bad.json", 1, {"typer", "rich", "pydantic"}, id="a wrong file needs no models"),
    ],
)
def test_the_hook_loads_no_more_than_it_needs(name: str, code: int, unused: set[str]) -> None:
    """A commit does not wait for the command line."""
    reply = subprocess.run([sys.executable, "-c", WATCH, name], check=False, capture_output=True)

    assert reply.returncode == code
    assert not set(Path("loaded").read_text(encoding="utf-8").split()) & unused
