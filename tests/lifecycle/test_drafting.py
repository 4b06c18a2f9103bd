"""Drafts of entries for the models of an organisation that are on the Hub and not in the registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_stand_in import hub
from own_ids import made_registry

from model_garden_registry.checks.entry.schema import shipped_checker
from model_garden_registry.lifecycle.drafting import draft_new_models

pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")

#: As of Qwen/Qwen3-0.6B.
CONFIG: dict[str, Any] = {
    "architectures": ["Qwen3ForCausalLM"],
    "attention_bias": False,
    "head_dim": 128,
    "hidden_act": "silu",
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "max_position_embeddings": 40960,
    "model_type": "qwen3",
    "num_attention_heads": 16,
    "num_hidden_layers": 28,
    "num_key_value_heads": 8,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "vocab_size": 151936,
}
TEXT = {"pipeline_tag": "text-generation"}
#: As of no family whose weights follow from config.json.
UNCOUNTED = {**CONFIG, "model_type": "phimoe", "architectures": ["PhiMoEForCausalLM"], "num_local_experts": 16}
TOTAL = {"safetensors": {"parameters": {"BF16": 600_000_000}, "total": 600_000_000}}
LISTED = [
    {
        "id": "Qwen/Qwen3-0.6B-New",
        "createdAt": "2026-10-31T00:00:00.000Z",
        "tags": ["license:mit"],
        "gated": "auto",
        **TEXT,
    },
    {"id": "Qwen/Qwen3-8B", **TEXT},
    {"id": "Qwen/Qwen3-8B-GGUF", **TEXT},
    {"id": "Qwen/Qwen3-Image", "pipeline_tag": "text-to-image"},
    {"id": "Qwen/Qwen3-Lost", **TEXT},
    {"id": "Qwen/Qwen3-Odd", **TEXT},
    {"id": "Qwen/Qwen3-Sizeless", **TEXT},
]
MODELS = {
    "Qwen/Qwen3-0.6B-New": {"config.json": json.dumps(CONFIG).encode()},
    "Qwen/Qwen3-Odd": {"config.json": b'{"model_type": "owl"}'},
    "Qwen/Qwen3-Sizeless": {"config.json": json.dumps({**CONFIG, "vocab_size": None}).encode()},
}


@pytest.fixture(autouse=True)
def _hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve the models."""
    with hub(MODELS, {"Qwen": LISTED, "sized": [{"id": "sized/one", **TEXT, **TOTAL}]}) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield


def test_what_is_new_is_drafted(tmp_path: Path) -> None:
    """With what the Hub says of it, as an experimental entry that follows the schema; others are told or counted."""
    drafts = draft_new_models(made_registry(tmp_path), "Qwen", as_of="2026-11-30")

    (entry,) = drafts.entries.values()
    assert {name: entry[name] for name in ("id", "status", "license", "released", "gated")} == {
        "id": "Qwen/Qwen3-0.6B-New",
        "status": "experimental",
        "license": "mit",
        "released": "2026-10",
        "gated": True,
    }
    head = {"version": "1.2.0", "last_updated": "2026-11-30T00:00:00Z"}
    categories = {"text-llm": {"name": "Text", "description": ""}}
    document = {**head, "categories": categories, "models": dict(drafts.entries)}
    assert list(shipped_checker().flaws(document)) == []
    assert {*drafts.problems} == {"Qwen/Qwen3-Lost", "Qwen/Qwen3-Odd", "Qwen/Qwen3-Sizeless"}
    assert drafts.others == 3


def test_a_size_that_config_does_not_state_is_the_hubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it counts the parameters in the files."""
    config = {**CONFIG, "num_local_experts": None}
    monkeypatch.setattr("model_garden_registry.lifecycle.drafting.read_hub_config", lambda _id: config)
    asked: list[int | None] = []

    def entry(_id: str, _config: Any, *, said: Any = None, **_more: Any) -> dict[str, Any]:
        from model_garden_registry.errors import RegistryReadError

        asked.append(said and said.parameters)
        if said is None:
            raise RegistryReadError(Path("config.json"), "states no size")
        return {"id": "sized/one", "status": "stable"}

    monkeypatch.setattr("model_garden_registry.lifecycle.drafting.entry_from_config", entry)

    drafts = draft_new_models(made_registry(tmp_path), "sized", as_of="2026-11-30")

    assert asked == [None, 600_000_000]
    assert drafts.entries == {"sized/one": {"id": "sized/one", "status": "experimental"}}


def test_what_is_written_otherwise_is_not_new(tmp_path: Path) -> None:
    """An id without organisation means the entry of that name."""
    from model_garden_registry.lifecycle.drafting import _is_new
    from model_garden_registry.lifecycle.known_ids import KnownIds

    registry = made_registry(tmp_path)

    assert not _is_new("Qwen3-32B", KnownIds(registry), registry)
