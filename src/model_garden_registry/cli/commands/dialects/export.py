"""``mgr export``: a model with its settings, as a file or command of another tool."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.commands.dialects.pairs import PAIR, write_new, write_pair
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.hardware import HardwareOption, OneGpuOption, one_machine
from model_garden_registry.cli.options.naming import taken_id
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
from model_garden_registry.dialects.exporting import Form
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import closing
from model_garden_registry.near_names import close_names

if TYPE_CHECKING:
    from model_garden_registry.dialects.targets import Target
    from model_garden_registry.registry.model_registry import ModelRegistry

app = new_app()


@app.command(cls=Command)
def export(
    ctx: typer.Context,
    *,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="TARGET",
            help="The tool; without one, all are listed.",
            show_default=False,
            autocompletion=completion.targets,
        ),
    ] = None,
    model_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Id of the model, or a former one.", show_default=False, autocompletion=completion.ids
        ),
    ] = None,
    settings: SetOption = None,
    overrides: OverridesOption = None,
    method: MethodOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    gpu: OneGpuOption = None,
    hardware: HardwareOption = None,
    task: Annotated[
        Task | None,
        typer.Option("--task", show_default="the first that the model supports", help="For a TARGET with both tasks."),
    ] = None,
    form: Annotated[
        Form | None, typer.Option("--format", show_default="the target's first", help="How it is written.")
    ] = None,
    replicas: Annotated[
        int,
        typer.Option("--replicas", min=1, metavar="N", help="Copies of a server, each with GPUs of its own."),
    ] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write a file instead of stdout; an existing file is kept."
        ),
    ] = None,
    is_forced: Annotated[bool, typer.Option("--force", help="Let --output overwrite a file.")] = False,
    train: Annotated[
        str | None, typer.Option("--train", metavar="TARGET", help="For train+serve: the training tool.")
    ] = None,
    serve: Annotated[
        str | None, typer.Option("--serve", metavar="TARGET", help="For train+serve: the serving engine.")
    ] = None,
    is_merged: Annotated[
        bool, typer.Option("--merged", help="For train+serve: the adapter is merged before serving.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Leave notes out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Write a model with its settings for another tool.

    A training file or a serving command, with the model's defaults for that tool or with other settings.
    --gpu splits the model for that hardware, and a note says if the model does not run there. A setting that the tool
    does not have is a note, or no file is written; notes go to stderr. Without arguments, the targets are
    listed.

    train+serve writes two files into the folder --output, a training file and one that serves its result; none if the
    engine could not load it.

    Exit code: 0 written; 1 the tool or the model does not allow it, with the reason; 2 invalid usage.
    """
    from model_garden_registry.dialects.targets import targets
    from model_garden_registry.payloads.dialects import export_document, targets_document

    known = targets()
    if target is None:
        from model_garden_registry.cli.text.dialects.targets import targets_text

        listed = [*known.values()]
        write_json(targets_document(listed)) if as_json else write_answer(targets_text(listed, screen(ctx)))
        return
    if target == PAIR:
        refused = {
            "--overrides": overrides,
            "--stack": stack,
            "--engine": engine,
            "--task": task,
            "--format": form,
        }
        _refuse({**refused, "--json": as_json, "--replicas": replicas > 1})
        tools = _targets_of_pair(train, serve, known)
        if model_id is None or output is None:
            raise typer.BadParameter(f"name a model and a folder: mgr export {PAIR} ID … --output FOLDER")
        registry = open_registry(ctx)
        machine = one_machine(gpu, hardware, quiet=quiet)
        how = {"is_merged": is_merged, "is_forced": is_forced, "quiet": quiet}
        key = taken_id(registry, model_id)
        write_pair(registry, key, tools, pairs=settings, method=method, hardware=machine, folder=output, **how)
        return
    _refuse({"--train": train, "--serve": serve, "--merged": is_merged}, f"only for {PAIR}")
    chosen, wanted = _pair(target, model_id, known)
    registry = open_registry(ctx)
    key = taken_id(registry, wanted)
    doing = task or _task_of(registry, key, chosen)
    layers = override_layers(
        task=doing,
        files=overrides,
        pairs=settings,
        method=method,
        stack=stack,
        engine=engine,
        fixed=chosen.constants.keys(),
    )
    machine = one_machine(gpu, hardware, quiet=quiet)
    made = registry.export(
        key, chosen.name, task=doing, form=form, hardware=machine, replicas=replicas, overrides=layers
    )

    for note in () if quiet else made.notes:
        say("note", note)
    if output is not None:
        write_new(output, made.text, is_forced=is_forced, quiet=quiet)
    if as_json:
        shape = form or chosen.forms[0]
        write_json(export_document(made, target=chosen.name, model_id=key, task=doing, form=shape))
    elif output is None:
        write_answer(made.text)


def _pair(target: str, model_id: str | None, known: Mapping[str, Target]) -> tuple[Target, str]:
    """
    Return the target and the id of the model.

    Raises:
        typer.BadParameter: There is no such target, or no model is named.
    """
    if target not in known:
        if model_id in known:
            raise typer.BadParameter(f"the target comes first; did you mean: mgr export {model_id} {target}")
        hint = closing(close_names(target, known)) or f"; there are {', '.join(known)}"
        raise typer.BadParameter(f"there is no target {target!r}{hint}", param_hint="TARGET")
    if model_id is None:
        raise typer.BadParameter(f"name a model: mgr export {target} ID", param_hint="ID")
    return known[target], model_id


def _task_of(registry: ModelRegistry, key: str, target: Target) -> Task:
    """Return the first task of a target that the model supports; if none, the first one, for the refusal."""
    entry = registry[key]
    return next((task for task in target.tasks if entry.supports(task)), target.tasks[0])


def _refuse(options: Mapping[str, object], why: str = f"not for {PAIR}, which writes a file for each task") -> None:
    """
    Refuse options that do not apply to this target.

    Raises:
        typer.BadParameter: One of them was given.
    """
    for name, value in options.items():
        if value:
            raise typer.BadParameter(why, param_hint=name)


def _targets_of_pair(train: str | None, serve: str | None, known: Mapping[str, Target]) -> tuple[Target, Target]:
    """
    Return the training tool and the serving engine.

    Raises:
        typer.BadParameter: One is not named, or there is no such target.
    """
    found: list[Target] = []
    for option, name in (("--train", train), ("--serve", serve)):
        if name is None:
            raise typer.BadParameter("name a target", param_hint=option)
        if name not in known:
            hint = f"there is no target {name!r}{closing(close_names(name, known))}"
            raise typer.BadParameter(hint, param_hint=option)
        found.append(known[name])
    return found[0], found[1]
