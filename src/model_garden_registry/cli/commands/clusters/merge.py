"""``mgr inventory merge``: several inventories and snapshots as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption
from model_garden_registry.cli.output import write_json
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL, inventory_document

app = new_app()


@app.command(cls=Command)
def merge(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            readable=False,
            allow_dash=True,
            help="Inventories, and what `mgr hardware --json` printed on a node: NODE.json.",
        ),
    ],
    pool: Annotated[
        str, typer.Option("--pool", metavar="NAME", help="Pool of the nodes that only a snapshot knows.")
    ] = DEFAULT_POOL,
    as_json: JsonOption = False,
) -> None:
    """
    Join inventories and hardware snapshots.

    A snapshot is what `mgr hardware --json` printed on a node, in a file with the node's name. If several files
    know a node, its own snapshot counts, else what is exact, else the last; its pool and a reason for taking no jobs
    stay. CUDA_VISIBLE_DEVICES of the process that took a snapshot does not matter.

    The inventory is JSON on stdout, with or without --json.

    Exit code: 0; 2 a file cannot be read, or is neither.
    """
    from model_garden_registry.inventory_files import merge_inventories

    del as_json  # it is JSON anyway; said, an error is JSON too
    if not pool.strip():
        raise typer.BadParameter("the name is empty", param_hint="--pool")
    write_json(inventory_document(merge_inventories(files, pool=pool)))
