"""What the command line takes is in its page, in its help, in what a shell is offered, and in its tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.app import COMMANDS, app
from model_garden_registry.cli.command import Command, new_app

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "model_garden_registry"
TESTS = ROOT / "tests" / "cli"
PAGE = "docs/cli.md"
#: The section about every command.
SHARED = "What every command shares"
#: A variable of the environment, or a name of an operating system or a library that looks like one.
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
#: Nothing that a user sets: names of systems and libraries, and what one process of ours hands to another.
NOT_FOR_USERS = {
    "CREATE_NO_WINDOW",
    "GITHUB_ACTIONS",
    "MGR_SERVE_ALLOWED_HOSTS",
    "MGR_SERVE_CORS",
    "MGR_SERVE_LAYERS",
    "INVALID_REG",
    "MIXED_PRECISION",
    "NOT_RESPONDING",
    "PYDANTIC_DISABLE_PLUGINS",
    "SC_PAGE_SIZE",
    "SC_PHYS_PAGES",
    "WT_SESSION",
}


@dataclass(frozen=True)
class Written:
    """
    What is written about commands.

    Args:
        page: Text of the page.

        tests: Text of the tests.
    """

    page: str
    tests: str

    def about(self, command: str) -> str | None:
        """Return a command's section of the page, with the sections that it links to and the one about all."""
        parts = re.split(r"^## ", self.page, flags=re.MULTILINE)
        sections = {part.partition("\n")[0]: part for part in parts}
        own = sections.get(command)
        if own is None:
            return None
        linked = [sections.get(name, "") for name in re.findall(r"\]\(#([\w-]+)\)", own)]
        return "\n".join([own, *linked, sections[SHARED]])


def written() -> Written:
    """Read the page and the tests."""
    tests = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return Written((ROOT / PAGE).read_text(encoding="utf-8"), "\n".join(tests))


def leaves(command: Any, words: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with the words that call it."""
    if not hasattr(command, "list_commands"):
        yield words, command
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        yield from leaves(command.get_command(context, name), f"{words} {name}".strip())


def lacks(words: str, command: Any, written: Written) -> Iterator[str]:
    """Yield every place that does not know a command, one of its options, or a value of a closed set."""
    text = written.about(words.partition(" ")[0])
    if text is None:
        yield f"{PAGE}: no section about mgr {words}"
    if not command.get_short_help_str():
        yield f"--help: no sentence about mgr {words}"
    for param in command.params:
        if not param.help:
            yield f"--help: nothing about {param.opts[0]} of mgr {words}"
        is_closed = any(values(param))  # a shell is offered live names for the others
        offered = {item.value for item in param.shell_complete(typer.Context(command), "")} if is_closed else set()
        for word, of_what in (*options(param), *values(param)):
            if text is not None and not is_named(word, text):
                yield f"{PAGE}: no {word}{of_what} of mgr {words}"
            if not is_named(word, written.tests):
                yield f"tests/cli: no {word}{of_what} of mgr {words}"
            if of_what and word not in offered:
                yield f"completion: no {word}{of_what} of mgr {words}"


def options(param: Any) -> Iterator[tuple[str, str]]:
    yield from ((name, "") for name in (*param.opts, *param.secondary_opts) if name.startswith("--"))


def values(param: Any) -> Iterator[tuple[str, str]]:
    kind = getattr(param, "type_descriptor", None) or param.type
    yield from ((str(value), f" for {param.opts[0]}") for value in getattr(kind, "choices", None) or ())


def is_named(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def test_every_command_is_covered() -> None:
    """Each command, option and value has its place in the page, the help, the completion and the tests."""
    commands = dict(leaves(typer.main.get_command(app)))
    known = written()

    lacking = [lack for words, command in commands.items() for lack in lacks(words, command, known)]

    assert not lacking, "\n".join(lacking)


def test_every_command_has_its_test_file() -> None:
    """In the folder of its group."""
    wanted = [TESTS / "commands" / group / f"test_{name}.py" for name, group in COMMANDS.items()]

    assert [path.relative_to(ROOT).as_posix() for path in wanted if not path.is_file()] == []


def test_every_exit_code_is_in_the_table() -> None:
    """And the table has no other."""
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", written().page, flags=re.MULTILINE)} == codes


@pytest.mark.sweep
def test_every_variable_of_the_environment_is_in_a_page() -> None:
    """What looks like one in the sources, but for what users do not set, and for the words of other tools."""
    constants = (
        node.value
        for path in SOURCES.rglob("*.py")
        if not path.is_relative_to(SOURCES / "dialects")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    variables = {text for text in constants if VARIABLE.fullmatch(text) and not text.startswith("O_")}  # flags of open
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))

    assert variables >= NOT_FOR_USERS
    assert {name for name in variables - NOT_FOR_USERS if not is_named(name, pages)} == set()


KNOWN = Written(
    page=f"# Page\n\n## {SHARED}\n\n`--registry`, `--color auto|always|never`, `--version`, `--help`\n\n"
    "## fly\n\n`--how`: see [land](#land).\n\n## land\n\n`high` or `low`.\n",
    tests="--registry --color auto always never --version --help --how high low",
)
HELPED = Annotated[Literal["high", "low"], typer.Option("--how", help="How.")]


def command_with(kind: Any, sentence: str = "Fly.") -> Any:
    """Make a command with one option."""

    def fly(how: Any = "high") -> None:
        """Do nothing."""

    fly.__annotations__["how"] = kind
    planted = new_app()
    planted.command(cls=Command, help=sentence)(fly)
    return typer.main.get_command(planted)


@pytest.mark.parametrize(
    ("words", "command", "lacking"),
    [
        pytest.param("fly", command_with(HELPED), [], id="nothing"),
        pytest.param("swim", command_with(HELPED), [f"{PAGE}: no section about mgr swim"], id="a section"),
        pytest.param("fly", command_with(HELPED, " "), ["--help: no sentence about mgr fly"], id="a sentence"),
        pytest.param(
            "fly",
            command_with(Annotated[Literal["high", "low"], typer.Option("--how")]),
            ["--help: nothing about --how of mgr fly"],
            id="help of an option",
        ),
        pytest.param(
            "fly",
            command_with(Annotated[str, typer.Option("--where", help="Where.")]),
            [f"{PAGE}: no --where of mgr fly", "tests/cli: no --where of mgr fly"],
            id="an option",
        ),
        pytest.param(
            "fly",
            command_with(Annotated[Literal["high", "far"], typer.Option("--how", help="How.")]),
            [f"{PAGE}: no far for --how of mgr fly", "tests/cli: no far for --how of mgr fly"],
            id="a value",
        ),
        pytest.param(
            "fly",
            command_with(
                Annotated[Literal["high", "low"], typer.Option("--how", help="How.", autocompletion=lambda: ["low"])]
            ),
            ["completion: no high for --how of mgr fly"],
            id="completion",
        ),
    ],
)
def test_what_is_not_covered_is_named(words: str, command: Any, lacking: list[str]) -> None:
    """Every place that lacks it, and no other."""
    assert list(lacks(words, command, KNOWN)) == lacking
