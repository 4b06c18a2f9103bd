"""``mgr inventory show``: an inventory as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, screen
from model_garden_registry.cli.output import write_answer, write_json

app = new_app()


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    *,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", readable=False, allow_dash=True, help="The inventory; - for standard input."),
    ],
    as_json: JsonOption = False,
) -> None:
    """
    Show an inventory as a table.

    For each pool its nodes: how many are identical, the GPUs of each with their memory, whether the node stated that
    memory or it is from the table of known GPUs, and how many GPUs are free. Below a node is why its GPUs are not
    known, or why it takes no jobs.

    Exit code: 0; 2 the file cannot be read, or is no inventory.
    """
    from model_garden_registry.inventory_files import read_inventory

    found = read_inventory(file)
    if as_json:
        from model_garden_registry.hardware.inventory.documents import inventory_document

        write_json(inventory_document(found))
    else:
        from model_garden_registry.cli.text.clusters.inventories import inventory_text

        write_answer(inventory_text(found, screen(ctx)))
