"""A made-up tool: its words in a folder of their own, and its dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.dialects import vocabulary as vocabulary_module
from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import UnsayableError, Words, same

WORDS = {
    "tool": "weaver",
    "title": "Weaver",
    "version": "1.2.0",
    "keys": {
        "model": {"types": ["string"]},
        "rate": {"types": ["number"], "minimum": 0, "default": 0.001},
        "rows": {"types": ["integer"], "minimum": 1, "default": 1},
        "length": {"types": ["integer"]},
        "kernel": {"types": ["string"], "choices": ["sdpa", "eager"]},
        "adapter.rank": {"types": ["integer"], "default": 8},
        "log_to": {"types": ["string", "array"]},
        "mirror": {"types": ["boolean", "object"]},
        "fringe": {"types": ["boolean"], "default": True},
    },
    "aliases": {"lr": "rate"},
    "retired": {"lines": "write rows, since 1.0", "warp": "leave it out"},
    "refused": ["warp"],
    "elsewhere": {"of the next release": ["treadle"]},
    "without_influence": {"logging": ["log_to"]},
    "not_followed": {"keeps a second copy of the weights": ["mirror"], "ends of the cloth": ["fringe"]},
}


def _rank(value: Any) -> int:
    if value > 64:
        raise ValueError("is at most 64 here")
    return int(value)


def _kernel(words: Words) -> dict[str, Any]:
    if words.get("kernel") == "eager" and words.get("rows") > 8:
        words.leave("kernel", "scores of so many rows are not counted")
        return {}
    return same("kernel", "attn_implementation").read(words)


def _length(value: Any) -> int:
    if value > 4096:
        raise UnsayableError("Weaver takes 4096 tokens at most")
    return int(value)


WEAVER = Dialect(
    name="weaver",
    task="training",
    model_key="model",
    rules=(
        same("rate", "learning_rate"),
        same("rows", "batch_size"),
        same("length", "max_seq_length", to=_length),
        replace(same("kernel", "attn_implementation"), read=_kernel),
        same("adapter.rank", "lora_config.r", of=_rank),
    ),
    forms=("yaml", "json", "script"),
    marks=frozenset({"rows", "length"}),
    constants={"stack": "trl"},
    refuses_unknown=True,
    always=lambda request: {"log_to": f"logs of {request.model_id}"},
    notes=lambda _: ("run: weaver FILE",),
    unsaid={"images_per_sample": "the load is not in the file"},
    writers={"script": lambda request, words: f"weave({request.model_id!r}, {len(words)})\n"},
    flat_groups=frozenset({"adapter"}),
)


@contextmanager
def words_below(folder: Path) -> Iterator[None]:
    """Let the made-up tool's words be those of the vocabulary of its name."""
    (folder / "weaver.json").write_text(json.dumps(WORDS), encoding="utf-8")
    whole = vocabulary_module.bundled_vocabulary
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            vocabulary_module,
            "bundled_vocabulary",
            lambda tool: folder / "weaver.json" if tool == "weaver" else whole(tool),
        )
        vocabulary_module.vocabulary.cache_clear()
        yield
    vocabulary_module.vocabulary.cache_clear()


def request(settings: Any, entry: Any) -> ExportRequest:
    """Return a request for the made-up tool."""
    return ExportRequest(target="weaver", model_id=entry.id, entry=entry, settings=settings)
