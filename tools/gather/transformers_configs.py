"""The shapes that transformers' config classes have by default: often that of one published model, which they name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from tools.gather.trees import Tree, matching

ADDRESS = "https://github.com/huggingface/transformers"
_NUMBERS = (
    *("vocab_size", "hidden_size", "intermediate_size", "moe_intermediate_size", "num_hidden_layers"),
    *("num_attention_heads", "num_key_value_heads", "head_dim", "num_experts", "num_local_experts", "n_routed_experts"),
    *("num_experts_per_tok", "kv_lora_rank", "q_lora_rank", "sliding_window", "tie_word_embeddings"),
    "max_position_embeddings",
)


def facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each ``model_type`` of a text network, as ``transformers:TYPE``, with its class's defaults."""
    for _, text in matching(tree, r"transformers/models/[^/]+/configuration_[^/]+\.py"):
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and (said := _of_class(node)):
                yield f"transformers:{said.pop('model_type')}", said


def _of_class(node: ast.ClassDef) -> dict[str, Any]:
    """Return what a class states: plain values of annotated or assigned names; nothing if it has no layers."""
    stated: dict[str, Any] = {}
    for line in node.body:
        targets = [line.target] if isinstance(line, ast.AnnAssign) else getattr(line, "targets", [])
        target = targets[0] if len(targets) == 1 else None
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            stated[target.id] = value.value
    if not isinstance(stated.get("model_type"), str) or "num_hidden_layers" not in stated:
        return {}
    said = {name: stated[name] for name in ("model_type", *_NUMBERS) if stated.get(name) is not None}
    checkpoint = _checkpoint(node)
    return said | ({"checkpoint": checkpoint} if checkpoint else {}) if "vocab_size" in said else {}


def _checkpoint(node: ast.ClassDef) -> str | None:
    """Return the model that the class says its defaults are like."""
    for decorator in node.decorator_list:
        for keyword in getattr(decorator, "keywords", ()):
            if keyword.arg == "checkpoint" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    found = re.search(r"\[([\w.-]+/[\w.-]+)\]\(https://huggingface\.co", ast.get_docstring(node) or "")
    return found[1] if found else None
