"""``mgr inventory``: its commands together. A command's module is imported when it is used."""

from __future__ import annotations

from typing import ClassVar

import typer

from model_garden_registry.cli.command import help_where_alone, new_app
from model_garden_registry.cli.lazy_group import LazyGroup

#: Commands, in the order of `mgr inventory --help`, each with the first sentence of its own help.
SUBCOMMANDS = {
    "from": "Make an inventory of what a cluster manager printed.",
    "probe": "Ask every node of a running cluster for its hardware.",
    "merge": "Join inventories and hardware snapshots.",
    "show": "Show an inventory as a table.",
    "place": "Show which models go on which nodes of a cluster.",
}
#: Modules whose name is not that of their command, which is a word of Python.
_MODULES = {"from": "from_output"}


class _Subcommands(LazyGroup):
    sections: ClassVar = {"Commands": SUBCOMMANDS}
    modules: ClassVar = {name: f"{__package__}.{_MODULES.get(name, name)}" for name in SUBCOMMANDS}


app = new_app(cls=_Subcommands, invoke_without_command=True)


@app.callback()
def inventory(ctx: typer.Context) -> None:
    """
    List the nodes of a cluster with their GPUs.

    An inventory is JSON (mgr.inventory/1) that --inventory takes in `mgr fit`, `validate`,
    `plan` and `inventory place`.
    """
    help_where_alone(ctx)
