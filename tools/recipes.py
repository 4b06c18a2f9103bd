"""
Compare the training defaults of entries with published recipes.

    python -m tools.recipes [UNSLOTH.whl]

Recipes are the examples of axolotl and LLaMA-Factory that ``facts/gathered/`` keeps, and the files that Unsloth's
package has for models. Of each value it prints how many recipes have it as the entry of their model does, and what the
others have, the commonest first. docs/defaults-policy.md says why ours differ.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry import ModelRegistry, UnknownModelError, load_registry
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.files.yaml_text import parse_yaml

_GATHERED = Path(__file__).resolve().parent / "facts" / "gathered"
_OF_UNSLOTH = "studio/backend/assets/configs/model_defaults/"
#: Values that are compared → keys that tools have for them.
_KEYS = {
    "learning_rate": ("learning_rate",),
    "num_epochs": ("num_epochs", "num_train_epochs"),
    "max_seq_length": ("sequence_len", "cutoff_len", "max_seq_length"),
    "lr_scheduler_type": ("lr_scheduler", "lr_scheduler_type"),
    "warmup_ratio": ("warmup_ratio",),
    "weight_decay": ("weight_decay",),
    "r": ("lora_r", "lora_rank"),
    "lora_alpha": ("lora_alpha",),
    "lora_dropout": ("lora_dropout",),
}


#: A tool's words for training an adapter.
_ADAPTERS = ("lora", "qlora")


class Recipe(NamedTuple):
    """A tool's published recipe for a model, with the tool's keys."""

    tool: str
    model_id: str
    said: Mapping[str, Any]


class Compared(NamedTuple):
    """How many recipes have the entry's value, and the values of the others."""

    same: int
    others: Counter[str]


def examples(tool: str) -> Iterator[Recipe]:
    """Return the examples of a tool that train an adapter by imitation, as they were gathered."""
    models = json.loads((_GATHERED / f"{tool}-examples.json").read_bytes())["models"]
    for model_id, facts in models.items():
        for said in facts.get("examples", {}).values():
            how = said.get("adapter") or said.get("finetuning_type")
            if how in _ADAPTERS and not said.get("rl") and said.get("stage", "sft") == "sft":
                yield Recipe(tool, model_id, said)


def of_unsloth(package: Path) -> Iterator[Recipe]:
    """Return the files that Unsloth's package has for models; of a path with ``_`` for the slash of an id."""
    with zipfile.ZipFile(package) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith(_OF_UNSLOTH) and name.endswith(".yaml") and name.count("/") > _OF_UNSLOTH.count("/"):
                file: Any = parse_yaml(archive.read(name).decode())
                said = {**file.get("training", {}), **file.get("lora", {})}
                yield Recipe("unsloth", Path(name).stem.replace("_", "/", 1), said)


def compare(recipes: Iterable[Recipe], entry_of: Callable[[str], ModelInfo | None]) -> tuple[int, dict[str, Compared]]:
    """
    Count values that are the same.

    Args:
        entry_of: The entry of a model that a recipe is for; None if there is none that is trained.

    Returns:
        How many recipes are for entries, and each value's counts.
    """
    same: Counter[str] = Counter()
    others: dict[str, Counter[str]] = defaultdict(Counter)
    compared = 0
    for recipe in recipes:
        entry = entry_of(recipe.model_id)
        if entry is None or entry.training_defaults is None:
            continue
        compared += 1
        ours = {**entry.training_defaults.hyperparameters.known(), **entry.training_defaults.lora_config.known()}
        for name, keys in _KEYS.items():
            theirs = next((_number(recipe.said[key]) for key in keys if recipe.said.get(key) is not None), None)
            if theirs is None or (name == "num_epochs" and not theirs):  # no epochs: so many steps of a demonstration
                continue
            same[name] += theirs == ours[name]
            others[name].update([f"{recipe.tool} {theirs}"] if theirs != ours[name] else [])
    return compared, {name: Compared(same[name], others[name]) for name in _KEYS}


def lines(compared: int, found: Mapping[str, Compared]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"{compared} recipes for entries that are trained"
    for name, (same, others) in found.items():
        told = ", ".join(f"{value} ({count})" for value, count in others.most_common(5))
        yield f"{name}: {same} as ours, {others.total()} not{': ' if told else ''}{told}"


def main(arguments: list[str]) -> None:
    """Print the comparison."""
    registry = load_registry()
    recipes = [*examples("axolotl"), *examples("llama-factory")]
    recipes += [recipe for path in arguments for recipe in of_unsloth(Path(path))]
    for line in lines(*compare(recipes, lambda model_id: _entry(registry, model_id))):
        sys.stdout.write(f"{line}\n")


def _entry(registry: ModelRegistry, model_id: str) -> ModelInfo | None:
    try:
        return registry[registry.resolve(model_id).id]
    except UnknownModelError:
        return None


def _number(value: Any) -> Any:
    """Return ``2e-4``, which YAML takes for a text, as a number."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


if __name__ == "__main__":
    main(sys.argv[1:])
