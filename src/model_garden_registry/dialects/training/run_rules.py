"""Rules of a run, for arguments that trainers name alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same, stated
from model_garden_registry.dialects.vocabulary import ABSENT, vocabulary
from model_garden_registry.entries.settings.following import has_master_weights
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.families.stacks import stack_of


def fixed(setting: str, *, value: Any, why: str) -> Rule:
    """
    Return the rule for a setting that is fixed in a tool.

    Args:
        value: The fixed value.

        why: Half a sentence that follows the tool's name, for another value: ``has no …``.
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        if request.value(setting) != value:
            raise UnsayableError(f"{request.training.tool} {why}, and {setting} is {request.value(setting)}")
        return {}

    return Rule(keys=(), settings=(setting,), write=write, read=lambda _: {setting: value}, says=f"always {value}")


def chosen(tool: str, key: str, setting: str) -> Rule:
    """Return the rule for a key that takes most values of our setting."""
    return same(key, setting, to=lambda value: word_of(tool, key, value))


def word_of(tool: str, key: str, value: str) -> str:
    """
    Return one of our words if a key takes it as well.

    Raises:
        UnsayableError: The tool has no such word.
    """
    words = vocabulary(tool)
    if value not in words.keys[key].choices:
        raise UnsayableError(f"{words.named} has no {key} {value}")
    return value


def epochs(key: str = "num_train_epochs") -> Rule:
    """Return the rule for epochs, which a tool may count in fractions: here a fraction is one epoch."""
    return same(key, "num_epochs", of=lambda value: max(1, math.ceil(value)), says="fractions are rounded up")


def warmup() -> Rule:
    """Return the rule for the warm-up: a number of steps, or a ratio of the run."""

    def read(words: Words) -> Mapping[str, Any]:
        steps, ratio = words.get("warmup_steps"), words.get("warmup_ratio")
        if ratio and ratio is not ABSENT:
            return {"warmup_ratio": ratio} if 0 < ratio < 1 else {}
        whole = isinstance(steps, int | float) and steps == int(steps)
        return {"warmup_steps": int(steps)} if whole else {}

    return Rule(
        keys=("warmup_steps", "warmup_ratio"),
        settings=("warmup_steps", "warmup_ratio"),
        write=written_warmup,
        read=read,
        says="a ratio if set, else steps",
    )


def written_warmup(request: ExportRequest) -> Mapping[str, Any]:
    """Return the warm-up for tools with a separate key for the ratio."""
    ratio = request.training.warmup_ratio
    return {"warmup_steps": request.training.warmup_steps} if ratio is None else {"warmup_ratio": ratio}


def further_rules() -> tuple[Rule, ...]:
    """Return the rules for further arguments that all trainers name alike."""
    return stated("weight_decay"), stated("max_grad_norm"), stated("seed")


def master_weights(key: str | None = None) -> Rule:
    """
    Return the rule for float32 master weights, which depend on the sharding.

    Args:
        key: A key that keeps all weights in half precision if every GPU has all of them, and they are all trained.
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        settings = request.training
        stack = stack_of(settings.stack, settings.stack_version)
        follows = has_master_weights(stack, sharding=settings.sharding, method=settings.method, dtype=settings.dtype)
        if settings.master_weights == follows:
            return {}
        if key and not settings.master_weights and settings.method == "full" and settings.sharding == "none":
            return {key: True}
        raise UnsayableError(f"{settings.tool} chooses master_weights = {str(follows).lower()} by itself")

    def read(words: Words) -> Mapping[str, Any]:
        if key is None or not words.get(key):
            return {}
        return {"master_weights": False}

    return Rule(
        keys=(key,) if key else (),
        settings=("master_weights",),
        write=write,
        read=read,
        says="else as the sharding requires",
    )


def attention(key: str, names: Mapping[str, str], automatic: str | None, also: Mapping[str, str] | None = None) -> Rule:
    """
    Return the rule for the attention kernel.

    Args:
        names: Ours → the tool's.

        automatic: The value if nothing was chosen; None: no key.

        also: The tool's other names → ours.
    """
    back = {theirs: ours for ours, theirs in names.items()} | dict(also or {})

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value("attn_implementation")
        if request.settings.origin("attn_implementation").kind is OriginKind.STACK and value == "sdpa":
            return {} if automatic is None else {key: automatic}
        if value not in names:
            raise UnsayableError(f"{request.training.tool} does not take attention {value}")
        return {key: names[value]}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key)
        if value is None or value == automatic:
            return {"attn_implementation": "sdpa"}
        if value in back:
            return {"attn_implementation": back[value]}
        words.leave(key, "an attention kernel that is not counted")
        return {}

    return Rule(keys=(key,), settings=("attn_implementation",), write=write, read=read, says="names of its own")
