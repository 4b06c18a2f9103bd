"""The adapter, in arguments that trainers name alike: rules that several tools take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, Words
from model_garden_registry.families.family import ends


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
