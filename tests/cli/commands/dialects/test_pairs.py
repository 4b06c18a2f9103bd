"""``mgr export train+serve``, through the real program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up_tool import WEAVER

from model_garden_registry.dialects import targets as targets_module
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.rules import same
from model_garden_registry.entries.settings.task_settings import InferenceSettings, setting_fields
from model_garden_registry.files.yaml_text import parse_yaml
from model_garden_registry.registry import pairing

Ask = Callable[..., Any]

MODEL = "Qwen/Qwen3-8B"


class _Server(Dialect):
    """A made-up server with the words of the made-up tool."""

    @property
    def vocabulary(self) -> Any:
        """The made-up tool's words."""
        return WEAVER.vocabulary


SERVER = _Server(
    name="loom",
    task="inference",
    model_key="model",
    rules=(same("length", "max_model_len"), same("rows", "served_loras"), same("adapter.rank", "max_lora_rank")),
    forms=("json",),
    marks=frozenset(),
    constants={"engine": "vllm"},
    refuses_unknown=True,
    unsaid=dict.fromkeys(setting_fields(InferenceSettings), "a load"),
)


@pytest.fixture(autouse=True)
def _tools(weaver: Dialect, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = replace(weaver, unsaid={**weaver.unsaid, "trains_embeddings": "", "method": ""})
    monkeypatch.setattr(targets_module, "DIALECTS", (trainer, SERVER))
    monkeypatch.setattr(pairing, "ADAPTER_KEYS", {"loom": "mirror"})


@pytest.fixture
def pair(mgr: Ask) -> Ask:
    """Ask ``mgr export train+serve`` for the made-up tool and the made-up server."""
    return lambda *more: mgr("export", "train+serve", MODEL, "--train", "weaver", "--serve", "loom", *more)


def said(path: Path) -> dict[str, Any]:
    """Return what a file says."""
    found = parse_yaml(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_two_files_are_written(pair: Ask, tmp_path: Path) -> None:
    """Each setting is for the task that has it; what lies between them is said."""
    answer = pair("-o", "qwen", "--set", "r=24", "--set", "max_model_len=4096")

    assert (answer.code, answer.out) == (0, "")
    assert said(tmp_path / "qwen" / "train.yaml")["adapter.rank"] == 24
    serving = said(tmp_path / "qwen" / "serve.json")
    assert (serving["adapter.rank"], serving["length"], serving["mirror"]) == (32, 4096, ["tuned=outputs"])
    assert "mgr: note: train: run: weaver FILE\n" in answer.err
    assert "mgr: note: training saves the adapter in outputs; requests name it as tuned\n" in answer.err
    assert "mgr: note: wrote qwen/serve.json\n" in answer.err.replace("\\", "/")


def test_what_is_there_stays(pair: Ask, tmp_path: Path) -> None:
    """Unless it is forced."""
    assert pair("-o", "qwen", "-q").err == ""

    refused = pair("-o", "qwen")
    assert refused.code == 2
    assert "exists; --force overwrites it" in refused.err
    assert pair("-o", "qwen", "--force", "--merged", "-q").code == 0
    assert said(tmp_path / "qwen" / "serve.json")["model"] == "outputs/merged"


def test_both_files_are_written_or_none(pair: Ask, tmp_path: Path) -> None:
    """Where one of them is there already, the other is not left behind."""
    folder = tmp_path / "half"
    folder.mkdir()
    there = next(path for path in written_names(pair, tmp_path / "whole") if path.startswith("serve"))
    (folder / there).write_text("mine", encoding="utf-8")

    refused = pair("-o", folder)

    assert refused.code == 2
    assert [path.name for path in folder.iterdir()] == [there]
    assert (folder / there).read_text(encoding="utf-8") == "mine"


def written_names(pair: Ask, folder: Path) -> list[str]:
    """Return what a pair is written as."""
    assert pair("-o", folder).code == 0
    return [path.name for path in folder.iterdir()]


def test_full_training_has_no_adapter(pair: Ask, tmp_path: Path) -> None:
    """``--method`` is a setting of training."""
    assert pair("-o", "qwen", "--method", "full").code == 0
    assert said(tmp_path / "qwen" / "serve.json")["model"] == "outputs"


def test_what_the_engine_cannot_load_is_refused(pair: Ask, tmp_path: Path) -> None:
    """No file is written."""
    answer = pair("-o", "qwen", "--set", "trains_embeddings=true")

    assert answer.code == 1
    assert "cannot be exported for train+serve: " in answer.err
    assert not (tmp_path / "qwen").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(("--serve", "loom", "-o", "x"), "--train: name a target", id="no tool"),
        pytest.param(
            ("--train", "weavr", "--serve", "loom", "-o", "x"), "no target 'weavr'; did you mean weaver", id="a slip"
        ),
        pytest.param(("--train", "weaver", "--serve", "loom"), "name a model and a folder", id="no folder"),
        pytest.param(("--train", "weaver", "--serve", "loom", "-o", "x", "--json"), "--json: not for", id="JSON"),
        pytest.param(
            ("--train", "weaver", "--serve", "loom", "-o", "x", "--stack", "trl"), "--stack: not for", id="a stack"
        ),
        pytest.param(("--train", "weaver", "--serve", "loom", "-o", "x", "--set", "rr=1"), "rr", id="no setting"),
    ],
)
def test_other_uses_are_refused(mgr: Ask, arguments: tuple[str, ...], problem: str) -> None:
    """With what is missing, or too much."""
    answer = mgr("export", "train+serve", MODEL, *arguments)

    assert answer.code == 2
    assert problem in answer.err


def test_its_options_are_for_it_alone(mgr: Ask) -> None:
    """One file has no pair."""
    answer = mgr("export", "weaver", MODEL, "--train", "weaver")

    assert answer.code == 2
    assert "--train: only for train+serve" in answer.err
