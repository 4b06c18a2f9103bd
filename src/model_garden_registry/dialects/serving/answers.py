"""Answers of a server: default sampling, parsers, and the checkpoint's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words, stated
from model_garden_registry.dialects.serving.spellings import given
from model_garden_registry.entries.defaults import Sampling

_SAMPLING = tuple(Sampling.model_fields)


def sampling_rule(key: str) -> Rule:
    """
    Return the rule for the default sampling of requests; other parameters are ignored.

    Args:
        key: The key of a mapping with each parameter under our name.
    """
    paths = {name: f"sampling.{name}" for name in _SAMPLING}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        chosen = {name: request.value(path) for name, path in paths.items()}
        found = {name: value for name, value in chosen.items() if value is not None}
        return {key: found} if found else {}

    def read(words: Words) -> Mapping[str, Any]:
        said = given(words, key)
        if not isinstance(said, dict):
            return {}
        return {path: said[name] for name, path in paths.items() if said.get(name) is not None}

    return Rule(keys=(key,), settings=tuple(paths.values()), write=write, read=read, says="one mapping of all of it")


def parser_rule(key: str, names: Mapping[str, str] | None = None, switch: str | None = None) -> Rule:
    """
    Return the rule for a parser, by vLLM's name.

    Args:
        key: The engine's key, which is also ours.

        names: vLLM's name → the engine's; None: the engine is vLLM.

        switch: Another key that must be on for the server to use it.
    """
    back = {theirs: ours for ours, theirs in reversed([*(names or {}).items()])}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(key)
        if value is None:
            return {}
        if names is not None and value not in names:
            if key in request.settings.overrides():
                raise UnsayableError(f"it has no {key} {value}: it takes {', '.join(names.values())}")
            return {}
        written = value if names is None else names[value]
        return {**({switch: True} if switch else {}), key: written}

    def read(words: Words) -> Mapping[str, Any]:
        value = given(words, key)
        if switch and given(words, switch) and key not in words:
            raise RefusedValueError(switch, f"needs {key}")
        if value is None:
            return {}
        if names is not None and value not in back:
            words.leave(key, "a parser that vLLM has no name for")
            return {}
        return {key: value if names is None else back[value]}

    keys = (key,) if switch is None else (key, switch)
    return Rule(keys=keys, settings=(key,), write=write, read=read, says="" if names is None else "names of its own")


def code_rule() -> Rule:
    """Return the rule for code that comes with a checkpoint."""
    return stated("trust_remote_code")
