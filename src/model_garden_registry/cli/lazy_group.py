"""A group whose commands are modules: one is imported when it is used, and help imports none."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer

from model_garden_registry.cli.command import Group


class LazyGroup(Group):
    """A group with a table of its commands; each is a module with an ``app``."""

    #: Heading in the help → commands in its order, each with the first sentence of its own help.
    sections: ClassVar[Mapping[str, Mapping[str, str]]]
    #: Command → module.
    modules: ClassVar[Mapping[str, str]]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (asked with a context)
        """Return the names of the commands, in the order of the help."""
        return list(self.modules)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a command; None if there is none of this name."""
        if cmd_name not in self.modules:
            return None
        command = typer.main.get_command(import_module(self.modules[cmd_name]).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands below their headings: whole sentences in one column."""
        width = max(map(len, self.modules))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), summary) for name, summary in commands.items()])
