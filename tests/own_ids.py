"""A small registry, in which models are withdrawn, renamed, superseded and mirrored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model_garden_registry import ModelRegistry

#: Entries as far as it matters to ids.
MODELS: dict[str, Any] = {
    "meta-llama/Llama-3.1-8B-Instruct": {
        "aliases": [
            "meta-llama/Meta-Llama-3.1-8B-Instruct",
            "NousResearch/Meta-Llama-3.1-8B-Instruct",
            "unsloth/Meta-Llama-3.1-8B-Instruct",
        ]
    },
    "CohereLabs/c4ai-command-r-v01": {"aliases": ["CohereForAI/c4ai-command-r-v01"]},
    "mosaicml/mpt-7b": {
        "status": "deprecated",
        "deprecation": {"since": "2025-12", "successor": "allenai/Olmo-3-1025-7B"},
        "aliases": ["mosaicml/mpt-seven-b"],
    },
    "allenai/Olmo-3-1025-7B": {},
    "Qwen/Qwen2-7B-Instruct": {"superseded_by": "Qwen/Qwen2.5-7B-Instruct", "aliases": ["unsloth/Qwen2-7B-Instruct"]},
    "Qwen/Qwen2.5-7B-Instruct": {"superseded_by": "Qwen/Qwen3-8B"},
    "Qwen/Qwen3-8B": {},
    "Qwen/Qwen3-32B": {},
    "tiiuae/falcon-7b": {"status": "deprecated"},
    "microsoft/phi-2": {"superseded_by": "microsoft/Phi-4-mini-instruct"},
    "microsoft/Phi-4-mini-instruct": {"superseded_by": "microsoft/phi-2"},
    "nvidia/Nemotron-Nano-9B-v2": {},
    "EleutherAI/gpt-neox-20b": {},
    "openai/gpt-oss-20b": {"superseded_by": "openai/gone"},
    "old/one": {"status": "deprecated", "deprecation": {"successor": "old/two"}},
    "old/two": {"status": "deprecated", "deprecation": {"successor": "old/one"}},
    "old/three": {"status": "deprecated", "deprecation": {"successor": "mosaicml/mpt-7b"}},
    "odd/one": {"status": "deprecated", "deprecation": {"successor": "odd/$(touch x)"}},
    "odd/$(touch x)": {},
    "odd/two": {"aliases": 1, "deprecation": 2, "superseded_by": 3, "status": "deprecated"},
    "odd/three": None,
}


def made_registry(folder: Path) -> ModelRegistry:
    """Write the registry, and return it."""
    path = folder / "models_registry.json"
    head = {"version": "1.2.0", "last_updated": "2026-01-01T00:00:00Z", "categories": {}}
    path.write_text(json.dumps({**head, "models": MODELS}), encoding="utf-8")
    return ModelRegistry(path)
