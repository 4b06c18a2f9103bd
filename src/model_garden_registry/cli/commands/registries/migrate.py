"""``mgr registry migrate``: a registry file of an older format, brought to the newest one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.output import write_answer
from model_garden_registry.visible_text import visible

app = new_app()


@app.command(cls=Command)
def migrate(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False, readable=False, help="A registry file.")],
    fill: Annotated[
        bool, typer.Option("--fill", help="Add facts that the shipped registry states about the same models.")
    ] = False,
) -> None:
    """
    Bring a registry file to the newest format.

    In place: `version` is changed, and everything else stays, byte for byte. Running it again changes nothing.

    --fill adds what older formats have no fields for (architecture, licence, month of release, lowest versions of
    engines, sources) to models that the shipped registry knows. What the file states is never changed.

    Exit code: 0 the file is in the newest format; 3 it is no registry, or cannot be written.
    """
    from model_garden_registry.lifecycle.migration import migrate_registry_file

    done = migrate_registry_file(file, fill=fill)
    formats = f"format {done.old} → {done.new}" if done.old != done.new else f"format {done.new} already"
    lines = [f"{visible(str(file))}: {formats}"]
    lines += [f"  {visible(key)}: added {', '.join(names)}" for key, names in done.filled.items()]
    write_answer("\n".join(lines))
