"""``mgr``: all commands together. A command's file is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

from model_garden_registry.cli.command import Group, help_where_alone, new_app

#: Folder of ``commands`` → commands, in the order of `mgr --help`. Each is a file there with an ``app``.
GROUPS = {
    "models": ("list", "show", "compare", "categories", "stats", "audit"),
    "verdicts": ("defaults", "estimate", "fit", "plan", "validate", "matrix", "hardware"),
    "files": ("schema", "lint", "diff", "new"),
    "service": ("serve",),
}
COMMANDS = {command: group for group, commands in GROUPS.items() for command in commands}

#: What the commands of a folder are about, as `mgr --help` says it.
_HEADINGS = {
    "models": "Models and where their numbers come from",
    "verdicts": "Settings, memory, and what runs where",
    "files": "Registry files",
    "service": "The registry over HTTP",
}

#: More characters than a sentence about a command has: none is cut.
_LONGEST_SENTENCE = 1000


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

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands below the headings of their groups: whole sentences, all at the same column."""
        width = max(map(len, COMMANDS))
        for group, names in GROUPS.items():
            with formatter.section(_HEADINGS[group]):
                formatter.write_dl(
                    [
                        (name.ljust(width), self.get_command(ctx, name).get_short_help_str(_LONGEST_SENTENCE))
                        for name in names
                    ]
                )


app = new_app(name="mgr", cls=_Commands, add_completion=True, invoke_without_command=True)


@app.callback()
def start(ctx: typer.Context) -> None:
    """
    Open-weight language models: what they need, how to train and serve them.

    `mgr COMMAND --help` explains a command with its options.

    The answer goes to stdout, everything else to stderr. The exit code is 0 for an answer or a yes, 1 for a no, 2 for
    invalid usage, 3 where there is no answer, 70 for a bug.

    The registry is the file that --registry names, else MGR_REGISTRY, else `registry` in mgr.toml or in [tool.mgr] of
    pyproject.toml, else ./storage/models_registry.json, else the one that is shipped.
    """
    help_where_alone(ctx)
