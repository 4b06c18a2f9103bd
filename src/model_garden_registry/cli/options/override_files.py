"""Files of ``--overrides``: our settings, or a file of another tool, by its content."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from model_garden_registry.cli.output import say
from model_garden_registry.errors import InvalidOverrideError, RegistryReadError
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.dialects.foreign_config import ForeignConfig
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.tasks import Task


def file_layers(path: Path, task: Task, *, fixed: Collection[str] | None) -> tuple[Layer, ...]:
    """
    Return the overrides of a file; for another tool's file, note which tool and what is not followed.

    Args:
        fixed: Settings that the target of an export has, whatever a file says; then only what another tool's file
            states is used, not that tool's own defaults. None: no export.

    Raises:
        typer.BadParameter: It cannot be read, or is not in the language of its suffix; or another tool's file is
            for the other task, or has something that the tool refuses.

        MissingExtraError: It is YAML and PyYAML is not installed.
    """
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
    from model_garden_registry.files.override_files import read_overrides

    try:
        layer = Layer(read_overrides(path), Origin(OriginKind.FILE, str(path)))
    except RegistryReadError as error:
        config = _foreign(path, task)
        if config is None:
            raise _refused(f"{error.place}: {error.problem}") from None
    else:
        config = None if _is_ours(layer) else _foreign(path, task)
    return (layer,) if config is None else _layers_of(config, fixed)


def _is_ours(layer: Layer) -> bool:
    """Return whether all names in a file are settings of one task, each with a valid value."""
    from model_garden_registry.entries.settings.merging import read_layers

    tasks: tuple[Task, ...] = ("training", "inference")
    for task in tasks:
        try:
            read_layers(task, (layer,))
        except InvalidOverrideError:
            continue
        return True
    return False


def _foreign(path: Path, task: Task) -> ForeignConfig | None:
    """
    Return the config of another tool's file for a task; None if it is of no known tool.

    Raises:
        typer.BadParameter: It is for the other task, or has several commands.
    """
    from model_garden_registry.dialects.errors import ForeignFileError
    from model_garden_registry.dialects.reading import read_configs

    try:
        found = read_configs(path)
    except ForeignFileError:
        return None
    suiting = [config for config in found if config.task == task]
    if not suiting:
        other = found[0]
        raise _refused(f"{visible(str(path))}: a file for {other.task} ({other.tool}) has no settings for {task}")
    if len(suiting) > 1:
        lines = ", ".join(str(config.line) for config in suiting)
        raise _refused(f"{visible(str(path))}: has {len(suiting)} commands, at lines {lines}; mgr check judges each")
    return suiting[0]


def _layers_of(config: ForeignConfig, fixed: Collection[str] | None) -> tuple[Layer, ...]:
    from model_garden_registry.findings import Severity

    failed = [finding for finding in config.findings if finding.severity is Severity.FAIL]
    if failed:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise _refused(f"{failed[0].place}: {failed[0].message}{more}; mgr check lists all")
    about = f", written for {config.model_id}" if config.model_id is not None else ""
    say("note", f"{config.path}: settings of {config.tool}{about}")
    for finding in config.findings:
        say("warning", f"{finding.place}: {finding.message}")
    if fixed is None:
        return config.layers
    stated = config.said_by.keys() - set(fixed)
    return tuple(layer for layer in config.layers if stated.issuperset(layer.values))


def _refused(problem: str) -> typer.BadParameter:
    return typer.BadParameter(problem, param_hint="--overrides")
