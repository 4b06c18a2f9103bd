"""``mgr registry``: its commands together. A command's module is imported when it is used."""

from __future__ import annotations

from typing import ClassVar

import typer

from model_garden_registry.cli.command import help_where_alone, new_app
from model_garden_registry.cli.lazy_group import LazyGroup

#: Commands, in the order of `mgr registry --help`, each with the first sentence of its own help. Each is a module of
#: this folder with an ``app``.
SUBCOMMANDS = {
    "init": "Begin a registry of your own models, on top of the shipped one.",
    "add": "Add a fine-tune of a known model.",
    "copy": "Copy an entry into your own registry, to edit it there.",
    "remove": "Remove a model from your registry.",
    "lock": "Record what models are, and check it later.",
    "status": "List the files that the registry is made of.",
    "update": "Download the configured remote registry.",
    "outdated": "Find model ids in files that are out of date.",
    "scan": "List the models on this machine, and which of them the registry has.",
    "migrate": "Bring a registry file to the newest format.",
}


class _Subcommands(LazyGroup):
    sections: ClassVar = {"Commands": SUBCOMMANDS}
    modules: ClassVar = {name: f"{__package__}.{name}" for name in SUBCOMMANDS}


app = new_app(cls=_Subcommands, invoke_without_command=True)


@app.callback()
def registry(ctx: typer.Context) -> None:
    """Keep registries, and files that name models, up to date."""
    help_where_alone(ctx)
