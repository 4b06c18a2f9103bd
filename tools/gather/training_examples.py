"""What the examples of training tools set for a model: published recipes, to compare our defaults with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.gather.trees import Tree, matching

from model_garden_registry.files.yaml_text import YamlError, parse_yaml

AXOLOTL_ADDRESS = "https://github.com/axolotl-ai-cloud/axolotl"
LLAMA_FACTORY_ADDRESS = "https://github.com/hiyouga/LLaMA-Factory"
#: Keys of an example that are noted, as the tool calls them.
_AXOLOTL = (
    *("adapter", "learning_rate", "lora_r", "lora_alpha", "lora_dropout", "lora_target_modules", "lora_target_linear"),
    *("lora_target_parameters", "micro_batch_size", "gradient_accumulation_steps", "sequence_len", "optimizer"),
    *("lr_scheduler", "warmup_ratio", "warmup_steps", "weight_decay", "chat_template", "num_epochs", "rl"),
)
_LLAMA_FACTORY = (
    *("stage", "finetuning_type", "learning_rate", "lora_rank", "lora_alpha", "lora_target", "template", "cutoff_len"),
    *("per_device_train_batch_size", "gradient_accumulation_steps", "lr_scheduler_type", "warmup_ratio"),
    *("num_train_epochs", "quantization_bit", "deepspeed"),
)


def axolotl_facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each model that an example trains, with the settings of its examples by their path."""
    yield from _examples(tree, r"examples/.*\.ya?ml", ("base_model",), _AXOLOTL)


def llama_factory_facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each model that an example trains, and each of the tool's own table with its template."""
    yield from _examples(tree, r"examples/.*\.ya?ml", ("model_name_or_path", "model"), _LLAMA_FACTORY)
    for _, text in matching(tree, r"llamafactory/extras/constants\.py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "register_model_group":
                yield from _of_group(node)


def _examples(
    tree: Tree, pattern: str, model_keys: tuple[str, ...], kept: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    by_model: dict[str, dict[str, Any]] = {}
    for name, text in matching(tree, pattern):
        try:
            example: Any = parse_yaml(text)
        except YamlError:
            continue  # its tool would not read it either, or it has aliases, which hold no recipe that we note
        stated = [example.get(key) for key in model_keys] if isinstance(example, Mapping) else []
        for model in (str(text) for text in stated if _is_id(text)):
            said = {key: example[key] for key in kept if example.get(key) is not None}
            by_model.setdefault(model, {})[name] = said
    for model, examples in by_model.items():
        yield model, {"examples": examples}


def _is_id(model: object) -> bool:
    """Return whether an example names a repository, and not a folder that an example before it made."""
    return isinstance(model, str) and re.fullmatch(r"(?!models/|saves/)[\w-][\w.-]*/[\w.-]+", model) is not None


def _of_group(call: ast.Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read one group of models: ``{name: {source: id}}``, of which the first source is Hugging Face."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    template = named.get("template")
    said = {"template": template.value} if isinstance(template, ast.Constant) and template.value else {}
    models = named.get("models")
    for sources in models.values if isinstance(models, ast.Dict) else ():
        ids = sources.values if isinstance(sources, ast.Dict) else ()
        if ids and isinstance(ids[0], ast.Constant):
            yield str(ids[0].value), said
