"""``mgr registry scan``: models on this machine, and which of them the registry has."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub_stand_in import hub
from small_llama import CONFIG

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch, registry: Callable[..., Path]) -> None:
    """Make an empty cache, and a folder of models, the ones that are found."""
    registry({"id": "org/model"})
    monkeypatch.setenv("HF_HUB_CACHE", "hub")
    for name in ("runs/owl", "runs/lora"):
        Path(name).mkdir(parents=True)
    Path("runs/owl/config.json").write_text(json.dumps(CONFIG))
    Path("runs/owl/model.safetensors").write_bytes(b"x" * 5_000_000)
    Path("runs/lora/adapter_config.json").write_text('{"base_model_name_or_path": "org/model"}')


COMMAND = "mgr new own/owl --config runs/owl/config.json --write"


def test_before_the_command_comes_a_registry_of_one_s_own(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped one is not written."""
    monkeypatch.delenv("MGR_REGISTRY", raising=False)
    Path("storage/models_registry.json").unlink(missing_ok=True)

    answer = mgr("registry", "scan", "runs")

    assert f"    {COMMAND}\n" in answer.out
    assert answer.err.startswith(
        "mgr: note: the shipped registry is read-only: before mgr new --write, mgr registry init"
    )


def test_each_model_is_a_line(mgr: Ask) -> None:
    """Below it the command that adds it."""
    answer = mgr("registry", "scan", "runs")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        f"2 models, 0.01 GB, in hub (not there), runs\n"
        f"own/lora     0 GB  adapter of org/model\n"
        f"own/owl   0.01 GB  not in the registry\n"
        f"    {COMMAND}\n"
    )


def test_the_command_adds_the_model(mgr: Ask) -> None:
    """As it stands there."""
    Path("runs/owl/model.safetensors.index.json").write_text('{"weight_map": {"a": "gone.safetensors"}}')
    before = mgr("registry", "scan", "runs").out.splitlines()
    command = before[-1].replace("--index runs/owl/model.safetensors.index.json ", "").strip()

    added = mgr(*shlex.split(command)[1:])
    after = mgr("registry", "scan", "runs").out

    assert before[-2] == "    broken: model.safetensors.index.json names gone.safetensors, which is not there"
    assert added.code == 0
    assert "own/owl   0.01 GB  in the registry\n" in after
    assert "mgr new" not in after


def test_a_cache_alone_is_the_default(mgr: Ask) -> None:
    """One that is not there has no models."""
    answer = mgr("registry", "scan")

    assert (answer.code, answer.out) == (0, "0 models, 0 GB, in hub (not there)\n")


def test_an_alias_is_named(mgr: Ask, registry: Callable[..., Path]) -> None:
    """With the entry that it means; a model without weights says so."""
    registry({"id": "org/model", "aliases": ["org/old"]})
    Path("hub/models--org--old").mkdir(parents=True)

    answer = mgr("registry", "scan")

    assert answer.out == (
        "1 model, 0 GB, in hub\norg/old  0 GB  in the registry as org/model; no weights were downloaded\n"
    )


def test_a_folder_that_is_not_there_is_no_answer(mgr: Ask) -> None:
    """One line."""
    answer = mgr("registry", "scan", "gone")

    assert (answer.code, answer.out, answer.err) == (3, "", "mgr: error: gone: is not a folder\n")


def test_json_has_the_same(mgr: Ask) -> None:
    """Every model with its folder."""
    document = json.loads(mgr("registry", "scan", "runs", "--json").out)

    assert (document["format"], document["cache"]) == ("mgr.scan/1", "hub")
    assert document["models"][1] == {
        "id": "own/owl",
        "path": "runs/owl",
        "source": "folder",
        "size_gb": 0.005,
        "entry": None,
        "broken": [],
        "command": COMMAND,
    }


def test_new_models_of_the_hub_are_drafted(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready to paste; what could not be drafted is told on stderr."""
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    listed = {
        "acme": [{"id": "acme/Owl-1B"}, {"id": "acme/lost"}, {"id": "acme/owl-image", "pipeline_tag": "text-to-image"}]
    }
    with hub({"acme/Owl-1B": {"config.json": json.dumps(CONFIG).encode()}}, {**listed, "none": []}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        answer, nothing = mgr("registry", "scan", "--hub", "acme"), mgr("registry", "scan", "--hub", "none")

    entries = json.loads(answer.out)
    assert (answer.code, {*entries}, entries["acme/Owl-1B"]["status"]) == (0, {"acme/Owl-1B"}, "experimental")
    warning, note = answer.err.splitlines()
    assert warning.startswith(f"mgr: warning: acme/lost: no draft: {address}: gives no answer: ")
    assert note == "mgr: note: 1 draft; 1 other model of acme: known, or not for text"
    assert (nothing.code, nothing.out, nothing.err) == (
        0,
        "",
        "mgr: note: 0 drafts; 0 other models of none: known, or not for text\n",
    )


def test_folders_and_the_hub_are_two_questions(mgr: Ask) -> None:
    """Invalid usage."""
    answer = mgr("registry", "scan", "runs", "--hub", "acme")

    assert (answer.code, answer.out) == (2, "")
    assert "name folders, or an organisation with --hub, and not both" in answer.err


def test_nothing_is_asked_of_a_network(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless `--hub` is given; the library of the Hub is not imported either."""

    def refuse(*_asked: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    assert mgr("registry", "scan", "runs").code == 0
