"""
A command or group that takes the shared options and turns errors into exit codes.

A command's file makes an ``app = new_app()`` and registers its functions with ``@app.command(cls=Command)``. Its
parameters ``as_json`` and ``output_format``, where it has them, say whether an error is a JSON document as well.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise, takewhile
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.options.shared import shared_parameters
from model_garden_registry.cli.output import UnwrittenAnswerError, say, write_json
from model_garden_registry.errors import RegistryError, RegistryWarning, closing
from model_garden_registry.near_names import close_names

#: How the library begins the message of a wrong value: with the option or argument, where it is one.
_WRONG_VALUE = re.compile(r"Invalid value(?: for (?P<name>.+?))?: (?:Value error, |Input )?(?P<problem>.+)")
_NO_CHOICE = re.compile(r"""(?P<quote>['"])(?P<given>.*)(?P=quote) is not one of (?P<choices>'.*')\.""")

#: Root of what Typer raises for wrong arguments: it has no public name of its own in every version.
_UsageError: Any = typer.BadParameter.__base__


def new_app(**settings: Any) -> typer.Typer:
    """Make a Typer app that writes plain text: Typer's Rich help writes escapes even under NO_COLOR."""
    chosen = {
        "cls": Group,
        "add_completion": False,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        **settings,
    }
    return typer.Typer(**chosen)


class Command(TyperCommand):
    """A command with the shared options."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "add_help_option": False})  # ours is among the shared ones
        self.params = [*self.params, *shared_parameters()]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the parameters: arguments without the name of a Python type, defaults without brackets."""
        arguments: list[tuple[str, str]] = []
        options: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            name, text = param.get_help_record(ctx) or ("", "")
            if name and param.param_type_name == "argument":
                arguments.append((f"{name.split()[0]}{'...' if param.nargs == -1 else ''}", text))
            elif name:
                options.append((name, re.sub(r"\[default: \((.+?)\)", r"[default: \1", text)))
        for heading, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; warnings become lines of talk, errors an exit code."""
        try:
            with _spoken_warnings():
                return super().invoke(ctx)
        except RegistryError as error:
            _report(error, as_json=_wants_json(ctx.params))
            raise typer.Exit(exit_codes.for_error(error)) from None


class Group(TyperGroup):
    """A group with the shared options; names what a wrong command may have meant."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "add_help_option": False})  # ours is among the shared ones
        self.params = [*self.params, *shared_parameters()]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the first argument names."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {args[0]!r}{closing(close_names(args[0], names))}")
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a whole command line and end the process with its exit code."""
        as_json = _asks_for_json(sys.argv[1:] if args is None else args)
        try:
            result = super().main(
                args, prog_name, complete_var, standalone_mode=False, windows_expand_args=windows_expand_args, **extra
            )
        except _UsageError as error:
            _report_usage(error, as_json=as_json)
            result = exit_codes.ASKED_WRONGLY
        except typer.Abort:
            result = exit_codes.INTERRUPTED
        except UnwrittenAnswerError as error:
            say("error", f"the answer cannot be written: {error}")
            result = exit_codes.NO_ANSWER
        code = result if isinstance(result, int) else exit_codes.ANSWER
        if standalone_mode:
            sys.exit(code)
        return code


@contextmanager
def _spoken_warnings() -> Iterator[None]:
    """Turn what the registry warns of into one line each, said once; other warnings stay what they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", RegistryWarning)
        show_other = warnings.showwarning
        said: set[str] = set()

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if not issubclass(category, RegistryWarning):
                show_other(message, category, *place, **more)
            elif str(message) not in said:
                said.add(str(message))
                say("warning", str(message))

        warnings.showwarning = show
        yield


def _wants_json(parameters: Mapping[str, Any]) -> bool:
    return bool(parameters.get("as_json")) or parameters.get("output_format") == "json"


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Look at arguments that could not be read."""
    ours = [*takewhile(lambda argument: argument != "--", arguments)]
    return bool({"--json", "--format=json"} & {*ours}) or ("--format", "json") in pairwise(ours)


def _report(error: RegistryError, *, as_json: bool) -> None:
    if as_json:
        from model_garden_registry.payloads.errors import error_document

        write_json(error_document(error))
    say("error", str(error))


def _report_usage(error: Any, *, as_json: bool) -> None:
    """Say what is wrong with the arguments, and where their help is."""
    message = _in_our_words(" ".join(error.format_message().split()))
    if as_json:
        from model_garden_registry.payloads.errors import usage_document

        write_json(usage_document(type(error).__name__, message))
    say("error", message)
    if error.ctx is not None:
        if "unexpected extra argument" in message and any(param.name == "query" for param in error.ctx.command.params):
            say("note", "several words of a query are one argument: put them between quotation marks")
        say("note", f"{error.ctx.command_path} --help shows what it takes")


def _in_our_words(message: str) -> str:
    """Leave out what the library says of itself; add what may have been meant by a word of a closed set."""
    if wrong := _WRONG_VALUE.fullmatch(message):
        name = (wrong["name"] or "").replace("'", "")
        message = f"{name}: {wrong['problem']}" if name else wrong["problem"]
    if no_choice := _NO_CHOICE.search(message):
        choices = re.findall("'(.*?)'", no_choice["choices"])
        message = f"{message.removesuffix('.')}{closing(close_names(no_choice['given'], choices))}"
    return message
