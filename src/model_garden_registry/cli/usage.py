"""Messages about wrong arguments, each one sentence made from the facts of Typer's errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from model_garden_registry.cli.output import say, write_json
from model_garden_registry.errors import closing

#: Base class of Typer's errors about arguments: not every version has a public name for it.
UsageError: Any = typer.BadParameter.__base__


def report_usage(error: Any, *, as_json: bool) -> None:
    """Report invalid usage: what is wrong with the arguments, and where their help is."""
    message = _problem(error)
    if as_json:
        from model_garden_registry.payloads.errors import failure_document

        write_json(failure_document(error, message))
    say("error", message)
    if error.ctx is not None:
        say("note", f"{error.ctx.command_path} --help shows what it takes")


def not_one_of(value: str, choices: Sequence[str]) -> str:
    """Return the message about a value outside a closed set, with near values."""
    from model_garden_registry.near_names import close_names

    return f"{value!r} is not one of {', '.join(map(repr, choices))}{closing(close_names(value, choices))}"


def explain_choice(error: Any, given: Mapping[str, Any]) -> None:
    """
    Set our message in the error of a parameter with choices.

    Args:
        given: Values of the command line by parameter, before conversion.
    """
    param = error.param
    texts = given.get(param.name) if param is not None else None
    wrong = next((text for text in _texts(texts) if text not in _choices(param)), None)
    if wrong is not None and _choices(param):
        error.message = not_one_of(wrong, _choices(param))


def _problem(error: Any) -> str:
    if isinstance(error, typer.BadParameter):
        name, message = _name(error), error.message
        if not message:
            choices = ", ".join(_choices(error.param))
            return f"{name} is missing: one of {choices}" if choices else f"{name} is missing"
        return f"{name}: {message}" if name else str(message)
    if (option := getattr(error, "option_name", None)) is not None and hasattr(error, "possibilities"):
        meant = _meant_settings(error)
        if meant:
            return f"there is no option {option!r}: it is a setting, --set {' or --set '.join(meant)}"
        return f"there is no option {option!r}{closing(tuple(error.possibilities or ()))}"
    return " ".join(error.format_message().split())


def _meant_settings(error: Any) -> list[str]:
    """Return the settings that an unknown option may mean, if the command takes settings."""
    params = error.ctx.command.params if error.ctx is not None else ()
    options = {option for param in params for option in param.opts}
    if "--set" not in options or error.option_name.removesuffix("s") in options:
        return []
    from model_garden_registry.entries.settings.other_names import settings_meant

    return [f"{setting}=VALUE" for setting in settings_meant(error.option_name)]


def _name(error: Any) -> str:
    """Return the name of an error's parameter in the help."""
    if error.param_hint is not None:
        return str(error.param_hint)
    if error.param is None:
        return ""
    is_argument = error.param.param_type_name == "argument"
    return str(error.param.metavar) if is_argument else " / ".join(error.param.opts)


def _choices(param: Any) -> tuple[str, ...]:
    """Return the values of a closed set: before Typer 0.28 the parameter's `type` had them."""
    kind = getattr(param, "type_descriptor", None) or getattr(param, "type", None)
    return tuple(map(str, getattr(kind, "choices", None) or ()))


def _texts(given: Any) -> Sequence[str]:
    return [given] if isinstance(given, str) else [text for text in given or () if isinstance(text, str)]
