"""``mgr drift``: where another tool's file differs from the registry's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.naming import NamedModelOption, taken_id
from model_garden_registry.cli.options.shared import JsonOption, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json

app = new_app()


@app.command(cls=Command)
def drift(
    ctx: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="A file that `mgr check` reads.")],
    model: NamedModelOption = None,
    is_strict: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if there is a difference.")] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Show where another tool's file differs from the registry.

    Each setting for which the file, or the tool's own default, differs from the registry's defaults for
    its model, with the line, and where the default comes from. A file from `mgr export` has no differences.

    Exit code: 0 for an answer; with --exit-code 1 if something differs; 2 invalid usage, also a file of no
    known tool, or without a model of the registry.
    """
    from model_garden_registry.dialects.reading import read_configs

    registry = open_registry(ctx)
    chosen = taken_id(registry, model) if model is not None else None
    found = [registry.drift(config, model=chosen) for config in read_configs(file)]
    if as_json:
        from model_garden_registry.payloads.dialects import drift_document

        write_json(drift_document(found))
    else:
        from model_garden_registry.cli.text.dialects.drifts import drifts_text

        write_answer(drifts_text(found, screen(ctx)))
    differs = any(one.differences for one in found)
    raise typer.Exit(exit_codes.NO if differs and is_strict else exit_codes.ANSWER)
