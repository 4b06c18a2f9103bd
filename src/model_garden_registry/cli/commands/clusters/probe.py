"""``mgr inventory probe``: the nodes of a running cluster, asked for their hardware."""

from __future__ import annotations

from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption
from model_garden_registry.cli.output import write_json

app = new_app()


@app.command(cls=Command)
def probe(
    *,
    ray: Annotated[
        str,
        typer.Option("--ray", metavar="ADDRESS", help="A Ray cluster: auto, HOST:PORT, or ray://HOST:PORT."),
    ],
    as_json: JsonOption = False,
) -> None:
    """
    Ask every node of a running cluster for its hardware.

    --ray: one task on each node of the cluster reads what its NVIDIA driver says, as `mgr hardware` does; it takes no
    CPU and no GPU, and is sent with the task, so that nothing is installed on nodes. It needs the extra ray.

    The inventory is JSON on stdout, with or without --json.

    Exit code: 0, whatever nodes answer; 3 there is no cluster, or Ray is not installed.
    """
    from model_garden_registry.hardware.inventory.documents import inventory_document
    from model_garden_registry.hardware.inventory.probing import probe_ray

    del as_json  # it is JSON anyway; said, an error is JSON too
    write_json(inventory_document(probe_ray(ray)))
