"""
A command or group that takes the shared options and turns errors into exit codes.

A command's module makes an ``app = new_app()`` and registers its functions with ``@app.command(cls=Command)``. Its
parameters ``as_json`` and ``output_format``, if it has them, decide whether an error is also a JSON document.
"""

from __future__ import annotations

import re
import shlex
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.failures import UnforeseenError, asks_for_json, report_error
from model_garden_registry.cli.options.shared import registry_paths, shared_parameters
from model_garden_registry.cli.output import UnwrittenAnswerError, forget, say, write_answer
from model_garden_registry.cli.usage import UsageError, explain_choice, report_usage
from model_garden_registry.errors import RegistryError, RegistryWarning, closing

#: An argument of ``--set``: no id and no search word has an equals sign.
_SETTING = re.compile(r"[A-Za-z_][\w.]*=.+")


def new_app(**settings: Any) -> typer.Typer:
    """Return a Typer app with plain text help: Typer's Rich help writes escapes even under NO_COLOR."""
    chosen = {
        "cls": Group,
        "add_completion": False,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        **settings,
    }
    return typer.Typer(**chosen)


def help_where_alone(ctx: typer.Context) -> None:
    """Print a group's help if no command follows."""
    if ctx.invoked_subcommand is None:
        write_answer(ctx.get_help())


class Command(TyperCommand):
    """A command with the shared options."""

    allow_extra_args = True  # refused below, with our message

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "add_help_option": False})  # ours is a shared option
        self.params = [*self.params, *shared_parameters()]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, and refuse extra ones."""
        with _explained_errors(ctx, args):
            rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            self._check_words(ctx, rest)
        return rest

    def _check_words(self, ctx: Any, rest: Sequence[str]) -> None:
        """Refuse settings without ``--set``, and words for which there is no argument."""
        if any("--set" in param.opts for param in self.params):
            arguments = [param.name for param in self.params if param.param_type_name == "argument"]
            words = [*_texts(ctx.params.get(name) for name in arguments), *rest]
            if settings := [word for word in words if _SETTING.fullmatch(word)]:
                line = " ".join(f"--set {shlex.quote(word)}" for word in settings)
                ctx.fail(f"a setting needs --set; did you mean: {line}")
        if rest:
            ctx.fail(self._too_many(rest))

    def _too_many(self, rest: Sequence[str]) -> str:
        message = f"unexpected {'argument' if len(rest) == 1 else 'arguments'} {', '.join(map(repr, rest))}"
        if self.name != "serve":
            return message
        return f"{message}: the registry is served, not a model; see mgr validate inference {shlex.join(rest)}"

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the parameters: arguments without the name of a Python type, defaults without parentheses."""
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
        """Run the command; warnings become messages, errors an exit code."""
        try:
            with _spoken_warnings():
                return super().invoke(ctx)
        except RegistryError as error:
            raise typer.Exit(report_error(error, as_json=_wants_json(ctx.params))) from None
        except (OSError, EOFError) as error:
            raise UnforeseenError(error) from error


class Group(TyperGroup):
    """A group with the shared options and did-you-mean for commands."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "add_help_option": False})  # ours is a shared option
        self.params = [*self.params, *shared_parameters()]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments before the command; without any, print help, and load nothing else."""
        if not args and not ctx.resilient_parsing:
            write_answer(ctx.get_help())
            raise typer.Exit
        try:
            with _explained_errors(ctx, args):
                return super().parse_args(ctx, args)
        except BrokenPipeError:  # Typer's own options write as they are read: --show-completion
            forget(sys.stdout)
            raise typer.Exit(exit_codes.ANSWER) from None
        except OSError as error:
            forget(sys.stdout)
            raise UnwrittenAnswerError(error.strerror or str(error)) from None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that the first argument names."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            from model_garden_registry.near_names import close_names

            line = None if ctx.parent else _meant(ctx, args)
            hint = f"; did you mean: {line}" if line else closing(close_names(args[0], names))
            ctx.fail(f"there is no command {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # Typer passes the rest by name
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a whole command line; return its exit code, or end the process with it."""
        as_json = asks_for_json(sys.argv[1:] if args is None else args)
        try:
            result = super().main(args, prog_name, standalone_mode=False, **extra)
        except UsageError as error:
            report_usage(error, as_json=as_json)
            result = exit_codes.INVALID_USAGE
        except typer.Abort:
            result = exit_codes.INTERRUPTED
        code = result if isinstance(result, int) else exit_codes.ANSWER
        if standalone_mode:
            sys.exit(code)
        return code


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Yield the texts of arguments that have one value or several."""
    for value in values:
        yield from (value,) if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ()


@contextmanager
def _explained_errors(ctx: Any, args: list[str]) -> Iterator[None]:
    """Add to an argument error where it occurred, and what was given."""
    words = list(args)  # parsing consumes the list
    try:
        yield
    except UsageError as error:
        error.ctx = error.ctx or ctx
        if isinstance(error, typer.BadParameter):
            given, _, _ = ctx.command.make_parser(ctx).parse_args([*words])
            explain_choice(error, given)
            _explain_order(error, ctx, words)
        raise


def _explain_order(error: Any, ctx: Any, words: Sequence[str]) -> None:
    """Add the likely command line to the error if something else is in the place of the task."""
    is_task = error.param is not None and error.param.name == "task" and error.param.param_type_name == "argument"
    is_near = "; did you mean " in error.message
    is_of_a_group = (
        ctx.parent is not None and ctx.parent.parent is not None
    )  # ``mgr inventory place``: no other command is meant
    if (
        is_task
        and error.message
        and not (is_near or is_of_a_group)
        and (line := _meant(ctx.parent, [ctx.info_name, *words]))
    ):
        error.message = f"{error.message}; did you mean: {line}"


def _meant(ctx: Any, words: Sequence[str]) -> str | None:
    from model_garden_registry.cli.slips import meant_line

    return meant_line(words, ctx.command.list_commands(ctx), registry_paths(ctx))


@contextmanager
def _spoken_warnings() -> Iterator[None]:
    """Print each registry warning as one line, once; leave other warnings alone."""
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
