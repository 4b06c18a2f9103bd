"""``--overrides`` with files of ours and of other tools, through the real program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry.dialects import reading, targets
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.reading import config_of

Ask = Callable[..., Any]

MODEL = "Qwen/Qwen3-8B"
FILE = f"model: {MODEL}\nrows: 3\nadapter: {{rank: 4}}\n"


@pytest.fixture(autouse=True)
def _weaver(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the made-up tool be the only one."""
    with words_below(tmp_path_factory.mktemp("words")):
        monkeypatch.setattr(targets, "DIALECTS", (WEAVER,))
        yield


def test_a_file_of_another_tool_is_taken_with_its_defaults(mgr: Ask, tmp_path: Path) -> None:
    """The settings are those of a run with that file: what it says, and what the tool does where it is silent."""
    (tmp_path / "w.yaml").write_text(FILE, encoding="utf-8")

    answer = mgr("defaults", "training", MODEL, "--overrides", "w.yaml", "--explain", "--json")
    document = json.loads(answer.out)

    assert answer.err == f"mgr: note: w.yaml: settings of Weaver 1.2.0, written for {MODEL}\n"
    assert (document["settings"]["batch_size"], document["settings"]["lora_config"]["r"]) == (3, 4)
    assert document["origins"]["batch_size"] == {"kind": "file", "detail": "w.yaml:2: rows"}
    assert document["settings"]["learning_rate"] == 0.001
    assert document["origins"]["learning_rate"]["detail"] == "default of Weaver 1.2.0"
    assert document["settings"]["stack"] == "trl"


def test_an_export_takes_only_what_the_file_says(mgr: Ask, tmp_path: Path) -> None:
    """So one tool's file becomes another's: silence of the one is not said by the other, nor its stack."""
    (tmp_path / "w.yaml").write_text(f"model: {MODEL}\nrows: 3\n", encoding="utf-8")

    made = json.loads(mgr("export", "weaver", MODEL, "--overrides", "w.yaml", "--format", "json").out)
    own = json.loads(mgr("export", "weaver", MODEL, "--format", "json").out)

    assert made == {**own, "rows": 3}


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        pytest.param("o.yaml", "batch_size: 5\n", 5, id="names of settings"),
        pytest.param("o.json", '{"hyperparameters": {"batch_size": 5}}', 5, id="as an entry has them"),
        pytest.param("o.toml", "batch_size = 5\n", 5, id="TOML"),
        pytest.param("o.yaml", "", 4, id="nothing"),
    ],
)
def test_a_file_of_ours_is_one_first(name: str, text: str, rows: int, mgr: Ask, tmp_path: Path) -> None:
    """Whatever another tool would make of it."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    answer = mgr("defaults", "training", MODEL, "--overrides", name, "--json")

    assert (json.loads(answer.out)["settings"]["batch_size"], answer.err) == (rows, "")


@pytest.mark.parametrize(
    ("name", "text", "arguments", "problem"),
    [
        ("w.yaml", FILE, ("inference",), "w.yaml: a file for training (Weaver 1.2.0) has no settings for inference"),
        ("o.yaml", "max_num_seqs: 4\n", ("training",), "max_num_seqs = 4 is not valid"),
        ("o.yaml", "batch_siz: 4\n", ("training",), "unknown setting 'batch_siz'"),
        ("o.yaml", "rows: [\n", ("training",), "is not YAML"),
        ("o.txt", "rows", ("training",), "its name must end in .json, .toml, .yaml or .yml"),
        ("w.yaml", "rows: 0\nlength: many\n", ("training",), "w.yaml:1:1: rows must be at least 1, not 0 (and 1 more)"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(
    name: str, text: str, arguments: tuple[str, ...], problem: str, mgr: Ask, tmp_path: Path
) -> None:
    """Of ours in our words, of another tool's in its own."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    answer = mgr("validate", *arguments, MODEL, "--skip-hardware", "--overrides", name)

    assert (answer.code, answer.out) == (2, "")
    assert problem in answer.err.splitlines()[0]


def test_what_is_not_followed_is_a_warning(mgr: Ask, tmp_path: Path) -> None:
    """With its line; the rest counts."""
    (tmp_path / "w.yaml").write_text("rows: 3\nmirror: true\n", encoding="utf-8")

    answer = mgr("estimate", "training", MODEL, "--overrides", "w.yaml")

    assert answer.code == 0
    assert answer.err.splitlines() == [
        "mgr: note: w.yaml: settings of Weaver 1.2.0",
        "mgr: warning: w.yaml:2:1: mirror is not followed: keeps a second copy of the weights",
    ]


def test_a_file_with_several_commands_says_no_one_thing(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them would be another run."""
    commands = tuple(config_of(Path("run.sh"), WEAVER, [Item("rows", 1, line, 1)], line=line) for line in (2, 5))
    monkeypatch.setattr(reading, "read_configs", lambda _: commands)

    answer = mgr("defaults", "training", MODEL, "--overrides", "run.sh")

    assert answer.code == 2
    assert "run.sh: has 2 commands, at lines 2, 5; mgr check judges each" in answer.err
