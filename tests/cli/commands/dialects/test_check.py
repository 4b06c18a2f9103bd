"""``mgr check``, through the real program."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Ask = Callable[..., Any]
Write = Callable[..., Path]

MODEL = "Qwen/Qwen3-8B"
#: Fits an L4 with one row, and not with 64.
FITTING = (f"model: {MODEL}", "length: 512", "rate: 0.0002", "rows: 1")
TOO_LARGE = (*FITTING[:3], "rows: 64")

#: The shape of Qwen3-8B.
CONFIG = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
    "max_position_embeddings": 40960,
    "torch_dtype": "bfloat16",
}

pytestmark = pytest.mark.usefixtures("weaver")


@pytest.fixture
def check(mgr: Ask) -> Ask:
    """Ask ``mgr check``."""
    return lambda *arguments, **more: mgr("check", *arguments, **more)


def test_a_file_that_fits_is_ok(check: Ask, write: Write) -> None:
    """The verdict with its numbers, whose words it has, and what became of its keys."""
    answer = check(write(*FITTING, "log_to: here"), "--gpu", "H200")
    verdict, about, keys, empty, judged = answer.out.splitlines()

    assert (answer.code, answer.err, empty) == (0, "", "")
    assert re.fullmatch(
        r"ok +weaver.yaml  training, LoRA, TRL [0-9.]+, batch 1 x 512 tokens: "
        r"[0-9.]+ GB expected, [0-9.]+ safe, of 1[0-9.]+ GB \(\d+ %\)",
        verdict,
    )
    assert about == f"  Weaver 1.2.0; {MODEL}"
    assert keys == "  keys: 4 understood, 1 without influence, 0 not followed, 0 unknown"
    assert judged == "H200 141GB judged from the table of known GPUs, not this host; RAM is not judged."


def test_what_does_not_fit_is_refused_at_the_line_that_says_it(check: Ask, write: Write) -> None:
    """With remedies in the words of the file."""
    answer = check(write(*TOO_LARGE), "--gpu", "L4", "--quiet")

    assert answer.code == 1
    assert re.search(r"^weaver\.yaml:4:1: fail: GPU 0 \(L4\) has .* \[vram-low\]$", answer.out, re.MULTILINE)
    assert re.search(r"^  would pass: .*\brows=\d+ ", answer.out, re.MULTILINE)
    assert "batch_size" not in answer.out


def test_every_problem_of_a_file_is_named_at_once(check: Ask, write: Write) -> None:
    """Typos with near names, keys that are gone, values that the tool or the model refuses, what is not followed."""
    path = write(
        f"model: {MODEL}", "rowz: 1", "lines: 2", "rate: many", "kernel: fast", "length: 16", "mirror: true", "rows: 1"
    )
    answer = check(path, "--skip-hardware")

    assert answer.code == 1
    for number, beginning in enumerate(
        (
            "fail: rowz is not a key of Weaver 1.2.0, which refuses it; did you mean rows? [key-unknown]",
            "fail: lines was removed, and Weaver 1.2.0 refuses it: write rows, since 1.0 [key-retired]",
            "fail: rate takes a number, not 'many' [key-value]",
            "fail: kernel ",
            "fail: length = 16: ",
            "warning: mirror is not followed: keeps a second copy of the weights [key-not-followed]",
        ),
        2,
    ):
        assert f"weaver.yaml:{number}:1: {beginning}" in answer.out
    assert "keys: 3 understood, 0 without influence, 1 not followed (mirror), 2 unknown (rowz, lines)" in answer.out


def test_reasons_are_given_where_they_are_asked_for(check: Ask, write: Write) -> None:
    """For every key that became no setting."""
    answer = check(write(*FITTING, "log_to: x", "mirror: false", "rowz: 1"), "--skip-hardware", "--explain")

    assert answer.out.partition("unknown (rowz)\n")[2].partition("\n\n")[0].splitlines() == [
        "  without influence:",
        "    log_to: logging",
        "  not followed:",
        "    mirror: keeps a second copy of the weights",
        "  unknown:",
        "    rowz: rows",
    ]


@pytest.mark.parametrize(
    ("line", "arguments", "about"),
    [
        pytest.param("model: qwen3-8b", (), f"{MODEL}, written 'qwen3-8b' (by its name alone)", id="a name"),
        pytest.param(
            f"model: https://huggingface.co/{MODEL}",
            (),
            f"{MODEL}, written 'https://huggingface.co/{MODEL}' (within an address or a path)",
            id="an address",
        ),
        pytest.param(
            "model: ./mine", ("--model", MODEL), f"{MODEL}, as --model says, instead of './mine'", id="a path"
        ),
        pytest.param("rate: 0.1", ("--model", "qwen3-8b"), f"{MODEL}, as --model says", id="none"),
        pytest.param("model: ./mine", (), "model './mine', which is not in the registry", id="a path alone"),
        pytest.param("rate: 0.1", (), "no model", id="none at all"),
    ],
)
def test_how_the_model_was_found_is_said(
    line: str, arguments: tuple[str, ...], about: str, check: Ask, write: Write
) -> None:
    """Where none was, the verdict is unknown, and the finding says how to name one."""
    answer = check(write("rows: 1", line), "--skip-hardware", *arguments)

    assert f"  Weaver 1.2.0; {about}\n" in answer.out
    assert (answer.code, "--model ID" in answer.out) == ((0, False) if MODEL in about else (3, True))


def test_a_model_that_the_registry_has_not_is_refused_where_it_is_named_by_hand(check: Ask, write: Write) -> None:
    """As for every other command."""
    assert check(write("rows: 1"), "--model", "no/such").code == 2


def test_several_gpus_are_a_verdict_each(check: Ask, write: Write) -> None:
    """What is wrong with the file is said once, and the code is the worst of them."""
    answer = check(write(*TOO_LARGE, "rowz: 1"), "--gpu", "L4,H200")

    heads = re.findall(r"^(\w+) +weaver.yaml on (L4|H200 141GB)  ", answer.out, re.MULTILINE)
    assert heads == [("fail", "L4"), ("fail", "H200 141GB")]
    assert answer.out.count("rowz is not a key of Weaver") == 1
    assert answer.out.count("keys: ") == answer.out.count("Weaver 1.2.0; ") == 1
    assert answer.code == 1


def test_several_files_are_a_block_each(check: Ask, write: Write) -> None:
    """The code is the first of 2, 3, 1, 0 that occurs; what is no tool's has one line."""
    good, large = write(*FITTING, name="good.yaml"), write(*TOO_LARGE, name="large.yml")
    nameless, other = write("rows: 1", name="nameless.yaml"), write("a: 1", name="other.yaml")

    def ask(*files: Path) -> Any:
        return check(*files, "--gpu", "L4")

    answer = ask(good, large, nameless, other)
    assert answer.code == 2
    assert "\nno answer  other.yaml: is not a file of a known tool (weaver)\n" in answer.out
    assert [ask(good, large).code, ask(good, nameless, large).code, ask(good).code] == [1, 3, 0]
    assert ask(other) == type(answer)(2, "", "mgr: error: other.yaml: is not a file of a known tool (weaver)\n")


def test_a_hook_passes_over_files_of_others(check: Ask, write: Write) -> None:
    """Also what is not in the language that its name says; what cannot be opened is an error all the same."""
    others = (write("a: 1", name="other.yaml"), write("a: [", name="broken.yaml"), write("x", name="notes.txt"))

    alone, quiet = check(*others, "--ignore-others"), check(*others, "--ignore-others", "--quiet")
    beside = check(*others, write(*TOO_LARGE), "--ignore-others", "--gpu", "L4")

    assert (alone.code, alone.out, alone.err) == (0, "", "mgr: note: 3 files of no known tool skipped\n")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert beside.code == 1
    assert check("gone.yaml", "--ignore-others").code == 2


def test_warnings_fail_only_where_they_are_to(check: Ask, write: Write) -> None:
    """``--strict`` as for ``mgr validate``; and hardware that was not looked at."""
    path = write(*FITTING, "mirror: true")

    assert check(path, "--skip-hardware").code == 0
    assert check(path, "--skip-hardware", "--strict").code == 1
    assert check(write(*FITTING), "--skip-hardware", "--require-gpu").code == 1


def test_the_machine_may_be_one_that_was_written_down(check: Ask, mgr: Ask, write: Write) -> None:
    """And what is not free now may count."""
    write(mgr("hardware", "--json").out, name="machine.json")

    answer = check(write(*FITTING), "--hardware", "machine.json", "--now")

    assert answer.code == mgr("validate", "training", MODEL, "--hardware", "machine.json", "--now").code
    assert check(write(*FITTING), "--hardware", "machine.json", "--gpu", "L4").code == 2


def test_a_deprecated_model_passes_where_it_may(check: Ask, registry: Callable[..., Path], write: Write) -> None:
    """As for ``mgr validate``."""
    registry({"status": "deprecated"})
    path = write("rows: 1", "model: org/model")

    assert check(path, "--skip-hardware").code == 1
    assert check(path, "--skip-hardware", "--allow-deprecated").code == 0


def test_an_entry_that_is_not_valid_gives_no_answer(check: Ask, registry: Callable[..., Path], write: Write) -> None:
    """About its file; others are judged."""
    registry({"id": "org/model"}, {"id": "org/bad", "name": 4})
    bad, good = write("rows: 1", "model: org/bad", name="bad.yaml"), write("rows: 1", "model: org/model")

    answer = check(bad, good, "--skip-hardware")

    assert answer.code == 3
    assert "no answer  entry 'org/bad' is not valid" in answer.out
    assert "not-checked  weaver.yaml" in answer.out


def test_the_document_has_every_key_with_what_became_of_it(check: Ask, write: Write) -> None:
    """One document for one file and for several; a file without an answer stands there as its error."""
    path = write(*TOO_LARGE, "log_to: x", "mirror: true", "rowz: 1")
    answer = check(path, write("a: 1", name="other.yaml"), "--gpu", "L4", "--json")
    document = json.loads(answer.out)
    found, error = document["configs"]

    assert (answer.code, document["format"], document["verdict"]) == (2, "mgr.check/1", "fail")
    assert [found[name] for name in ("file", "line", "tool", "version", "task", "gpu")] == [
        *("weaver.yaml", None, "weaver", "1.2.0", "training", None)
    ]
    assert found["model"] == {"written": MODEL, "id": MODEL, "how": "exact"}
    assert found["keys"]["understood"][3] == {
        "key": "rows",
        "value": 64,
        "line": 4,
        "column": 1,
        "settings": ["batch_size"],
    }
    assert [(key["key"], key["reason"]) for key in found["keys"]["unknown"]] == [("rowz", "rows")]
    assert "rows" in found["remedies"][0]["changes"]
    assert "batch_size" in found["report"]["remedies"][0]["changes"]
    assert {finding["line"] for finding in found["report"]["findings"] if finding["severity"] == "fail"} == {4, 7}
    assert (error["error"], error["path"]) == ("UnrecognisedFileError", "other.yaml")
    alone = check("other.yaml", "--format", "json")
    assert (alone.code, json.loads(alone.out)["format"]) == (2, "mgr.error/1")


def test_annotations_stand_beside_the_lines_of_the_file(check: Ask, write: Write) -> None:
    """Of GitHub and of code scanning; an error of a file as well."""
    files = (write(*TOO_LARGE), write("a: 1", "b: [", name="broken.yaml"))
    github = check(*files, "--gpu", "L4", "--format", "github")
    sarif = json.loads(check(*files, "--gpu", "L4", "--format", "sarif").out)["runs"][0]

    assert github.code == 2
    assert "::error file=weaver.yaml,line=4,col=1,title=vram-low · weaver.yaml" in github.out
    assert "%0Awould pass: rows=" in github.out
    assert re.search(
        r"^::error file=broken.yaml,line=\d+,col=\d+,title=UnrecognisedFileError::", github.out, re.MULTILINE
    )
    (low,) = (result for result in sarif["results"] if result["ruleId"] == "vram-low")
    assert low["locations"][0]["physicalLocation"]["region"] == {"startLine": 4, "startColumn": 1}
    assert sarif["invocations"][0]["toolExecutionNotifications"][0]["descriptor"]["id"] == "UnrecognisedFileError"


def test_a_file_is_a_test_case_of_junit(check: Ask, write: Write) -> None:
    """With each of several GPUs."""
    suite = ElementTree.fromstring(check(write(*TOO_LARGE), "--gpu", "L4,H200", "--format", "junit").out)

    assert [case.attrib["name"] for case in suite.iter("testcase")] == [
        "weaver.yaml on L4",
        "weaver.yaml on H200 141GB",
    ]
    assert [case.attrib.get("line") for case in suite.iter("testcase")] == ["4", None]


def test_a_terminal_breaks_no_line_within_a_word(mgr_on_terminal: Ask, tmp_path: Path) -> None:
    """And what is long goes on in the next, further in."""
    (tmp_path / "run.yaml").write_text(
        f"base_model: {MODEL}\nmicro_batch_size: 1\nadapter: lora\nlora_r: 8\n", encoding="utf-8"
    )

    answer = mgr_on_terminal("check", "run.yaml", "--gpu", "L4", env={"NO_COLOR": "1"})

    assert max(map(len, answer.out.splitlines())) <= 80


def test_without_the_library_for_yaml_there_is_no_answer(
    check: Ask, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to install is said."""
    monkeypatch.setitem(sys.modules, "yaml", None)

    answer = check(write(*FITTING))

    assert answer.code == 3
    assert "pip install '.[yaml]'" in answer.err


def test_a_model_that_the_registry_has_not_is_judged_by_its_config(check: Ask, write: Write, tmp_path: Path) -> None:
    """What the file calls a path is what config.json says; the two ways to name a model exclude each other."""
    path = write("model: ./checkpoints/step 3", *FITTING[1:])
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")

    without = check(path, "--skip-hardware")
    answer = check(path, "--config", str(config), "--gpu", "H200")
    both = check(path, "--config", str(config), "--model", MODEL)
    missing = check(path, "--config", str(tmp_path / "none.json"))

    assert without.code == 3
    assert "or give its config.json with --config" in without.out
    assert answer.code == 0
    assert "Weaver 1.2.0; own/step-3" in answer.out
    assert "not both" in both.err
    assert both.code == 2
    assert missing.code == 2
    assert "none.json" in missing.err


@pytest.mark.parametrize(("name", "task"), [(MODEL, "training"), ("Qwen/Qwen3-8B-AWQ", "inference")])
def test_a_model_where_a_file_belongs_is_told_its_command(check: Ask, name: str, task: str) -> None:
    """Other tools check models; what is neither is a file that is not there."""
    answer = check(name)

    assert answer.code == 2
    assert f"mgr: note: {name} is a model: mgr validate {task} {name}" in answer.err
    assert f"mgr: error: {name}: no such file" in answer.err
    assert "is a model" not in check(f"{name}x").err
