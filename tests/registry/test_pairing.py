"""A model written for a training tool and a serving engine, so that the one can load what the other leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up_tool import WEAVER, words_below

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.dialects import targets as targets_module
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.handover.continuity import ExportedPair
from model_garden_registry.dialects.rules import same
from model_garden_registry.entries.settings.task_settings import InferenceSettings, setting_fields
from model_garden_registry.files.yaml_text import parse_yaml
from model_garden_registry.registry import pairing

MODEL = "Qwen/Qwen3-8B"
QUANTIZED = "unsloth/Qwen3-8B-bnb-4bit"

#: A made-up server: its words are the made-up tool's.
SERVER = replace(
    WEAVER,
    task="inference",
    rules=(same("length", "max_model_len"), same("rows", "served_loras"), same("adapter.rank", "max_lora_rank")),
    constants={"engine": "vllm"},
    always=None,
    unsaid=dict.fromkeys(setting_fields(InferenceSettings), "a load"),
)


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry()


@pytest.fixture(autouse=True)
def _tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with words_below(tmp_path):
        monkeypatch.setattr(targets_module, "DIALECTS", (WEAVER, SERVER))
        monkeypatch.setattr(pairing, "ADAPTER_KEYS", {"weaver": "mirror"})
        yield


def pair(registry: ModelRegistry, model_id: str = MODEL, **more: Any) -> ExportedPair:
    """Write a model for the made-up tool and the made-up server."""
    return registry.export_pair(model_id, "weaver", "weaver", **more)


def served(made: ExportedPair) -> dict[str, Any]:
    """Return what the serving file says."""
    found = parse_yaml(made.serving.text)
    assert isinstance(found, dict)
    return found


def test_an_adapter_is_served_on_its_base(registry: ModelRegistry) -> None:
    """The engine makes place for its rank, and loads it from where training leaves it."""
    made = pair(registry, training={"lora_config.r": 24})

    trained = parse_yaml(made.training.text)
    assert isinstance(trained, dict)
    assert trained["adapter.rank"] == 24
    assert served(made) | {"length": 0} == {
        "model": MODEL,
        "mirror": ["tuned=outputs"],
        "length": 0,
        "rows": 1,
        "adapter.rank": 32,
    }
    assert made.notes == ("training saves the adapter in outputs; requests name it as tuned",)


def test_what_is_trained_on_four_bits_is_served_on_sixteen(registry: ModelRegistry) -> None:
    """With the settings of that entry."""
    made = pair(registry, QUANTIZED)

    base = registry[QUANTIZED].base_model
    assert served(made)["model"] == base
    assert made.notes[0] == f"the adapter is served on the 16-bit weights of {base}"


def test_merged_weights_are_a_model_of_their_own(registry: ModelRegistry) -> None:
    """No adapter is loaded, and somebody has to merge it."""
    made = pair(registry, is_merged=True)

    assert served(made)["model"] == "outputs/merged"
    assert "mirror" not in served(made)
    assert made.notes == (
        f"merge the adapter in outputs into {MODEL} and save that in outputs/merged (PEFT: merge_and_unload)",
    )


def test_full_training_leaves_a_model(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is served from where it is."""
    trainer = replace(WEAVER, unsaid={**WEAVER.unsaid, "method": "it trains everything"})
    monkeypatch.setattr(targets_module, "DIALECTS", (trainer, SERVER))

    made = pair(registry, training={"method": "full"})

    assert served(made)["model"] == "outputs"
    assert made.notes == ("training saves the model in outputs",)


def test_what_cannot_be_loaded_is_refused_with_every_reason(registry: ModelRegistry) -> None:
    """Before it is trained."""
    with pytest.raises(UnsupportedExportError, match=r"exported for train\+serve: .*trains_embeddings.* refuses that"):
        pair(registry, training={"trains_embeddings": True})
    with pytest.raises(UnsupportedExportError, match="has rank 64, and max_lora_rank=8"):
        pair(registry, training={"lora_config.r": 64}, serving={"max_lora_rank": 8})


@pytest.mark.parametrize(("train", "serve"), [("weaver", "kubernetes"), ("vllm", "weaver")])
def test_only_files_of_the_tools_themselves_make_a_pair(registry: ModelRegistry, train: str, serve: str) -> None:
    """What starts them elsewhere has other folders."""
    with pytest.raises(UnsupportedExportError, match=r"takes one of weaver.*, not"):
        registry.export_pair(MODEL, train, serve)


def test_what_a_server_always_says_stays(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the adapter."""
    saying = replace(SERVER, always=lambda _: {"log_to": "logs"})
    monkeypatch.setattr(targets_module, "DIALECTS", (WEAVER, saying))

    assert served(pair(registry))["log_to"] == "logs"


def test_a_stack_with_folders_of_its_own_says_so(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """ms-swift adds a version, a time and a checkpoint."""
    monkeypatch.setattr(targets_module, "DIALECTS", (replace(WEAVER, constants={"stack": "ms-swift"}), SERVER))

    assert pair(registry).notes[-1].startswith("ms-swift saves it in outputs/VERSION-TIME/checkpoint-STEPS: ")
