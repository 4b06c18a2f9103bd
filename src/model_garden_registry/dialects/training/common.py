"""What the files of several training tools have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words, same
from model_garden_registry.dialects.vocabulary import ABSENT, vocabulary
from model_garden_registry.entries.settings.following import has_master_weights
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.families.family import ends
from model_garden_registry.families.stacks import stack_of


class _NotKnownError(Exception):
    """A value that is asked for is not in the file."""


class _KnownWords(Words):
    """What a file says, for a rule that stops at what only a shell knows."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.items, words.vocabulary)
        self.doubts, self.left = words.doubts, words.left

    def get(self, key: str) -> Any:
        """Return the value of a key: the file's, else the tool's default."""
        value = super().get(key)
        if value is ABSENT:
            raise _NotKnownError
        return value


def known(value: Any) -> Any:
    """Return a value; one that is not in the file ends the reading of its rule."""
    if isinstance(value, UnknownValue):
        raise _NotKnownError
    return value


def where_known(rule: Rule) -> Rule:
    """Return a rule that says nothing of its settings where a value that they follow from is not in the file."""

    def read(words: Words) -> Mapping[str, Any]:
        try:
            return rule.read(_KnownWords(words))
        except _NotKnownError:
            return {}

    return replace(rule, read=read)


def fixed(setting: str, *, value: Any, why: str) -> Rule:
    """
    Return the rule of a setting that a tool does not let anybody choose.

    Args:
        value: As it always is.

        why: Half a sentence that follows the tool's name, for whoever asks for another: ``has no …``.
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        if request.value(setting) != value:
            raise UnsayableError(f"{request.training.tool} {why}, and {setting} is {request.value(setting)}")
        return {}

    return Rule(keys=(), settings=(setting,), write=write, read=lambda _: {setting: value}, says=f"always {value}")


def chosen(tool: str, key: str, setting: str) -> Rule:
    """Return the rule of a key that takes most of the words that our setting takes."""

    def to(value: str) -> str:
        words = vocabulary(tool)
        if value not in words.keys[key].choices:
            raise UnsayableError(f"{words.named} has no {key} {value}")
        return value

    return same(key, setting, to=to)


def epochs(key: str = "num_train_epochs") -> Rule:
    """Return the rule of epochs, of which a tool counts parts too: a part of one is an epoch here."""
    return same(key, "num_epochs", of=lambda value: max(1, math.ceil(value)), says="a part of an epoch is one")


def warmup() -> Rule:
    """Return the rule of the warm-up: the steps of a share of the run are not known, and memory does not ask."""

    def read(words: Words) -> Mapping[str, Any]:
        steps, ratio = words.get("warmup_steps"), words.get("warmup_ratio")
        whole = not ratio and isinstance(steps, int | float) and steps == int(steps)
        return {"warmup_steps": int(steps)} if whole else {}

    return Rule(
        keys=("warmup_steps", "warmup_ratio"),
        settings=("warmup_steps",),
        write=lambda request: {"warmup_steps": request.value("warmup_steps")},
        read=read,
        says="a share of the run is no number of steps",
    )


def master_weights(key: str | None = None) -> Rule:
    """
    Return the rule of float32 copies, which follow from how a run is divided.

    Args:
        key: Keeps all weights in half precision where every GPU has all of them, and they are all trained.
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
        says="else as the split asks for it",
    )


def attention(key: str, names: Mapping[str, str], automatic: str | None, also: Mapping[str, str] | None = None) -> Rule:
    """
    Return the rule of the attention kernel.

    Args:
        names: Ours → the tool's.

        automatic: What stands where nothing was chosen; None: nothing.

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


def of_adapter(
    key: str,
    setting: str,
    is_full: Callable[[Words], bool],
    *,
    to: Callable[[Any], Any] = lambda value: value,
    of: Callable[[Words], Any] | None = None,
    says: str = "",
) -> Rule:
    """
    Return the rule of a number of the adapter, which neither side says where all weights are trained.

    Args:
        is_full: Whether a file trains all weights.

        to: Our value → the tool's.

        of: What the file says → our value; None where no setting follows it.
    """
    path = f"lora_config.{setting}"

    def write(request: ExportRequest) -> Mapping[str, Any]:
        return {} if request.value("method") == "full" else {key: to(request.value(path))}

    def read(words: Words) -> Mapping[str, Any]:
        if is_full(words):
            return {}
        value = words.get(key) if of is None else of(words)
        return {} if value is None else {path: value}

    return Rule(keys=(key,), settings=(path,), write=write, read=read, says=says)


def of_ends(names: Sequence[str]) -> tuple[bool, list[str]]:
    """Say whether names of modules mean embeddings or head, and which of them mean others."""
    known = {*ends("embeddings"), *ends("heads")}
    others = [name for name in names if name.rpartition(".")[2] not in known]
    return len(others) < len(names), others
