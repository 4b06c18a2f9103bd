"""Settings that the memory model does not follow: an estimate names each of them instead of passing over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings, OriginKind, Settings
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimates import Unmodelled


class Rule(NamedTuple):
    """
    A setting that no formula reads.

    Args:
        plain: The values for which the estimate holds.

        reason: What is not counted for others.

        can_add: Whether that is memory.

        engine: The engine that no formula reads it for; None: all of them.

        lacks: What the formula would need beside it: where that is stated, it reads it.
    """

    plain: tuple[object, ...]
    reason: str
    can_add: bool = True
    engine: str | None = None
    lacks: str | None = None


#: By task and name. Whoever gives a setting its formula takes it out.
_RULES: Mapping[Task, Mapping[str, Rule]] = {
    "training": {
        "algorithm": Rule(
            ("sft", "dpo", "kto", "orpo", "reward"), "the engine or the cache that writes completions is not counted"
        ),
    },
    "inference": {
        "draft_model": Rule((None,), "no model that drafts is counted"),
        "served_loras": Rule(
            (0,), "SGLang reads the rank from adapters, max_lora_rank states it", engine="sglang", lacks="max_lora_rank"
        ),
    },
}


def unmodelled(entry: ModelInfo, settings: Settings) -> tuple[Unmodelled, ...]:
    """Return what no formula follows: settings that somebody chose, and weights whose bytes nobody states."""
    task: Task = "inference" if isinstance(settings, InferenceSettings) else "training"
    found = _found(settings, _RULES[task])
    if entry.quantization.is_uneven and entry.quantization.weights_gb is None:
        return Unmodelled("quantization.weights_gb", "the entry does not state what its uneven weights take"), *found
    return tuple(found)


def _found(settings: Settings, rules: Mapping[str, Rule]) -> Iterator[Unmodelled]:
    for name, rule in rules.items():
        is_chosen = getattr(settings, name) not in rule.plain and settings.origins[name].kind is not OriginKind.STACK
        if is_chosen and _applies(rule, settings):
            yield Unmodelled(name, rule.reason, rule.can_add)


def _applies(rule: Rule, settings: Settings) -> bool:
    others = rule.engine is not None and getattr(settings, "engine", None) != rule.engine
    return not others and (rule.lacks is None or getattr(settings, rule.lacks) is None)
