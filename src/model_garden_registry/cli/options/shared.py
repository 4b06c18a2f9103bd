"""Options that every command takes, before and after its name, and the registry that they name."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from model_garden_registry import __version__
from model_garden_registry.cli.output import ColorChoice, Screen, is_a_terminal, read_screen, say, write_answer

if TYPE_CHECKING:
    from model_garden_registry.registry.model_registry import ModelRegistry

#: Key under which a context keeps options given before or after the command.
_META = "model_garden_registry.cli"

F = TypeVar("F", bound=str)

JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout and nothing else.")]
"""For a parameter named ``as_json``: errors become JSON documents as well where it is set."""


def registry_paths(ctx: typer.Context) -> tuple[Path, ...]:
    """Return the paths of ``--registry``, the weakest first."""
    return tuple(_said(ctx, "registry") or ())


def screen(ctx: typer.Context) -> Screen:
    """Return what stdout can show, with ``--color``."""
    return read_screen(_said(ctx, "color") or "auto")


def open_registry(ctx: typer.Context, *, strict: bool = False, ends_soon: bool = True) -> ModelRegistry:
    """
    Return the registry in use; on a terminal, with a note on stderr unless it is the shipped one.

    Args:
        strict: Whether an overlay that cannot be used is an error instead of a warning.

        ends_soon: Whether the process ends with the answer, as all but a server do.

    Raises:
        RegistryError: The file is no registry.
    """
    from model_garden_registry.files.documents import keep_until_exit, paused_garbage_collection
    from model_garden_registry.files.location import NamedBy
    from model_garden_registry.registry.model_registry import ModelRegistry

    paths = registry_paths(ctx)
    with paused_garbage_collection():
        registry = ModelRegistry(paths)
    keep_until_exit(ends_soon=ends_soon)
    strongest = registry.layers[-1]
    if strongest.named_by is not NamedBy.SHIPPED and is_a_terminal(sys.stderr):
        say("note", f"registry {strongest.path}, named by {_NAMERS[strongest.named_by]}")
    if strict and (problem := next((layer.problem for layer in registry.layers if layer.problem), None)):
        raise problem
    return registry


def open_own_registry(ctx: typer.Context) -> ModelRegistry:
    """
    Return the registry in use, to write into its strongest file.

    Raises:
        RegistryError: The file is no registry.

        RegistryWriteError: There is no file.
    """
    from model_garden_registry.errors import RegistryNotFoundError, RegistryWriteError

    try:
        return open_registry(ctx)
    except RegistryNotFoundError as error:
        same = " with the same --registry" if registry_paths(ctx) else ""
        raise RegistryWriteError(error.path, f"is not there: mgr registry init{same} begins it") from None


def chosen_format(given: F | None, *, as_json: bool, quiet: bool = False, default: F) -> F:
    """
    Return the output format that ``--format``, ``--json`` and, if there is one, ``--quiet`` choose.

    Raises:
        typer.BadParameter: They contradict each other.
    """
    asked: dict[str, Any] = {f"--format {given}": given, "--json": "json" * as_json, "--quiet": "ids" * quiet}
    chosen = {option: shape for option, shape in asked.items() if shape}
    if len(set(chosen.values())) > 1:
        raise typer.BadParameter(f"{' and '.join(chosen)} contradict each other")
    return next(iter(chosen.values()), default)


@cache
def shared_parameters() -> tuple[Any, ...]:
    """Return the options as Typer makes them from the function that declares them."""
    declaring = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    declaring.command()(_declare)
    return tuple(typer.main.get_command(declaring).params)


def _remember(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    if isinstance(value, list):  # an option that may be repeated: before and after the command, too
        value = [*(_said(ctx, str(param.name)) or ()), *value]
    if value:
        ctx.meta.setdefault(_META, {})[param.name] = value
    return value


def _write_version(ctx: typer.Context, *, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        write_answer(f"mgr {__version__}")
        raise typer.Exit


def _write_help(ctx: typer.Context, *, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        write_answer(ctx.get_help())
        raise typer.Exit


def _declare(
    *,
    registry: Annotated[
        list[Path] | None,
        typer.Option(
            "--registry",
            metavar="PATH",
            readable=False,  # Typer would refuse it with exit code 2; reading it gives 3
            help="Registry file to use instead of the default one; again for overlays, the strongest last.",
            callback=_remember,
            expose_value=False,
        ),
    ] = None,
    color: Annotated[
        ColorChoice | None,
        typer.Option(
            "--color", help="Whether to write colours; auto: on a terminal.", callback=_remember, expose_value=False
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_write_version, is_eager=True, expose_value=False
        ),
    ] = False,
    usage: Annotated[
        bool,
        typer.Option(
            "--help", "-h", help="Show this message and exit.", callback=_write_help, is_eager=True, expose_value=False
        ),
    ] = False,
) -> None:
    """Declare the options of every command."""


def _said(ctx: typer.Context, name: str) -> Any:
    return ctx.meta.get(_META, {}).get(name)


_NAMERS = {
    "argument": "--registry",
    "environment": "MGR_REGISTRY",
    "configuration": "the configuration of this directory",
    "directory": "./storage",
    "user": "its place in your home",
    "organisation": "'organisation' in the configuration of this directory",
    "remote": "'remote' in the configuration of this directory",
}
