"""Rules of the adapter, for arguments that trainers name alike."""

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
    Return the rule for a number of the adapter, which neither side states for full fine-tuning.

    Args:
        is_full: Whether a file trains all weights.

        to: Our value → the tool's.

        of: The file's value → ours; None if no setting covers it.
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
    """Return the modules that are fully trained beside adapters, embeddings and head included."""
    settings = request.training
    if settings.method == "full":
        return []
    names = list(settings.lora_config.modules_to_save)
    return names + [name for name in ENDS if settings.trains_embeddings and not saves_ends(names)]


def saved_settings(names: Sequence[Any]) -> dict[str, Any]:
    """Return the settings for names of fully trained modules: embeddings and head, or other modules."""
    named = [str(name) for name in names]
    plain = len(named) in (0, len(ENDS)) and all(map(names_end, named))
    return {"trains_embeddings": saves_ends(named)} | ({} if plain else {"lora_config.modules_to_save": named})


def of_dora(key: str, is_full: Callable[[Words], bool]) -> Rule:
    """
    Return the rule for the key that turns on DoRA, which is off by default in the tools.

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
    Return the rule for the key with parameters that get adapters.

    Args:
        read: Returns the settings of the key.

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
