"""The README and the pages: what their examples print, what their tables say, what they name and where they link."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

import model_garden_registry
from model_garden_registry.dialects.vocabulary import vocabulary

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).resolve().parents[1]
#: Where the package under test is; a relative PYTHONPATH would not be found from a test's working directory.
PACKAGES = Path(model_garden_registry.__file__).resolve().parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

FENCE = re.compile(r"^ *```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE)
#: An inline code span, or the target of a link.
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
#: One `mgr` command inside a line of shell: up to what ends a command there.
COMMAND = re.compile(r"(?:^|[\s'/])mgr(?P<arguments> [^|>&'\n]*)", re.MULTILINE)
#: Options of other programs that the pages name outside of commands: of serving engines, and a few.
FOREIGN = {
    *("--constraint", "--editable", "--gres", "--partition", "--secret", "--test-only", "--no-", "--disable-"),
    *(
        f"--{key.replace('_', '-')}"
        for engine in ("vllm", "sglang")
        for key in (*vocabulary(engine).keys, *vocabulary(engine).aliases, *vocabulary(engine).negations)
    ),
    *(f"--{key.replace('_', '-')}" for engine in ("vllm", "sglang") for key in vocabulary(engine).retired),
}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: str) -> Iterator[tuple[str, str]]:
    return ((fence["language"], fence["body"]) for fence in FENCE.finditer(text_of(page)))


@pytest.fixture(scope="module")
def generate() -> Iterator[Callable[[list[str]], int]]:
    """Give the program that updates the pages, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs")
        yield importlib.import_module("_generate").main


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_its_examples_print_and_its_sources_say(
    page: str, generate: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every output and every generated block of a page is current; `nox -s docs` brings them up to date."""
    code = generate(["--check", page])

    assert (capsys.readouterr(), code) == (("", ""), 0)


def test_the_program_itself_checks_a_page() -> None:
    """As `nox -s docs` runs it; warnings are errors."""
    program = [sys.executable, "-W", "error", str(ROOT / "docs" / "_generate.py"), "--check", "docs/json.md"]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "PYTHONUTF8": "1"}

    reply = subprocess.run(program, check=False, capture_output=True, encoding="utf-8", env=environment)

    assert (reply.stdout, reply.stderr, reply.returncode) == ("", "", 0)


def test_pictures_are_drawn_and_shown_by_the_same_page() -> None:
    """Each drawing below docs/pictures; one of them in the README, at least three in docs."""
    kept = {path.name for path in (ROOT / "docs" / "pictures").glob("*.svg")}
    drawn = {(page, name) for page in PAGES for name in re.findall(r" --svg (\S+\.svg)$", text_of(page), re.MULTILINE)}
    shown = {
        (page, name)
        for page in PAGES
        for name in re.findall(r"^!\[.+\]\(\S*/(\S+\.svg)\)$", text_of(page), re.MULTILINE)
    }

    assert shown == drawn
    assert sorted(name for _, name in drawn) == sorted(kept)
    assert [page for page, _ in drawn].count("README.md") == 1
    assert len(drawn) > 3


def test_screenshots_are_shown() -> None:
    """`nox -s screenshots` takes them."""
    kept = {path.name for path in (ROOT / "docs" / "pictures").glob("*.png")}

    assert kept == {name for page in PAGES for name in re.findall(r"[(\"]\S*/([\w-]+\.png)[)\"]", text_of(page))}


@pytest.mark.parametrize("page", PAGES)
def test_data_in_a_page_can_be_read(page: str) -> None:
    """Every JSON and TOML block is JSON and TOML."""
    readers = {"json": json.loads, "toml": tomllib.loads}

    for language, body in fences(page):
        assert language not in readers or isinstance(readers[language](body), dict)


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    """A relative link names a file that exists, and an anchor a heading in it."""
    broken = [
        match[0]
        for match in LINK.finditer(FENCE.sub("", text_of(page)))
        if not leads_somewhere((ROOT / page).parent / match["path"] if match["path"] else ROOT / page, match["anchor"])
    ]

    assert broken == []


def test_the_set_up_installs_what_it_runs() -> None:
    """A virtual environment and this package in every shell; uvx and pipx are asked for a program that it installs."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    posix, tools, _tests = (body for language, body in fences("README.md") if language == "sh")
    (powershell,) = (body for language, body in fences("README.md") if language == "powershell")

    for shell in (posix, powershell):
        steps = re.split(r" && |; ", shell.strip())
        assert [step.split()[:2] for step in (steps[0], steps[-1])] == [["git", "clone"], ["pip", "install"]]
        assert any("-m venv .venv" in step for step in steps)
        assert f"cd {project['name']}" in steps
    runs = [re.match(r"(?:uvx --from|pipx run --spec) \. (\S+) ", line) for line in tools.splitlines()]
    assert {run and run[1] for run in runs} <= project["scripts"].keys()


def test_hooks_of_the_readme_exist() -> None:
    """By their ids in `.pre-commit-hooks.yaml`."""
    ids = re.compile(r"^ *- id: (\S+)$", re.MULTILINE)
    named = [name for language, body in fences("README.md") if language == "yaml" for name in ids.findall(body)]

    assert named
    assert {*named} <= {*ids.findall(text_of(".pre-commit-hooks.yaml"))}


def test_the_first_answer_stands_on_the_first_screen() -> None:
    """Set-up and the answer to the first question, before anything else: 50 lines of text and commands."""
    before = text_of("README.md").partition("```console\n")[0]

    assert len(before.splitlines()) <= 40


def leads_somewhere(path: Path, anchor: str | None) -> bool:
    if anchor is None or not path.is_file():
        return path.exists()
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page_exist(page: str) -> None:
    """Each `mgr` command in a block or in the text is one, and takes the options that it is given there."""
    shells = [body for language, body in fences(page) if language in {"console", "sh", "powershell", "yaml", "groovy"}]
    spans = CODE.findall(FENCE.sub("", text_of(page)))

    wrong = [
        complaint for text in (*shells, *spans) for line in COMMAND.findall(text) for complaint in complaints(line)
    ]

    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_options_in_the_text_of_a_page_exist(page: str) -> None:
    """An option that the text names on its own is one of some command."""
    spans = [span for span in CODE.findall(FENCE.sub("", text_of(page))) if span.startswith("-")]
    named = {option for span in spans for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", span)}

    known = {option for command in commands(root()) for option in options(command)}

    assert named - known - FOREIGN == set()


@cache
def root() -> Any:
    from model_garden_registry.cli.app import app

    return typer.main.get_command(app)


@cache
def subcommands(command: Any) -> dict[str, Any]:
    if not hasattr(command, "list_commands"):
        return {}
    context = typer.Context(command)
    return {name: command.get_command(context, name) for name in command.list_commands(context)}


def commands(command: Any) -> Iterator[Any]:
    yield command
    for inner in subcommands(command).values():
        yield from commands(inner)


def options(command: Any) -> set[str]:
    named = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return named | {"--help", "-h"}


def complaints(line: str) -> Iterator[str]:
    """Follow a command line through the commands; give what is not there."""
    command, path = root(), "mgr"
    for word in shlex.split(line.replace("…", ""), comments=True):
        name = word.partition("=")[0]
        inner = subcommands(command)
        if name.startswith("-") and name not in {"-", *options(command)}:
            yield f"{path} has no option {name}"
        elif inner and name in inner:
            command, path = inner[name], f"{path} {name}"
        elif inner and re.fullmatch(r"[a-z]+", name):
            yield f"{path} has no command {name}"
