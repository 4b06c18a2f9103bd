"""Answers of a server: default sampling, parsers, and the checkpoint's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words, stated
from model_garden_registry.dialects.serving.spellings import given
from model_garden_registry.entries.defaults import Sampling
from model_garden_registry.errors import closing
from model_garden_registry.families.engines import engine_of
from model_garden_registry.near_names import close_names
from model_garden_registry.visible_text import shown_value

_SAMPLING = tuple(Sampling.model_fields)
#: What vLLM takes for no parser of reasoning.
_NO_PARSER = ("", "none")
#: What SGLang takes for the parser that chat template or checkpoint call for.
_FOUND_OUT = "auto"


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


def parser_rule(key: str, plugin: str, switch: str | None = None) -> Rule:
    """
    Return the rule for a vLLM parser.

    Args:
        key: Its option, which is also our setting.

        plugin: The option for a plug-in, which may add parsers under other names; no setting covers those.

        switch: Another option that must be on for the server to use it.

    Source:
        vLLM 0.33.0, `validate_api_server_args`, `parse_reasoning_parser`, `ParserManager.get_tool_parser`
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(key)
        if value is None or key in unknown_parsers(request):
            return {}
        return {**({switch: True} if switch else {}), key: value}

    def read(words: Words) -> Mapping[str, Any]:
        value = given(words, key)
        if switch and given(words, switch) and (key not in words or not value):
            raise RefusedValueError(switch, f"needs {key}")
        if value is None:
            return {}
        if switch is None and value.lower() in _NO_PARSER:
            return {key: None}
        idle_without = switch if switch and (switch not in words or words.get(switch) is False) else None
        if idle_without:
            words.doubt(key, f"does nothing without {_option(idle_without)}")
        return {key: value} if _is_known(words, key, plugin, passes=bool(idle_without)) else {}

    keys = (key, plugin) if switch is None else (key, switch, plugin)
    return Rule(keys=keys, settings=(key,), write=write, read=read)


def _is_known(words: Words, key: str, plugin: str, *, passes: bool) -> bool:
    """
    Return whether vLLM has the parser that a file names.

    Args:
        passes: Whether an unknown one has no effect.

    Raises:
        RefusedValueError: It does not, and no plug-in may add it.
    """
    value, known = words.get(key), engine_of("vllm").parsers[key]
    if value in known:
        return True
    if given(words, plugin):
        words.leave(key, f"a parser added by {_option(plugin)}")
    elif not passes:
        near = closing(close_names(value, known))
        raise RefusedValueError(key, f"{shown_value(value)} is not a parser of {words.vocabulary.named}{near}")
    return False


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def unknown_parsers(request: ExportRequest) -> Mapping[str, str]:
    """Return the parsers in settings that vLLM does not have, by setting: an entry may name a plug-in's."""
    parsers = engine_of("vllm", request.inference.engine_version).parsers
    named = {name: request.value(name) for name in parsers}
    return {name: value for name, value in named.items() if value is not None and value not in parsers[name]}


def translated_parser_rule(
    key: str, names: Mapping[str, str], *, also: Mapping[str, str], deprecated: Mapping[str, str]
) -> Rule:
    """
    Return the rule for a parser of another engine than vLLM, by vLLM's name.

    Args:
        key: The engine's option, which is also our setting.

        names: vLLM's name → the engine's; of several with one name there, the first is read back.

        also: Further names of the engine → vLLM's name, for reading.

        deprecated: Names that the engine still accepts → the name it reads instead.
    """
    back = {theirs: ours for ours, theirs in reversed([*names.items()])} | {**also}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(key)
        if value is None:
            return {}
        if value not in names:
            if key in request.settings.overrides():
                raise UnsayableError(f"it has no {key} {value}: it takes {', '.join(names.values())}")
            return {}
        return {key: names[value]}

    def read(words: Words) -> Mapping[str, Any]:
        value = given(words, key)
        if value in (None, _FOUND_OUT):
            return {}
        if value in deprecated:
            words.doubt(key, f"{value} is deprecated: write {deprecated[value]}")
        plain = deprecated.get(value, value)
        if plain not in back:
            words.leave(key, "a parser that vLLM has no name for")
            return {}
        return {key: back[plain]}

    return Rule(keys=(key,), settings=(key,), write=write, read=read, says="names of its own")


def code_rule() -> Rule:
    """Return the rule for code that comes with a checkpoint."""
    return stated("trust_remote_code")
