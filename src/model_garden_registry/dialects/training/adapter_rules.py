"""The adapter, in arguments that trainers name alike: rules that several tools take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, Words
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.entries.settings.reached_parts import ENDS, names_end, saves_ends


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

        of: What the file says → our value; None if no setting follows it.
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


def saved_modules(request: ExportRequest) -> list[str]:
    """Return the modules that are trained in full beside adapters, embeddings and head among them where they are."""
    settings = request.training
    if settings.method == "full":
        return []
    names = list(settings.lora_config.modules_to_save)
    return names + [name for name in ENDS if settings.trains_embeddings and not saves_ends(names)]


def saved_settings(names: Sequence[Any]) -> dict[str, Any]:
    """Return what names of modules that are trained in full say: embeddings and head, or which modules else."""
    named = [str(name) for name in names]
    plain = len(named) in (0, len(ENDS)) and all(map(names_end, named))
    return {"trains_embeddings": saves_ends(named)} | ({} if plain else {"lora_config.modules_to_save": named})


def of_dora(key: str, is_full: Callable[[Words], bool]) -> Rule:
    """
    Return the rule of the key that turns magnitudes on (DoRA), which tools leave off.

    Args:
        is_full: Whether a file trains all weights.
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        is_on = request.training.lora_config.use_dora and request.training.method != "full"
        return {key: True} if is_on else {}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key) if key in words else False
        return {} if value is ABSENT or is_full(words) else {"lora_config.use_dora": bool(value)}

    return Rule(keys=(key,), settings=("lora_config.use_dora",), write=write, read=read)


def of_parameters(key: str, read: Callable[[Words, str], Mapping[str, Any]], is_full: Callable[[Words], bool]) -> Rule:
    """
    Return the rule of the key that names parameters which get adapters.

    Args:
        read: The settings that the key says.

        is_full: Whether a file trains all weights.
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        names = request.training.lora_config.target_parameters
        return {key: list(names)} if names and request.training.method != "full" else {}

    path = "lora_config.target_parameters"
    return Rule(
        keys=(key,),
        settings=(path,),
        write=write,
        read=lambda words: {} if is_full(words) else read(words, key),
    )
