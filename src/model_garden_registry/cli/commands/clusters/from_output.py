"""``mgr inventory from``: an inventory of what a cluster manager printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption
from model_garden_registry.cli.output import write_json
from model_garden_registry.hardware.inventory.reading import Manager

app = new_app()


@app.command(cls=Command)
def from_output(
    *,
    manager: Annotated[Manager, typer.Argument(metavar="MANAGER", help="slurm, kubernetes, dra or ray.")],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", readable=False, allow_dash=True, help="Its output; - for standard input."),
    ],
    as_json: JsonOption = False,
) -> None:
    """
    Make an inventory of what a cluster manager printed.

    slurm: scontrol show nodes --json, or scontrol show nodes -o. kubernetes: kubectl get nodes -o json; with
    nodes,pods -A also which GPUs are free. dra: kubectl get resourceslices -o json. ray: ray list nodes --format json
    --detail, or what ray.nodes() returns.

    The inventory is JSON on stdout, with or without --json. Identical nodes are one entry with a count; a node
    whose GPUs are not known, or that takes no jobs, has the reason. Nothing is asked over the network.

    Exit code: 0, whatever is in it; 2 the file cannot be read, or is not that output.
    """
    from model_garden_registry.hardware.inventory.documents import inventory_document
    from model_garden_registry.inventory_files import read_cluster

    del as_json  # it is JSON anyway; said, an error is JSON too
    write_json(inventory_document(read_cluster(manager, file)))
