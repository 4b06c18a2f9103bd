"""What holds for every command: shared options, help, streams, colour, errors, exit codes, completion."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from model_garden_registry import __version__, known_gpu
from model_garden_registry.cli.app import COMMANDS, GROUPS, app
from model_garden_registry.files.writing.locks import locked

Ask = Callable[..., Any]
Write = Callable[..., Path]

MGR = [sys.executable, "-m", "model_garden_registry"]
#: `mgr`, also where the tests run in the background: a shell lets such processes ignore Ctrl-C.
INTERRUPTIBLE = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from model_garden_registry.cli import main
time.sleep = lambda seconds, sleep=time.sleep: (print("waiting", flush=True), sleep(60))
main()
"""
#: An escape sequence, or a character that starts one on an 8-bit terminal.
ESCAPE = re.compile("[\x1b\x9b]")


@pytest.fixture
def other(registry: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a registry that nothing but `--registry` names."""
    path = registry({"id": "org/other"}).rename(tmp_path / "other.json")
    monkeypatch.delenv("MGR_REGISTRY")
    return path


def test_the_registry_is_named_before_or_after_the_command(mgr: Ask, other: Path) -> None:
    """The same option, the same answer; not naming it gives the shipped registry."""
    before, after = mgr("--registry", other, "list", "-q"), mgr("list", "-q", "--registry", other)

    assert before == after
    assert before.out == "org/other\n"
    assert "unsloth/tinyllama-bnb-4bit\n" in mgr("list", "-q").out


def test_of_two_registries_the_later_one_counts(mgr: Ask, other: Path) -> None:
    """What stands after the command wins over what stands before."""
    assert mgr("--registry", "missing.json", "list", "-q", "--registry", other).out == "org/other\n"
    assert mgr("--registry", other, "list", "-q", "--registry", "missing.json").code == 3


def test_colour_is_chosen_before_or_after_the_command(mgr: Ask, other: Path) -> None:
    """The later one counts here as well."""
    always = mgr("--color", "always", "list", "--registry", other).out

    assert ESCAPE.search(always)
    assert mgr("list", "--color", "always", "--registry", other).out == always
    assert not ESCAPE.search(mgr("--color", "always", "list", "--color", "never", "--registry", other).out)


@pytest.mark.parametrize("arguments", [["--version"], ["list", "--version"], ["show", "--version"]])
def test_the_version_is_told_anywhere(arguments: list[str], mgr: Ask) -> None:
    """And nothing else is done or asked for."""
    answer = mgr(*arguments)

    assert (answer.code, answer.out, answer.err) == (0, f"mgr {__version__}\n", "")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help(command: str, mgr: Ask) -> None:
    """`-h` and `--help` are the same text on stdout, with the shared options, at most 80 columns wide."""
    short, long = mgr(*command.split(), "-h"), mgr(*command.split(), "--help")

    assert short == long
    assert (short.code, short.err) == (0, "")
    assert short.out.startswith(f"Usage: mgr {command}".rstrip())
    assert all(option in short.out for option in ("--registry", "--color", "--version", "--help"))
    assert max(map(len, short.out.splitlines())) <= 80


def test_the_help_names_every_command(mgr: Ask) -> None:
    """Below the headings of their groups, in the order of a day's work, each with a whole sentence in its line."""
    _, *sections = re.split(r"\n\n(?=\S.*:\n)", mgr("--help").out)
    _, *groups = [section.splitlines()[1:] for section in sections]  # the first has the options

    lines = [line for group in groups for line in group]
    assert [tuple(line.split()[0] for line in group) for group in groups] == [
        (*commands,) for commands in GROUPS.values()
    ]
    assert {(line[:2], line[2] != " ", line[-1], line[-2] != ".") for line in lines} == {("  ", True, ".", True)}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_says_of_a_command_what_its_own_help_begins_with(command: str, mgr: Ask) -> None:
    """Its file is not imported for that, so the sentence stands twice."""
    _, own, *_ = mgr(command, "--help", env={"COLUMNS": "200"}).out.split("\n\n")

    assert own.strip() == GROUPS[COMMANDS[command]][command]


def test_a_narrow_terminal_cuts_no_command(mgr_process: Ask) -> None:
    """Nor a sentence: what has no room in a line goes on in the next."""
    text = mgr_process("--help", env={"COLUMNS": "60"}).out
    lines = text.splitlines()

    assert "Make a complete entry for a model from its own config.json." in " ".join(text.split())

    assert max(map(len, lines)) <= 60
    assert {line.split()[0] for line in lines if re.match("  [a-z]", line)} >= {*COMMANDS}


@pytest.mark.parametrize("words", [[], ["schema"]])
def test_a_group_alone_answers_with_its_help(words: list[str], mgr: Ask) -> None:
    """On stdout, exit 0, also behind an option."""
    answer = mgr(*words)

    assert (answer.code, answer.err) == (0, "")
    assert answer == mgr(*words, "--help") == mgr("--color", "never", *words)


def test_an_unknown_command_gets_near_names(mgr: Ask) -> None:
    """Exit 2, in words of its own."""
    answer = mgr("lst")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "mgr: error: there is no command 'lst'; did you mean list?\nmgr: note: mgr --help shows what it takes\n"
    )


def test_an_unknown_option_names_what_is_near(mgr: Ask) -> None:
    """Exit 2; nothing on stdout."""
    answer = mgr("list", "--categry", "x")

    assert (answer.code, answer.out) == (2, "")
    assert "--categry" in answer.err
    assert "--category" in answer.err


def test_a_wrong_option_in_json_is_an_error_document(mgr: Ask) -> None:
    """One document on stdout, the sentence on stderr."""
    answer = mgr("list", "--json", "--categry", "x")

    document = json.loads(answer.out)
    assert (answer.code, set(document), document["format"]) == (2, {"format", "error", "message"}, "mgr.error/1")
    assert answer.err.splitlines()[0] == f"mgr: error: {document['message']}"


@pytest.mark.parametrize(
    ("arguments", "is_document"),
    [
        pytest.param(["list", "--format", "json", "--categry", "x"], True, id="two words"),
        pytest.param(["lst", "--format=json"], True, id="one word"),
        pytest.param(["list", "--format", "csv", "--categry", "x"], False, id="another format"),
        pytest.param(["show", "--", "a", "--json"], False, id="no option"),
    ],
)
def test_invalid_usage_in_the_format_json_is_an_error_document(
    arguments: list[str], is_document: bool, mgr: Ask
) -> None:
    """As under ``--json``."""
    answer = mgr(*arguments)

    assert answer.code == 2
    assert answer.out.startswith('{\n  "format": "mgr.error/1"') == is_document


def test_a_missing_registry_is_no_answer(mgr: Ask) -> None:
    """Exit 3, with the sentence that applications know."""
    answer = mgr("list", "--registry", "missing.json")

    assert (answer.code, answer.out, answer.err) == (3, "", "mgr: error: Registry not found: missing.json\n")


def test_a_registry_that_cannot_be_opened_is_no_answer(
    mgr: Ask, registry: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3, by the attempt to read it: what the system says of its rights beforehand is not asked."""
    registry({})
    monkeypatch.setattr(os, "access", lambda *_, **__: False)

    answer = mgr("list", "--registry", "registry.json/below")

    assert (answer.code, answer.out, answer.err.startswith("mgr: error: registry.json/below")) == (3, "", True)
    assert mgr("list", "-q", "--registry", "registry.json").out == "org/model\n"


def test_a_wide_terminal_costs_nothing(mgr_on_terminal: Ask, registry: Write) -> None:
    """Nothing is laid out for more than 1000 columns, whatever COLUMNS says."""
    registry({"description": "x" * 1200})

    lines = mgr_on_terminal("show", "org/model", env={"COLUMNS": str(10**9), "NO_COLOR": "1"}).out.splitlines()

    assert 900 < max(map(len, lines)) <= 1000


def test_help_names_arguments_without_the_types_of_python(mgr: Ask) -> None:
    """And a default as it is written."""
    texts = [mgr(*command.split(), "--help").out for command in ("list", "show", "validate", "lint", "diff")]

    assert re.findall(r"^  [A-Z]+(?:\.\.\.)?(?=  )", "".join(texts), re.MULTILINE) == [
        *("  WORDS...", "  ID", "  TASK", "  ID...", "  FILE...", "  OLD", "  NEW")
    ]
    assert [word for word in ("str", "Path", "path", "list[", "(text)") if f"<{word}" in "".join(texts)] == []
    assert "[default: table]" in texts[0]


def test_a_broken_registry_in_json_is_an_error_document(mgr: Ask, tmp_path: Path) -> None:
    """Exit 3; the facts have the place."""
    (tmp_path / "broken.json").write_text('{"version": ')

    answer = mgr("list", "--json", "--registry", "broken.json")

    document = json.loads(answer.out)
    assert answer.code == 3
    assert (document["error"], document["path"], document["line"]) == ("RegistryReadError", "broken.json", 1)
    assert answer.err == f"mgr: error: {document['message']}\n"


@pytest.mark.skipif(os.name == "nt", reason="names of files are texts there")
def test_a_file_name_that_is_no_text_is_told_in_json(mgr_process: Ask) -> None:
    """What cannot be encoded is written as an escape, and the document stays one."""
    answer = mgr_process("list", "--json", "--registry", os.fsdecode(b"a\xff.json"))

    assert (answer.code, json.loads(answer.out)["path"]) == (3, "a\udcff.json")


def test_a_missing_extra_is_no_answer(mgr_process: Ask, registry: Write, tmp_path: Path) -> None:
    """Exit 3, with the command that installs it; here, a Python that cannot find PyYAML."""
    registry({"id": "org/model"})
    (tmp_path / "mine.yaml").write_text("batch_size: 2")
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text("import sys\nsys.modules['yaml'] = None\n")
    path = os.pathsep.join(filter(None, (str(tmp_path / "without"), os.environ.get("PYTHONPATH"))))

    answer = mgr_process("defaults", "training", "org/model", "--overrides", "mine.yaml", env={"PYTHONPATH": path})

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == "mgr: error: PyYAML is not installed; in a checkout run: pip install '.[yaml]'\n"


def test_a_warning_is_one_line_of_talk(mgr: Ask, registry: Write) -> None:
    """The answer on stdout is not touched by it."""
    registry({"id": "org/model", "licence": "x"})

    answer = mgr("show", "org/model", "--json")

    assert json.loads(answer.out)["entry"]["id"] == "org/model"
    assert answer.err == (
        "mgr: warning: registry.json: unknown key 'licence' at /models/org~1model/licence is ignored; "
        "did you mean license?\n"
    )


def test_a_file_name_cannot_write_escapes(mgr: Ask) -> None:
    """What the user or a file named is talk like any other: visible."""
    assert mgr("list", "--registry", "a\x1b[2J").err == "mgr: error: Registry not found: a\\x1b[2J\n"


def test_which_registry_is_told_once_on_a_terminal_only(mgr: Ask, mgr_on_terminal: Ask, registry: Write) -> None:
    """And only where it is not the shipped one."""
    registry({"id": "org/model"})
    told = "mgr: note: registry registry.json, named by MGR_REGISTRY\n"

    assert mgr_on_terminal("list", "-q").out == f"{told}org/model\n"
    assert mgr("list", "-q").err == ""
    assert "mgr: note" not in mgr_on_terminal("list", "-q", env={"MGR_REGISTRY": ""}).out


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["show", "org/model"],
        ["categories"],
        ["list", "--help"],
        ["stats"],
        ["audit"],
        ["compare", "org/model", "org/other"],
    ],
)
def test_a_terminal_gets_no_escape_where_colour_is_refused(
    command: list[str], mgr_on_terminal: Ask, registry: Write
) -> None:
    """NO_COLOR wins over FORCE_COLOR; `never` and a dumb terminal refuse as well."""
    registry({"id": "org/model", "status": "deprecated"}, {"id": "org/other"})

    refusals = [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"NO_COLOR": "yes"}, {"TERM": "dumb"}]
    answers = [mgr_on_terminal(*command, env=env).out for env in refusals]
    answers.append(mgr_on_terminal(*command, "--color", "never").out)

    assert [ESCAPE.findall(answer) for answer in answers] == [[]] * 4


@pytest.mark.parametrize(
    "command",
    [["list"], ["show", "org/model"], ["categories"], ["stats"], ["audit"], ["compare", "org/model", "org/other"]],
)
def test_a_terminal_gets_colour(command: list[str], mgr_on_terminal: Ask, registry: Write) -> None:
    """An empty NO_COLOR refuses nothing."""
    registry({"id": "org/model", "status": "deprecated"}, {"id": "org/other"})

    assert ESCAPE.search(mgr_on_terminal(*command, env={"NO_COLOR": ""}).out)


@pytest.mark.parametrize(
    ("env", "options", "has_colour"),
    [
        pytest.param({}, [], False, id="a pipe alone"),
        pytest.param({"FORCE_COLOR": "1"}, [], True, id="forced"),
        pytest.param({"FORCE_COLOR": ""}, [], False, id="forced by an empty word"),
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False, id="refused and forced"),
        pytest.param({"NO_COLOR": "1"}, ["--color", "always"], True, id="asked for on this command line"),
        pytest.param({"FORCE_COLOR": "1"}, ["--color", "never"], False, id="refused on this command line"),
    ],
)
def test_a_pipe_gets_colour_only_where_asked(
    env: dict[str, str], options: list[str], has_colour: bool, mgr: Ask, registry: Write
) -> None:
    """An option wins over the environment, NO_COLOR over FORCE_COLOR."""
    registry({"id": "org/model"})

    assert bool(ESCAPE.search(mgr("list", *options, env=env).out)) == has_colour


@pytest.mark.parametrize("shape", ["json", "jsonl", "csv", "markdown", "ids"])
def test_formats_for_programs_have_no_colour(shape: str, mgr: Ask, registry: Write) -> None:
    """Even where it is asked for."""
    registry({"id": "org/model", "status": "deprecated"})

    assert not ESCAPE.search(mgr("list", "--format", shape, "--color", "always").out)


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    """`mgr list | head -1`: one line, nothing on stderr, and the exit code of the answer."""
    entries = {f"org/{number}-{'x' * 200}": None for number in range(2000)}
    template = json.loads((Path(__file__).parents[2] / "storage" / "models_registry.json").read_bytes())
    model = next(iter(template["models"].values()))
    template["models"] = {key: {**model, "id": key} for key in entries}
    (tmp_path / "large.json").write_text(json.dumps(template))

    process = subprocess.Popen(
        [*MGR, "list", "-q", "--registry", "large.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.stdout.close()
    _, talk = process.communicate()

    assert first.decode().strip() == next(iter(entries))
    assert (process.returncode, talk) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_an_answer_that_cannot_be_written_is_no_answer(arguments: list[str]) -> None:
    """A full disk is told, once, without a traceback."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123  (a device)
        done = subprocess.run([*MGR, *arguments], check=False, stdout=full, stderr=subprocess.PIPE)

    assert done.returncode == 3
    assert done.stderr.decode() == f"mgr: error: the answer cannot be written: {os.strerror(28)}\n"


def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    """Silently; here while another writer is waited for."""
    call = [sys.executable, "-c", INTERRUPTIBLE, "schema", "write", "made.json"]
    with locked(tmp_path / "made.json"):
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        answer, talk = process.communicate(timeout=60)

    assert (process.returncode, answer, talk) == (130, b"", b"")


@pytest.mark.parametrize(
    "env",
    [
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="the C locale as it is"),
        pytest.param({"LC_ALL": "C"}, id="the C locale"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="ASCII"),
        pytest.param({"PYTHONIOENCODING": "cp1252"}, id="a Windows code page"),
    ],
)
@pytest.mark.parametrize("command", [["list"], ["list", "--json"]])
def test_any_locale_will_do(command: list[str], env: dict[str, str], mgr_process: Ask, registry: Write) -> None:
    """What stdout cannot take is written as an escape."""
    registry({"id": "org/model", "name": "通义千问 🎨", "description": "通义千问 🎨"})

    answer = mgr_process(*command, env=env)

    assert (answer.code, answer.err) == (0, "")
    if command == ["list"] and env != {"LC_ALL": "C"}:
        assert r"\u901a\u4e49\u5343\u95ee \U0001f3a8" in answer.out
    if "--json" in command:
        assert json.loads(answer.out)["models"][0]["name"] == "通义千问 🎨"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("command", [["show", "org/model"], ["categories"], ["stats"], ["audit"]])
def test_any_encoding_will_do(command: list[str], encoding: str, registry: Write) -> None:
    """Whatever command writes."""
    registry({"id": "org/model", "name": "通义千问 🎨", "description": "通义千问 🎨"})

    answer = CliRunner(charset=encoding).invoke(app, command, prog_name="mgr", catch_exceptions=False)

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout_bytes.decode(encoding)
    assert command[0] != "show" or r"\u901a\u4e49\u5343\u95ee \U0001f3a8" in answer.stdout


@pytest.mark.usefixtures("starts")
def test_the_program_and_the_module_are_the_same(mgr: Ask, mgr_process: Ask) -> None:
    """`python -m model_garden_registry` answers and fails as `mgr` does, and calls itself so."""
    for arguments in (["list"], ["--version"], ["list", "--tga", "x"]):
        assert mgr_process(*arguments) == mgr(*arguments)


def test_a_terminal_shows_the_same(mgr_on_terminal: Ask, mgr_process_on_terminal: Ask, registry: Write) -> None:
    """In whatever process `mgr` is asked: with colours, notes and errors."""
    registry({"id": "org/model"})

    for arguments in (["list"], ["show", "org/model"], ["show", "org/modle"]):
        assert mgr_on_terminal(*arguments) == mgr_process_on_terminal(*arguments)


def test_the_entry_point_runs_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`main()` is what the installed `mgr` calls."""
    monkeypatch.setattr(sys, "argv", ["/usr/bin/whatever", "list", "--hlp"])
    main = import_module("model_garden_registry.cli").main

    with pytest.raises(SystemExit) as end:
        main()

    assert end.value.code == 2
    assert "mgr list --help" in capsys.readouterr().err


def offered(mgr: Ask, words: str) -> list[str]:
    """Give what bash is offered for the last of the words."""
    env = {"_MGR_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    answer = mgr(env=env)
    assert (answer.code, answer.err) == (0, "")
    return answer.out.split()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param("mgr ca", ["categories"], id="commands"),
        pytest.param("mgr list --cat", ["--category"], id="options"),
        pytest.param("mgr show org/m", ["org/model"], id="ids"),
        pytest.param("mgr defaults training org/", ["org/model"], id="ids after a task"),
        pytest.param("mgr compare org/other org/m", ["org/model"], id="ids after an id"),
        pytest.param("mgr show mod", ["model"], id="names of ids"),
        pytest.param("mgr validate training MOD", ["MODel"], id="names of ids in another case"),
        pytest.param("mgr show model/", [], id="no organisation of that name"),
        pytest.param("mgr audit org/m", ["org/model"], id="ids of an audit"),
        pytest.param("mgr audit --fail-on de", ["derived", "declared"], id="kinds of sources"),
        pytest.param("mgr list --size s", ["small"], id="sizes"),
        pytest.param("mgr defaults tr", ["training"], id="tasks"),
        pytest.param("mgr list --category v", ["vision-vlm"], id="categories"),
        pytest.param("mgr list --tag s", ["small"], id="tags"),
        pytest.param("mgr list --provider o", ["org"], id="providers"),
        pytest.param("mgr list --architecture l", ["llama"], id="architectures"),
        pytest.param("mgr list --status d", ["deprecated"], id="statuses"),
        pytest.param("mgr defaults training org/model --set lora_a", ["lora_alpha="], id="settings for training"),
        pytest.param("mgr defaults inference org/model --set lora_a", [], id="settings for inference"),
    ],
)
def test_a_shell_is_offered_what_exists(words: str, names: list[str], mgr: Ask, registry: Write) -> None:
    """Live from the registry in use; settings are those of the task."""
    registry({"id": "org/model"})

    assert offered(mgr, words) == names


def test_a_name_that_two_organisations_use_is_not_offered(mgr: Ask, registry: Write) -> None:
    """It would mean neither of them."""
    registry({"id": "a/same"}, {"id": "b/same"}, {"id": "b/sole"}, {"id": "slashless"})

    assert offered(mgr, "mgr show s") == ["slashless", "sole"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param("mgr fit training --gpu rtx-408", ["rtx-4080", "rtx-4080-super"], id="small letters"),
        pytest.param("mgr fit training --gpu RTX-408", ["RTX-4080", "RTX-4080-SUPER"], id="capitals"),
        pytest.param("mgr validate training a --gpu L4,rtx-5080", ["L4,rtx-5080"], id="behind a comma"),
        pytest.param("mgr fit training --gpu nonsense", [], id="no such name"),
    ],
)
def test_a_shell_is_offered_gpus_without_blanks(words: str, names: list[str], mgr: Ask) -> None:
    """Every one is understood."""
    found = offered(mgr, words)

    assert [name for name in found if not re.search("(?i)laptop|mobile|-d$", name)] == names
    assert all(known_gpu(name.rpartition(",")[2]) for name in found)


def test_a_shell_is_offered_nothing_behind_what_is_no_command(mgr: Ask) -> None:
    """Nobody knows what it would take."""
    assert offered(mgr, "mgr nonsense --g") == []


def test_a_table_of_gpus_that_cannot_be_read_offers_none(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silently, as everything that a shell asks for."""

    def refuse() -> tuple[str, ...]:
        raise OSError("gone")

    monkeypatch.setattr("model_garden_registry.hardware.known_gpus.known_gpu_names", refuse)

    assert offered(mgr, "mgr fit training --gpu L") == []


def test_a_quoted_gpu_is_completed(mgr: Ask) -> None:
    """Within quotation marks a blank stays one."""
    env = {"_MGR_COMPLETE": "complete_bash", "COMP_WORDS": "mgr fit training --gpu 'RTX 509", "COMP_CWORD": "4"}

    assert "RTX 5090" in mgr(env=env).out.splitlines()


def test_a_shell_is_offered_what_the_named_registry_has(mgr: Ask, other: Path) -> None:
    """`--registry` counts while completing too."""
    assert offered(mgr, f"mgr --registry {other.name} show org/") == ["org/other"]


def test_completion_is_silent_where_nothing_can_be_offered(mgr: Ask, registry: Write) -> None:
    """No registry, or entries that are not valid: no word on either stream, no exception."""
    registry({"id": "org/bad", "name": 1})

    assert offered(mgr, "mgr list --tag s") == []
    assert offered(mgr, "mgr --registry missing.json show o") == []


def test_a_shell_is_never_offered_what_it_would_run(mgr: Ask, registry: Write) -> None:
    """Names with quotes, spaces or dollar signs have to be typed."""
    registry({"id": "org/$(touch x)"}, {"id": "org/`x`"}, {"id": "org/a b"}, {"id": "org/fine"})

    assert offered(mgr, "mgr show org/") == ["org/fine"]


def test_a_shell_is_never_offered_an_option_as_a_name(mgr: Ask, registry: Write) -> None:
    """What begins with a hyphen or, for zsh, with an equals sign has to be typed."""
    registry({"provider": "--set"}, {"id": "a", "provider": "=ls"}, {"id": "b", "provider": "a=-b"})

    assert offered(mgr, "mgr list --provider ") == ["a=-b"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown(shell: str, mgr_process: Ask) -> None:
    """A script for the shell; it calls `mgr`."""
    answer = mgr_process("--show-completion", env={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"})
    script = mgr_process(env={"_MGR_COMPLETE": f"source_{shell}"})

    assert answer.code == 2  # without detection a shell has to be named
    assert (script.code, "_MGR_COMPLETE" in script.out) == (0, True)
