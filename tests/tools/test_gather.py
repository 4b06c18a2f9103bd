"""Facts gathered from public sources: read, kept, compared."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.gather import __main__ as program
from tools.gather import (
    hub,
    kaito_catalog,
    training_examples,
    transformers_configs,
    unsloth_mapper,
    unsloth_notebooks,
    vllm_recipes,
)
from tools.gather.gathered import Gathered, changes, conflicts, read_gathered
from tools.gather.trees import Origin, open_tree

RECIPE = """
meta: {date_added: 2026-06-03, tasks: [text, multimodal]}
model:
  model_id: org/net-12B
  parameter_count: 12B
  context_length: 131072
  min_vllm_version: 0.23.0
  base_args: [--trust-remote-code]
features:
  tools: {args: [--enable-auto-tool-choice, --tool-call-parser, net]}
  thinking: {args: [--reasoning-parser]}
variants:
  default: {precision: bf16, vram_minimum_gb: 29}
  small: {model_id: org/net-12B-w4a16, precision: int4, vram_minimum_gb: 9}
"""
MAPPER = """
__INT_TO_FLOAT_MAPPER = {
    "unsloth/net-unsloth-bnb-4bit": ("unsloth/net", "org/net", "unsloth/net-bnb-4bit"),
    "unsloth/own": ("unsloth/own",),
    "unsloth/a-bnb-4bit": {"8": ("org/a-FP8", None, "unsloth/a-FP8"), "16": ("unsloth/a", "org/a")},
    "unsloth/none-bnb-4bit": (),
}
"""
CONFIG = '''
@auto_docstring(checkpoint="org/net-8B")
@strict
class NetConfig(PreTrainedConfig):
    model_type = "net"
    vocab_size: int = 1000
    num_hidden_layers: int = 4
    head_dim: int | None = None
    layer_types: list[str] | None = None
    first = second = 3

class OlderConfig(PreTrainedConfig):
    """Like [org/older](https://huggingface.co/org/older)."""
    model_type = "older"
    vocab_size = 10
    num_hidden_layers = 2

class TowerConfig(PreTrainedConfig):
    model_type = "tower"
    num_hidden_layers: int = 4

class Odd:
    num_hidden_layers: int = 4
'''
CONSTANTS = """
register_model_group(
    models={"Net-8B": {DownloadSource.DEFAULT: "org/net-8B", DownloadSource.OTHER: "x/y"}, "Bare": {}},
    template="net",
)
register_model_group(models=made_elsewhere())
"""


def folder(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def read(facts: Any, root: Path) -> dict[str, Any]:
    """Return what a source says, by model."""
    found: dict[str, Any] = {}
    for model, said in facts(open_tree(root)):
        found.setdefault(model, {}).update(said)
    return found


def test_recipes(tmp_path: Path) -> None:
    """Context, parsers, the lowest release, and the memory of each variant."""
    found = read(vllm_recipes.facts, folder(tmp_path, {"models/org/net.yaml": RECIPE, "other/x.yaml": "- 1"}))

    assert found == {
        "org/net-12B-w4a16": {"variant_of": "org/net-12B", "precision": "int4", "min_vram_gb": 9},
        "org/net-12B": {
            "parameters_label": "12B",
            "context": 131072,
            "vllm": "0.23.0",
            "tool_call_parser": "net",
            "reasoning_parser": "",
            "trust_remote_code": True,
            "listed": "2026-06-03",
            "tasks": ["multimodal", "text"],
            "precision": "bf16",
            "min_vram_gb": 29,
        },
    }


def test_a_broken_recipe_is_named(tmp_path: Path) -> None:
    """With its line."""
    with pytest.raises(SystemExit, match=r"models/org/net\.yaml: .*\(line 2\)"):
        read(vllm_recipes.facts, folder(tmp_path, {"models/org/net.yaml": "a: 1\nb: {"}))


def test_the_mapper(tmp_path: Path) -> None:
    """A mirror, an original, copies in 4 and in 8 bits."""
    found = read(unsloth_mapper.facts, folder(tmp_path, {"unsloth/models/mapper.py": MAPPER}))

    assert found == {
        "org/net": {},
        "unsloth/net": {"mirror_of": "org/net"},
        "unsloth/net-unsloth-bnb-4bit": {"copy_of": "org/net", "format": "dynamic 4bit"},
        "unsloth/net-bnb-4bit": {"copy_of": "org/net", "format": "4bit"},
        "unsloth/own": {},
        "org/a": {},
        "unsloth/a": {"mirror_of": "org/a"},
        "unsloth/a-bnb-4bit": {"copy_of": "org/a", "format": "4bit"},
        "org/a-FP8": {"copy_of": "org/a", "format": "fp8"},
        "unsloth/a-FP8": {"copy_of": "org/a", "format": "fp8"},
    }


def test_config_classes(tmp_path: Path) -> None:
    """Text networks with the numbers of their class, and the model that these are like."""
    file = {"transformers/models/net/configuration_net.py": CONFIG}

    assert read(transformers_configs.facts, folder(tmp_path, file)) == {
        "transformers:net": {"vocab_size": 1000, "num_hidden_layers": 4, "checkpoint": "org/net-8B"},
        "transformers:older": {"vocab_size": 10, "num_hidden_layers": 2, "checkpoint": "org/older"},
    }


def test_examples_of_training_tools(tmp_path: Path) -> None:
    """The settings of each example by its path; what is no example is passed over."""
    files = {
        "examples/net/lora.yml": "base_model: org/net\nlearning_rate: 2.0e-4\nlora_r: 16\nwandb_project: x\n",
        "examples/net/broken.yml": "a: [",
        "examples/net/list.yml": "- 1",
        "examples/train_lora/net.yaml": "model_name_or_path: org/net\nlora_rank: 8\n",
        "examples/v1/net.yaml": "model: org/net\ncutoff_len: 2048\n",
        "examples/merge/made.yaml": "model_name_or_path: saves/net\n",
        "src/llamafactory/extras/constants.py": CONSTANTS,
    }
    root = folder(tmp_path, files)

    assert read(training_examples.axolotl_facts, root) == {
        "org/net": {"examples": {"examples/net/lora.yml": {"learning_rate": 2e-4, "lora_r": 16}}}
    }
    assert read(training_examples.llama_factory_facts, root) == {
        "org/net": {
            "examples": {"examples/train_lora/net.yaml": {"lora_rank": 8}, "examples/v1/net.yaml": {"cutoff_len": 2048}}
        },
        "org/net-8B": {"template": "net"},
    }


def test_notebooks(tmp_path: Path) -> None:
    """Whatever their code loads, by notebook; one for another host is the same notebook."""
    code = ['model_name = "unsloth/net",\n', "processor = AutoProcessor.from_pretrained(\n", "'org/tower')\n",
            'dataset = "org/data"; model = "./folder/net"\n']  # fmt: skip
    text = json.dumps({"cells": [{"cell_type": "code", "source": code}, {"cell_type": "markdown", "source": code}]})
    root = folder(tmp_path, {"nb/Net_(1B).ipynb": text, "nb/Kaggle-Net_(1B).ipynb": text, "kaggle/Old.ipynb": "{}"})

    assert read(unsloth_notebooks.facts, root) == {
        "unsloth/net": {"notebooks": ["Net_(1B)"]},
        "org/tower": {"notebooks": ["Net_(1B)"]},
    }


def test_the_catalogue_of_kaito(tmp_path: Path) -> None:
    """Sizes as they stand in each model's own files."""
    text = "models:\n- name: org/net\n  license: mit\n  numHiddenLayers: 4\n  architectures: [Net]\n- name: org/bare\n"
    file = {"presets/workspace/models/model_catalog.yaml": text}

    assert read(kaito_catalog.facts, folder(tmp_path, file)) == {
        "org/net": {"license": "mit", "num_hidden_layers": 4, "architecture_class": "Net"},
        "org/bare": {},
    }


class _NotFoundError(OSError):
    pass


class _GatedError(OSError):
    pass


class _HttpError(OSError):
    pass


def fake_hub(answers: Mapping[str, object]) -> SimpleNamespace:
    """Return a stand-in for huggingface_hub, whose answers are given."""

    def model_info(model_id: str, *, files_metadata: bool) -> object:
        assert files_metadata
        answer = answers[model_id]
        if isinstance(answer, Exception):
            raise answer
        return answer

    errors = SimpleNamespace(
        GatedRepoError=_GatedError, RepositoryNotFoundError=_NotFoundError, HfHubHTTPError=_HttpError
    )
    return SimpleNamespace(errors=errors, HfApi=lambda: SimpleNamespace(model_info=model_info))


def test_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Licence, gate, count and bytes; what is gone is left out, and no network is one line."""
    card = SimpleNamespace(to_dict=lambda: {"license": "mit"})
    files = [SimpleNamespace(rfilename="a.safetensors", size=7), SimpleNamespace(rfilename="README.md", size=1)]
    open_model = SimpleNamespace(
        card_data=card, gated=False, sha="abc", safetensors=SimpleNamespace(total=3), siblings=files
    )
    bare = SimpleNamespace(card_data=None, gated="manual", sha="d", safetensors=None, siblings=None)
    answers = {"a/open": open_model, "a/bare": bare, "a/gone": _NotFoundError(), "a/gated": _GatedError()}
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake_hub(answers))  # type: ignore[arg-type]

    assert dict(hub.facts(answers)) == {
        "a/open": {"license": "mit", "gated": False, "commit": "abc", "parameters": 3, "weights_bytes": 7},
        "a/bare": {"gated": True, "commit": "d"},
        "a/gated": {"gated": True},
    }
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake_hub({"a/b": _HttpError("no route\nmore")}))  # type: ignore[arg-type]
    with pytest.raises(SystemExit, match=r"^the Hub cannot be reached: no route$"):
        list(hub.facts(["a/b"]))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # type: ignore[arg-type]
    with pytest.raises(SystemExit, match="pip install huggingface_hub"):
        list(hub.facts(["a/b"]))


def test_every_kind_of_place_is_read_alike(tmp_path: Path) -> None:
    """A folder, a wheel, a zip of a repository, a tar, and a commit, whatever lies around in its work tree."""
    root = folder(tmp_path / "checkout", {"models/org/net.yaml": RECIPE, "models/é.txt": "x"})
    names = ["models/org/net.yaml", "models/é.txt"]
    wheel, zipped, tarred = tmp_path / "net-1.2-py3-none-any.whl", tmp_path / "net.zip", tmp_path / "net.tar.gz"
    for archive, prefix in ((wheel, ""), (zipped, "recipes-main/")):
        with zipfile.ZipFile(archive, "w") as file:
            file.mkdir("recipes-main" if prefix else "models")
            for name in names:  # a zip has wall-clock times, of whatever zone
                moment = datetime.fromtimestamp((root / name).stat().st_mtime, UTC).timetuple()
                file.writestr(zipfile.ZipInfo(prefix + name, moment[:6]), (root / name).read_bytes())
    with tarfile.open(tarred, "w:gz") as file:
        file.add(root, "recipes-0123abc")
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@y"]
    plain = open_tree(root)
    assert plain.names() == names
    for call in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *call], check=True)
    (root / "models" / "later.txt").write_text("not committed", encoding="utf-8")

    trees = [open_tree(place) for place in (root, root / ".git", wheel, zipped, tarred)]

    assert [tree.names() for tree in trees] == [names] * 5
    assert [tree.text("models/org/net.yaml") for tree in trees] == [RECIPE] * 5
    assert plain.text("models/é.txt") == "x"
    assert len(trees[0].origin.commit) == 40
    assert trees[1].origin == trees[0].origin
    assert trees[2].origin.commit == "1.2"
    assert {tree.origin.date for tree in trees} == {plain.origin.date}
    with pytest.raises(SystemExit, match="not a folder"):
        open_tree(tmp_path / "none")


def test_what_is_new_changed_and_gone_is_said() -> None:
    """A line each, in order."""
    before = {"a": {"context": 1, "vllm": "0.1"}, "b": {}, "c": {"x": [1]}}
    now = {"a": {"context": 2}, "c": {"x": [1]}, "d": {}}

    assert list(changes(before, now)) == [
        "changed  a: context 1 -> 2",
        'changed  a: vllm "0.1" -> nothing',
        "gone     b",
        "new      d",
    ]


def test_contradictions_are_shown_and_never_decided() -> None:
    """Only fields that mean the same in all sources; sources that agree are no conflict."""
    said = {
        "one": {"m": {"context": 1, "listed": "x"}},
        "two": {"m": {"context": 2, "listed": "y"}},
        "three": {"n": {}},
    }

    assert list(conflicts(said)) == ["conflict m: context: one 1, two 2"]
    assert list(conflicts({"one": said["one"], "two": said["one"]})) == []


def test_what_was_gathered_is_kept_with_address_commit_and_date(tmp_path: Path) -> None:
    """It reads back as it was, one model a line."""
    kept = Gathered(
        source="s", address="https://x", origin=Origin("abc", "2026-11-29"), facts={"b": {"é": 1}, "a": {"x": [1, 2]}}
    )
    path = tmp_path / "s.json"
    path.write_text(kept.as_text(), encoding="utf-8")

    assert read_gathered(path) == kept
    assert kept.as_text().index('"a"') < kept.as_text().index('"b"')
    assert json.loads(kept.as_text())["commit"] == "abc"


def test_the_program_compares_and_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written unless that is asked for; a second run says that nothing changed."""
    monkeypatch.setattr(program, "KEPT", tmp_path / "kept")
    place = folder(tmp_path / "checkout", {"models/org/net.yaml": RECIPE})

    assert program.main([f"vllm-recipes={place}"]) == 0
    assert "2 new, 0 changed, 0 gone" in capsys.readouterr().out
    assert not (tmp_path / "kept").exists()

    program.main(["--write", f"vllm-recipes={place}"])
    capsys.readouterr()
    program.main([f"vllm-recipes={place}"])
    assert "0 new, 0 changed, 0 gone" in capsys.readouterr().out
    program.main([])
    assert "vllm-recipes" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["no-such=x", "vllm-recipes", "vllm-recipes="])
def test_a_source_that_is_none_is_one_line(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Which there are."""
    with pytest.raises(SystemExit) as caught:
        program.main([asked])

    assert caught.value.code == 2
    assert "write SOURCE=PATH" in capsys.readouterr().err


def test_a_place_without_the_sources_files_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than "everything is gone"."""
    (tmp_path / "x").write_text("", encoding="utf-8")

    with pytest.raises(SystemExit):
        program.main([f"kaito={tmp_path}"])

    assert "has no file of kaito" in capsys.readouterr().err


def test_the_hub_is_asked_about_every_entry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And its answers are compared as those of any source."""
    asked: list[str] = []
    monkeypatch.setattr(hub, "facts", lambda ids: ((one, {"license": "mit"}) for one in asked.extend(ids) or ids))

    program.main(["hub"])

    assert "Qwen/Qwen3-8B" in asked
    assert "conflict" in capsys.readouterr().out
