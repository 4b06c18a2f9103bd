"""``mgr export train+serve``: two files; the second serves the result of the first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from model_garden_registry.cli.output import say
from model_garden_registry.entries.tasks import Method, Task
from model_garden_registry.errors import InvalidOverrideError

if TYPE_CHECKING:
    from model_garden_registry.dialects.exporting import Form
    from model_garden_registry.dialects.targets import Target
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.registry.model_registry import ModelRegistry
    from model_garden_registry.registry.questions import HardwareSource

#: Name of the target.
PAIR = "train+serve"
_TASKS: tuple[Task, Task] = ("training", "inference")
_ENDS: dict[Form, str] = {"argv": "sh", "yaml": "yaml", "json": "json", "script": "py"}


def write_pair(
    registry: ModelRegistry,
    model_id: str,
    targets: tuple[Target, Target],
    *,
    pairs: list[str] | None,
    method: Method | None,
    hardware: HardwareSource,
    folder: Path,
    is_merged: bool,
    is_forced: bool,
    quiet: bool,
) -> None:
    """
    Write both files into a folder, named after their task.

    Args:
        targets: The training tool and the serving engine.

        pairs: Texts of ``--set``; each is for the task that has the setting, or for both.

    Raises:
        typer.BadParameter: A file exists, and --force is not given.

        UnsupportedExportError: The engine cannot load the trained model, or a tool lacks a setting.
    """
    from model_garden_registry.files.writing.replacing import make_folder

    training, serving = (tuple(_layers(task, pairs or (), method)) for task in _TASKS)
    made = registry.export_pair(
        model_id,
        *(target.name for target in targets),
        is_merged=is_merged,
        hardware=hardware,
        training=training,
        serving=serving,
    )
    make_folder(folder)
    paths = [
        folder / f"{name}.{_ENDS[target.forms[0]]}" for name, target in zip(("train", "serve"), targets, strict=True)
    ]
    for path in paths:  # both or none
        if os.path.lexists(path) and not is_forced:
            raise _exists(path)
    for path, one in zip(paths, (made.training, made.serving), strict=True):
        for note in () if quiet else one.notes:
            say("note", f"{path.stem}: {note}")
        write_new(path, one.text, is_forced=is_forced, quiet=quiet)
    for note in () if quiet else made.notes:
        say("note", note)


def write_new(path: Path, text: str, *, is_forced: bool, quiet: bool) -> None:
    """
    Write a file, with a note of its name.

    Raises:
        typer.BadParameter: It exists, and --force is not given.
    """
    from model_garden_registry.files.writing.replacing import write_file

    try:
        write_file(path, text.encode(), is_forced=is_forced)
    except FileExistsError:
        raise _exists(path) from None
    if not quiet:
        say("note", f"wrote {path}")


def _exists(path: Path) -> typer.BadParameter:
    return typer.BadParameter(f"{path} exists; --force overwrites it", param_hint="--output")


def _layers(task: Task, texts: list[str] | tuple[()], method: Method | None) -> Iterator[Layer]:
    from model_garden_registry.entries.settings.merging import Layer, parse_overrides
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    if method is not None and task == "training":
        yield Layer({"method": method}, Origin(OriginKind.OVERRIDE, "--method"))
    for text in texts:
        layer = Layer(parse_overrides([text]), Origin(OriginKind.OVERRIDE, "--set"))
        if task in _tasks_of(layer):
            yield layer


def _tasks_of(layer: Layer) -> tuple[Task, ...]:
    """
    Return the tasks that have the setting.

    Raises:
        InvalidOverrideError: None has it, or the value is not valid.
    """
    from model_garden_registry.entries.settings.merging import read_layers

    errors: list[InvalidOverrideError] = []
    found: list[Task] = []
    for task in _TASKS:
        try:
            read_layers(task, [layer])
        except InvalidOverrideError as error:
            errors.append(error)
        else:
            found.append(task)
    if not found:
        raise errors[0]
    return tuple(found)
