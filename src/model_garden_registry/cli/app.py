"""``mgr``: all commands together. A command's file is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

from model_garden_registry.cli.command import Group, help_where_alone, new_app

#: Folder of ``commands`` → commands, in the order of `mgr --help`. Each is a file there with an ``app``.
GROUPS = {
    "models": ("list", "show", "compare", "categories", "stats", "audit"),
    "verdicts": ("defaults", "estimate", "fit", "validate", "hardware"),
    "files": ("schema", "lint", "diff", "new"),
    "service": ("serve",),
}
COMMANDS = {command: group for group, commands in GROUPS.items() for command in commands}


class _Commands(Group):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (asked with a context)
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        group = COMMANDS.get(cmd_name)
        if group is None:
            return None
        command = typer.main.get_command(import_module(f"{__package__}.commands.{group}.{cmd_name}").app)
        command.name = cmd_name
        return command


app = new_app(name="mgr", cls=_Commands, add_completion=True, invoke_without_command=True)


@app.callback()
def start(ctx: typer.Context) -> None:
    """
    Open-weight language models: what they need, how to train and serve them.

    The answer goes to stdout, everything else to stderr. The exit code is 0 for an answer or a yes, 1 for a no, 2 for
    a wrong question, 3 where there is no answer.

    The registry is the file that --registry names, else MGR_REGISTRY, else `registry` in mgr.toml or in [tool.mgr] of
    pyproject.toml, else ./storage/models_registry.json, else the one that is shipped.
    """
    help_where_alone(ctx)
