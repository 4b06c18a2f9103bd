"""``mgr registry outdated``: model ids in files that are out of date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, open_registry
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.cli.text.wording import count
from model_garden_registry.lifecycle.known_ids import Kind
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.lifecycle.outdated.outdated_ids import OutdatedFiles

#: Most ids that are shown, as of the findings of other commands.
MOST = 1000

app = new_app()


@app.command(cls=Command)
def outdated(
    ctx: typer.Context,
    *,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", readable=False, help="Files, and folders with files of known kinds."),
    ],
    fix: Annotated[
        bool, typer.Option("--fix", help="Replace renamed and withdrawn ids in the files, and nothing else.")
    ] = False,
    ignored: Annotated[
        list[Kind] | None,
        typer.Option(
            "--ignore",
            metavar="KIND",
            help="Leave out a kind: withdrawn, renamed, unknown, superseded; may be repeated.",
        ),
    ] = None,
    all_findings: Annotated[
        bool, typer.Option("--all-findings", help="Show all ids, not only the first 1,000.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Find model ids in files that are out of date.

    withdrawn: the model is deprecated. renamed: a former id. unknown: a key, an option or a size says that it is a
    model, but the registry has none of this name. superseded: a newer model is for the same use. A mirror of a
    model is none of these.

    Of folders, YAML, JSON, Python, shell, TOML, Markdown, Dockerfile and Modelfile are read. --fix replaces
    renamed ids, and withdrawn ones that have a successor; the rest of the file is unchanged, byte for byte.

    Exit code: 0 nothing is out of date, or all of it was fixed; 1 something is; 3 a file cannot be read or written (the
    others still are).
    """
    from model_garden_registry.lifecycle.outdated.outdated_ids import find_outdated

    registry = open_registry(ctx)
    done = find_outdated(registry, paths, fix=fix, ignored=ignored or ())
    most = None if all_findings else MOST
    if as_json:
        from model_garden_registry.payloads.registries import outdated_document

        write_json(outdated_document(done, most=most))
    else:
        write_answer(_text(done, most))
    for problem in done.problems:
        say("error", str(problem))
    code = exit_codes.ANSWER if done.is_current else exit_codes.NO
    raise typer.Exit(exit_codes.NO_ANSWER if done.problems else code)


def _text(done: OutdatedFiles, most: int | None) -> str:
    lines = [f"{one.path}:{one.line}:{one.column}: {one.message}" for one in done.found[:most]]
    if left := len(done.found) - len(lines):
        lines.append(f"… and {count(left, 'more id')}: --all-findings shows all")
    if not done.found:
        lines.append(f"nothing is out of date in {count(done.files, 'file')}")
    return "\n".join(map(visible, lines))
