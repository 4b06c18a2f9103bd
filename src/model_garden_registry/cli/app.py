"""``mgr``: all commands together. A command's module is imported when it is used."""

from __future__ import annotations

from typing import ClassVar

import typer

from model_garden_registry.cli.command import help_where_alone, new_app
from model_garden_registry.cli.lazy_group import LazyGroup

#: Folder of ``commands`` → commands, in the order of `mgr --help`, each with the first sentence of its own help: help
#: imports none of them. Each is a module there with an ``app``.
GROUPS = {
    "models": {
        "list": "List models.",
        "show": "Show one model.",
        "compare": "Show models side by side.",
        "categories": "List the categories, with how many models each has.",
        "stats": "Count models and numbers.",
        "audit": "Show where numbers come from.",
    },
    "verdicts": {
        "defaults": "Show a model's settings for a task, merged with overrides.",
        "estimate": "Estimate the memory that a task needs on each GPU.",
        "fit": "Show which models run on the GPUs here, or on named ones.",
        "plan": "Show which known GPUs run a model, and how many of each.",
        "validate": "Judge models for a task.",
        "matrix": "Show what training stacks and serving engines support.",
        "hardware": "Show the GPUs, driver and main memory of this machine.",
    },
    "dialects": {
        "export": "Write a model with its settings for another tool.",
        "check": "Judge whether other tools' files will run.",
        "drift": "Show where another tool's file differs from the registry.",
    },
    "files": {
        "schema": "Check registry files; print the schema.",
        "lint": "Check rules and physics.",
        "diff": "Show what changed between files.",
        "new": "Make a complete entry for a model from its own config.json.",
    },
    "clusters": {"inventory": "List the nodes of a cluster with their GPUs."},
    "registries": {"registry": "Keep registries, and files that name models, up to date."},
    "service": {
        "serve": "Serve the registry over HTTP: a page for people, and an API.",
        "site": "Write the registry as files for any web server.",
    },
}
COMMANDS = {command: group for group, commands in GROUPS.items() for command in commands}

#: Headings of the groups in `mgr --help`, by folder.
_HEADINGS = {
    "models": "Models and where their numbers come from",
    "verdicts": "Settings, memory, and what runs where",
    "dialects": "Other tools' files",
    "files": "Registry files",
    "clusters": "Clusters",
    "registries": "Registries over time",
    "service": "The registry for other programs",
}


class _Commands(LazyGroup):
    sections: ClassVar = {_HEADINGS[group]: commands for group, commands in GROUPS.items()}
    modules: ClassVar = {command: f"{__package__}.commands.{group}.{command}" for command, group in COMMANDS.items()}


app = new_app(name="mgr", cls=_Commands, add_completion=True, invoke_without_command=True)


@app.callback()
def start(ctx: typer.Context) -> None:
    """
    Open-weight language models: what they need, how to train and serve them.

    `mgr COMMAND --help` explains a command with its options.

    The answer goes to stdout, everything else to stderr. The exit code is 0 for an answer or a yes, 1 for a no, 2 for
    invalid usage, 3 for no answer, 70 for a bug.

    The registry is the file that --registry names, else MGR_REGISTRY, else `registry` in mgr.toml or in [tool.mgr] of
    pyproject.toml, else ./storage/models_registry.json, else your own, your organisation's, a download, or the shipped
    one. A file that says `extends` lies on the next one; `mgr registry status` lists the files in use.
    """
    help_where_alone(ctx)
