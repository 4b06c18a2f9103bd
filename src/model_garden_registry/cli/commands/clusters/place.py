"""``mgr inventory place``: which models go on which nodes of a cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.commands.dialects.pairs import write_new
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import chosen_inventory
from model_garden_registry.cli.options.naming import taken_id, taken_ids
from model_garden_registry.cli.options.numbers import real_number
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, open_registry, screen
from model_garden_registry.cli.output import say, write_answer, write_json
from model_garden_registry.entries.tasks import Task
from model_garden_registry.placement.placements import SolverName

if TYPE_CHECKING:
    from model_garden_registry.placement.placements import Placement
    from model_garden_registry.registry.clusters.jobs import JobFile
    from model_garden_registry.registry.model_registry import ModelRegistry

Jobs = Literal["kubernetes", "slurm", "ray-serve-llm", "skypilot"]

app = new_app()


@app.command(cls=Command)
def place(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    model_ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", help="Ids of models, or former ones.", autocompletion=completion.ids),
    ],
    inventory: Annotated[
        Path | None,
        typer.Option(
            "--inventory",
            metavar="FILE",
            readable=False,
            allow_dash=True,
            help="The nodes, as `mgr inventory from`, probe or merge print them; - for standard input.",
        ),
    ] = None,
    replicas: Annotated[
        list[str] | None,
        typer.Option(
            "--replicas",
            metavar="[ID=]N",
            help="Replicas of each model, or of one; may be repeated. One without it.",
        ),
    ] = None,
    solver: Annotated[
        SolverName | None,
        typer.Option(help="What packs the models; CP-SAT (extra place) if OR-Tools is installed, else first-fit."),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds",
            parser=real_number(least=0, most=86_400),
            metavar="SECONDS",
            help="How long CP-SAT may search, up to a day.",
        ),
    ] = 10.0,
    allow_deprecated: Annotated[
        bool, typer.Option("--allow-deprecated", help="Place deprecated models as well.")
    ] = False,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    method: MethodOption = None,
    jobs: Annotated[
        Jobs | None,
        typer.Option("--jobs", help="Platform that --output writes jobs for."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Write a job for each placed model into this folder; needs --jobs."
        ),
    ] = None,
    is_forced: Annotated[bool, typer.Option("--force", help="Let --output overwrite files.")] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Show which models go on which nodes of a cluster.

    As many models as possible are placed, on as few GPUs as possible, so that little memory stays idle on nodes in use.
    Each replica is on one node, split as `mgr validate` chooses on the GPUs that are free there; all replicas of a
    model are placed, or none. For each pool: how many replicas fit at once, how many more, and what is left.

    Exit code: 0 every model is placed; 1 one is not; 2 the inventory cannot be read; 3 OR-Tools is asked for and not
    installed.
    """
    if (jobs is None) != (output is None):
        raise typer.BadParameter("jobs need a platform and a folder: --jobs TARGET --output DIR")
    nodes = chosen_inventory(inventory)
    if nodes is None:
        raise typer.BadParameter("which nodes: name an inventory, here or in mgr.toml", param_hint="--inventory")
    layers = override_layers(task=task, files=overrides, pairs=settings, method=method, stack=stack, engine=engine)
    registry = open_registry(ctx)
    ids = taken_ids(registry, model_ids)
    counts = _replicas(registry, replicas or [], ids)

    placed = registry.place(
        task,
        ids,
        nodes,
        replicas=counts,
        overrides=layers,
        solver=solver,
        seconds=seconds,
        allow_deprecated=allow_deprecated,
    )
    found = _as_asked(placed, dict(zip(ids, model_ids, strict=True)))
    if jobs is not None and output is not None:
        _write_jobs(registry.job_files(found, jobs), output, is_forced=is_forced)
    if as_json:
        from model_garden_registry.payloads.clusters.placements import placement_document

        write_json(placement_document(found))
    else:
        from model_garden_registry.cli.text.clusters.placements import placement_text

        write_answer(placement_text(found, screen(ctx)))
    raise typer.Exit(exit_codes.ANSWER if found.is_complete else exit_codes.NO)


def _as_asked(placed: Placement, texts: Mapping[str, str]) -> Placement:
    """Return a placement with the text that the user wrote for each model, if not its id."""
    models = (
        replace(model, asked=None if texts[model.subject] == model.subject else texts[model.subject])
        for model in placed.models
    )
    return replace(placed, models=tuple(models))


def _write_jobs(files: Sequence[JobFile], folder: Path, *, is_forced: bool) -> None:
    """
    Write jobs into a folder, with their notes on stderr.

    Raises:
        typer.BadParameter: A file exists, and --force is not given.
    """
    from model_garden_registry.files.writing.replacing import make_folder

    make_folder(folder)
    for file in files:  # all or none
        if os.path.lexists(folder / file.name) and not is_forced:
            raise typer.BadParameter(f"{folder / file.name} exists; --force overwrites it", param_hint="--output")
    for file in files:
        for note in file.notes:
            say("note", f"{file.name}: {note}")
        write_new(folder / file.name, file.text, is_forced=is_forced, quiet=False)


def _replicas(registry: ModelRegistry, texts: list[str], ids: list[str]) -> dict[str, int]:
    """
    Return how many replicas of each model are asked for; the last number that is for a model counts.

    Raises:
        typer.BadParameter: A text is no number, or is for a model that is not placed.
    """
    counts = dict.fromkeys(ids, 1)
    for text in texts:
        named, _, number = text.rpartition("=")
        if not (number.isdecimal() and number.isascii() and 1 <= int(number[:10]) <= 10**9 >= int(number)):
            raise typer.BadParameter(
                f"a whole number from 1 to 1,000,000,000, not {number!r:.60}", param_hint="--replicas"
            )
        chosen = [taken_id(registry, named)] if named else ids
        if chosen[0] not in ids:
            raise typer.BadParameter(f"{chosen[0]} is not among the models to place", param_hint="--replicas")
        counts |= dict.fromkeys(chosen, int(number))
    return counts
