"""What vLLM's recipes say: context, parsers, the lowest release, and the memory that each number format needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.gather.trees import Tree, matching

from model_garden_registry.files.yaml_text import YamlError, parse_yaml

ADDRESS = "https://github.com/vllm-project/recipes"
#: Of the recipe's ``model``: its key → our field.
_MODEL = {
    "parameter_count": "parameters_label",
    "active_parameters": "active_label",
    "context_length": "context",
    "min_vllm_version": "vllm",
}
_FLAGS = {"--tool-call-parser": "tool_call_parser", "--reasoning-parser": "reasoning_parser"}


def facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return a model with what its recipe says, and each of its published variants."""
    for name, text in matching(tree, r"models/[^/]+/[^/]+\.ya?ml"):
        try:
            recipe: Any = parse_yaml(text)
        except YamlError as error:
            raise SystemExit(f"{name}: {error.problem} (line {error.line})") from None
        yield from _of_recipe(recipe)


def _of_recipe(recipe: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    model, meta = recipe["model"], recipe.get("meta", {})
    arguments = [str(word) for word in model.get("base_args") or ()]
    for feature in (recipe.get("features") or {}).values():
        arguments += [str(word) for word in feature.get("args") or ()]
    said = {ours: model[theirs] for theirs, ours in _MODEL.items() if model.get(theirs) is not None}
    said |= {field: after(arguments, flag) for flag, field in _FLAGS.items() if flag in arguments}
    if "--trust-remote-code" in arguments:
        said["trust_remote_code"] = True
    if meta.get("date_added"):
        said["listed"] = str(meta["date_added"])
    if meta.get("tasks"):
        said["tasks"] = sorted(map(str, meta["tasks"]))
    own = str(model["model_id"])
    for variant in (recipe.get("variants") or {}).values():
        variant_id = str(variant.get("model_id") or own)
        size = {"precision": str(variant.get("precision", "")), "min_vram_gb": variant.get("vram_minimum_gb")}
        if variant_id == own:
            said |= size
        else:
            yield variant_id, {"variant_of": own, **size}
    yield own, said


def after(words: list[str], flag: str) -> str:
    """Return the word behind a flag; empty if it is the last."""
    return (words[words.index(flag) + 1 :] or [""])[0]
