"""What ends a program without an answer: bugs, interruptions, a full disk, in `mgr` and in `mgr-schema-check`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import model_garden_registry
from model_garden_registry.cli.failures import asks_for_json, exit_code_of
from model_garden_registry.errors import UnknownModelError

Ask = Callable[..., Any]

MGR = "from model_garden_registry.cli import main; main()"
HOOK = "from model_garden_registry.cli.schema_hook import main; main()"
LIST = ["list", "--registry", "a.json"]
#: Typer then takes the name of the shell as a value, and does not look for it among the processes above.
NAMED_SHELL = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
#: A fault in the innermost step of both programs: the reading of a file.
PLANTED = """\
import sys
from model_garden_registry.files import reading
def faulty(*given, **named):
    {fault}
real = reading.read_bytes
for module in [*sys.modules.values()]:
    if getattr(module, "read_bytes", None) is real:
        module.read_bytes = faulty
"""
#: Statement → class of the error, and what it says.
FAULTS = {
    "raise RuntimeError('two\\nlines \\x1b[2J')": ("RuntimeError", "RuntimeError: two lines \\x1b[2J"),
    "return faulty(*given, **named)": ("RecursionError", "RecursionError: maximum recursion depth exceeded"),
    "return bytearray(1 << 62)": ("MemoryError", "MemoryError"),
    "raise KeyError": ("KeyError", "KeyError"),
    "raise ValueError('x' * 5000)": ("ValueError", f"ValueError: {'x' * 199}…"),
}


def with_fault(fault: str, program: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program of which one function has a fault, in a process of its own."""
    code = f"{PLANTED.format(fault=fault)}\n{program}"
    surroundings = {**os.environ, **env}
    call = [sys.executable, "-c", code, *arguments]
    return subprocess.run(call, check=False, capture_output=True, encoding="utf-8", env=surroundings)


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize(
    ("fault", "program", "arguments"),
    [
        *[pytest.param(fault, MGR, LIST, id=f"mgr, {FAULTS[fault][0]}") for fault in FAULTS],
        pytest.param("raise KeyError", HOOK, ["a.json"], id="mgr-schema-check"),
    ],
)
def test_a_bug_is_one_line_with_exit_code_70(fault: str, program: str, arguments: list[str]) -> None:
    """It names class, message and place, says how to report it, and shows no traceback."""
    reply = with_fault(fault, program, *arguments)

    line = re.fullmatch(
        r"mgr: error: this is a bug in mgr: (?P<what>.+), at (?P<place>\S+:\d+); please report it in the issue tracker "
        r"of model-garden-registry, with the command and what MGR_TRACEBACK=1 in its environment shows\n",
        reply.stderr,
    )
    assert line, reply.stderr
    assert (reply.returncode, reply.stdout) == (70, "")
    assert line["what"].startswith(FAULTS[fault][1])
    assert line["place"].startswith("model_garden_registry/")


@pytest.mark.usefixtures("forks")
def test_a_bug_in_json_is_an_error_document() -> None:
    """On stdout, with the class and the sentence that stderr has."""
    reply = with_fault("raise KeyError('a')", MGR, "list", "--json", "--registry", "a.json")

    document = json.loads(reply.stdout)
    assert (reply.returncode, reply.stderr) == (70, f"mgr: error: {document['message']}\n")
    assert {**document, "message": ""} == {"format": "mgr.error/1", "error": "KeyError", "message": ""}


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("off", ["", "0", " "])
def test_the_traceback_is_shown_where_it_is_asked_for(off: str) -> None:
    """``MGR_TRACEBACK=1``: above the line, in visible characters, with the same exit code; 0 and empty ask for none."""
    fault = "raise RuntimeError('\\x1b[2J')"

    plain = with_fault(fault, MGR, *LIST, MGR_TRACEBACK=off)
    shown = with_fault(fault, MGR, *LIST, MGR_TRACEBACK="1")

    *traceback, line = shown.stderr.splitlines()
    assert (shown.returncode, shown.stdout, f"{line}\n") == (70, "", plain.stderr)
    assert (traceback[0], traceback[-1]) == ("Traceback (most recent call last):", "RuntimeError: \\x1b[2J")


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("fault", ["BrokenPipeError(32, 'Broken pipe')", "EOFError('no more')", "OSError(5, 'I/O')"])
def test_no_bug_passes_for_the_end_of_the_terminal(fault: str) -> None:
    """Typer takes some exceptions for a reader that has gone, or for Ctrl-D, and says nothing."""
    reply = with_fault(f"raise {fault}", MGR, *LIST)

    assert (reply.returncode, reply.stdout) == (70, "")
    assert reply.stderr.startswith(f"mgr: error: this is a bug in mgr: {fault.partition('(')[0]}: ")


@pytest.mark.parametrize("program", [MGR, HOOK], ids=["mgr", "mgr-schema-check"])
@pytest.mark.parametrize("module", ["failures", "output", "exit_codes"])
def test_an_interruption_during_the_start_is_silent(module: str, program: str) -> None:
    """Ctrl-C before there is anything to say it with."""
    code = f"""
import sys
class Interrupt:
    def find_spec(self, name, *given):
        if name == "model_garden_registry.cli.{module}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
{program}"""

    reply = subprocess.run([sys.executable, "-c", code, "a.json"], check=False, capture_output=True, text=True)

    assert (reply.returncode, reply.stdout, reply.stderr) == (130, "", "")


def test_a_bug_is_placed_in_this_package(tmp_path: Path) -> None:
    """Not in a library that is installed beside it, as in every environment."""
    copy = shutil.copytree(Path(model_garden_registry.__file__).parent, tmp_path / "model_garden_registry")
    (tmp_path / "neighbour.py").write_text("def fail(*given, **named):\n    raise KeyError\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom neighbour import fail\n"
    code += f"from model_garden_registry.files import reading; reading.read_bytes = fail\n{MGR}"

    reply = subprocess.run([sys.executable, "-c", code, *LIST], check=False, capture_output=True, text=True)

    place = re.search(r"at (\S+):(\d+);", reply.stderr)
    assert place, reply.stderr
    assert place[1] == "model_garden_registry/files/layering.py"
    assert "read_bytes(" in (copy.parent / place[1]).read_text(encoding="utf-8").splitlines()[int(place[2]) - 1]


@pytest.mark.usefixtures("forks")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", [["--show-completion", "bash"], ["categories"], ["show", "none", "--json"]])
def test_what_stdout_does_not_take_is_no_bug(arguments: list[str]) -> None:
    """Whether it is an answer, Typer's own, or the document of an error."""
    call = [sys.executable, "-c", MGR, *arguments]

    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        reply = subprocess.run(call, check=False, stdout=full, stderr=subprocess.PIPE, text=True, env=NAMED_SHELL)

    assert reply.returncode == 3
    assert reply.stderr == "mgr: error: the answer cannot be written: No space left on device\n"


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("arguments", [["--show-completion", "bash"], ["categories"]])
def test_a_reader_that_has_gone_had_what_it_wanted(arguments: list[str]) -> None:
    """Nothing is said, and the exit code is that of an answer."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        reply = subprocess.run(
            [sys.executable, "-c", MGR, *arguments], check=False, stdout=gone, stderr=subprocess.PIPE, env=NAMED_SHELL
        )

    assert (reply.returncode, reply.stderr) == (0, b"")


def test_a_broken_installation_is_a_bug_as_well() -> None:
    """What cannot even be imported ends in the same line, with the file where it was wanted."""
    code = f"import sys; sys.modules['typer'] = None\n{MGR}"

    reply = subprocess.run([sys.executable, "-c", code, "list"], check=False, capture_output=True, text=True)

    assert (reply.returncode, reply.stdout) == (70, "")
    assert (
        "ModuleNotFoundError: import of typer halted; None in sys.modules, at model_garden_registry/cli/"
        in reply.stderr
    )


@pytest.mark.usefixtures("forks")
def test_the_python_api_lets_a_bug_through() -> None:
    """Whoever calls the library sees the exception itself."""
    code = f"{PLANTED.format(fault='raise KeyError(1)')}\nimport model_garden_registry\n"
    code += "try: model_garden_registry.load_registry()\nexcept KeyError as error: print(error.args)"

    reply = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert reply.stdout == "(1,)\n"


@pytest.mark.usefixtures("forks")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_bug_is_told_where_stdout_is_full() -> None:
    """The document is lost; line and exit code are not."""
    code = f"{PLANTED.format(fault='raise KeyError')}\n{MGR}"
    call = [sys.executable, "-c", code, "list", "--json"]

    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        reply = subprocess.run(call, check=False, stdout=full, stderr=subprocess.PIPE)

    assert (reply.returncode, reply.stderr.count(b"\n")) == (70, 1)


def interrupted() -> int:
    raise KeyboardInterrupt


def unanswered() -> int:
    raise UnknownModelError("a")


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        pytest.param(lambda: 1, 1, "", id="an answer"),
        pytest.param(interrupted, 130, "", id="Ctrl-C"),
        pytest.param(unanswered, 2, "mgr: error: no model 'a' in the registry\n", id="an error of the library"),
    ],
)
def test_every_end_has_its_exit_code(
    run: Callable[[], int], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a program returns is its exit code; what ends it has one as well."""
    assert (exit_code_of(run), capsys.readouterr()) == (code, ("", said))


@pytest.mark.parametrize(
    ("arguments", "is_asked_for"),
    [
        pytest.param(["list", "--json"], True, id="--json"),
        pytest.param(["list", "--format=json"], True, id="one word"),
        pytest.param(["list", "--format", "json"], True, id="two words"),
        pytest.param(["list", "--format", "csv"], False, id="another format"),
        pytest.param(["list", "json"], False, id="no option"),
        pytest.param(["list", "--", "--json"], False, id="behind the options"),
        pytest.param(["list", "--format"], False, id="without a value"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_arguments_tell_whether_json_is_asked_for(arguments: list[str], is_asked_for: bool) -> None:
    """Before, or without, their being read."""
    assert asks_for_json(arguments) == is_asked_for
