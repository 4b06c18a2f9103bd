"""Settings that the memory model does not follow: an estimate names each of them instead of passing over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

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
    """

    plain: tuple[object, ...]
    reason: str
    can_add: bool = True


#: By task and name. Whoever gives a setting its formula takes it out.
_RULES: Mapping[Task, Mapping[str, Rule]] = {
    "training": {
        "algorithm": Rule(
            ("sft", "dpo", "kto", "orpo", "reward"), "the engine or the cache that writes completions is not counted"
        ),
    },
    "inference": {
        "draft_model": Rule((None,), "no model that drafts is counted"),
    },
}


def unmodelled(settings: Settings) -> tuple[Unmodelled, ...]:
    """Return the settings that somebody chose and that no formula follows."""
    task: Task = "inference" if isinstance(settings, InferenceSettings) else "training"
    return tuple(_found(settings, _RULES[task]))


def _found(settings: Settings, rules: Mapping[str, Rule]) -> Iterator[Unmodelled]:
    for name, rule in rules.items():
        if getattr(settings, name) not in rule.plain and settings.origins[name].kind is not OriginKind.STACK:
            yield Unmodelled(name, rule.reason, rule.can_add)
