"""``mgr new``: an entry for a model from its own config.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.payloads.entries import entry_document

#: Llama-3.2-1B, as published.
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "head_dim": 64,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "max_position_embeddings": 131072,
    "model_type": "llama",
    "num_attention_heads": 32,
    "num_hidden_layers": 16,
    "num_key_value_heads": 8,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "vocab_size": 128256,
}
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def _families() -> Iterator[None]:
    """Let the shape of a Llama tell all its weights."""
    with facts_laid_over(families={"families": {"llama": {"counted": True}}}):
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write the config.json of a model."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def test_the_answer_is_an_entry(config: Path, mgr: Ask) -> None:
    """One value a line, as it stands in a registry file; --json gives it as the document of `mgr show`."""
    answer, as_json = (mgr("new", "org/Model-1B", "--config", config, *option) for option in ((), ("--json",)))

    entry = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert (entry["id"], entry["parameters"], entry["base_architecture"]) == ("org/Model-1B", "1.24B", "llama")
    assert answer.out == json.dumps(entry, indent=2, ensure_ascii=False) + "\n"
    assert json.loads(as_json.out) == entry_document(entry)


def test_the_entry_can_be_written_to_the_registry(
    config: Path, mgr: Ask, registry: Callable[[Mapping[str, Any]], Path]
) -> None:
    """At the end of the file in use, ready for lint; a second time it is there already."""
    path = registry({})
    command = "new", "org/Model-1B", "--config", config, "--write"

    written, again = mgr(*command, "--json"), mgr(*command)

    assert (written.code, json.loads(written.out)["entry"]["id"]) == (0, "org/Model-1B")
    assert list(json.loads(path.read_bytes())["models"]) == ["org/model", "org/Model-1B"]
    assert mgr("lint", path).code == 0
    assert (again.code, again.err) == (2, "mgr: error: registry.json: has an entry 'org/Model-1B' already\n")


def test_the_index_tells_the_size(config: Path, mgr: Ask, tmp_path: Path) -> None:
    """Where the shape is another's, what the weights weigh decides."""
    index = tmp_path / "index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 4_000_000_000}}), encoding="utf-8")

    answer = mgr("new", "org/Model-2B", "--config", config, "--index", index)

    assert json.loads(answer.out)["parameters"] == "2B"


def test_the_kind_can_be_told(config: Path, mgr: Ask) -> None:
    """A name does not always say it."""
    answer = mgr("new", "org/Model-1B", "--config", config, "--kind", "reasoning")

    assert "reasoning" in json.loads(answer.out)["tags"]


@pytest.mark.parametrize(
    ("model_id", "changes", "code", "words"),
    [
        pytest.param("Model", {}, 2, "write it as ORG/MODEL", id="no repository"),
        pytest.param("org/Model 1", {}, 2, "write it as ORG/MODEL", id="a space"),
        pytest.param("org/Model", {"model_type": "bert"}, 2, "architecture 'bert' is not known", id="unknown"),
        pytest.param("org/Model", {"vocab_size": None}, 3, "states no vocab_size", id="a number is missing"),
    ],
)
def test_what_cannot_be_made_is_refused(
    model_id: str, changes: dict[str, Any], code: int, words: str, config: Path, mgr: Ask
) -> None:
    """With the reason, and nothing on stdout."""
    config.write_text(json.dumps({**CONFIG, **changes}), encoding="utf-8")

    answer = mgr("new", model_id, "--config", config)

    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
