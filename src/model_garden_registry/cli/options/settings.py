"""Options that change settings, the same for every command that merges them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.errors import RegistryReadError

if TYPE_CHECKING:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.tasks import Task

Method = Literal["full", "lora", "qlora"]

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Another value for a setting; may be repeated, the last one counts.",
        autocompletion=completion.settings,
    ),
]
OverridesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--overrides",
        metavar="FILE",
        readable=False,
        help="Settings from a JSON, TOML or YAML file; may be repeated, a later file wins and --set wins over all.",
    ),
]
MethodOption = Annotated[
    Method | None, typer.Option(help="What is trained; the same as --set method=…. Only for training.")
]


def override_layers(
    *, files: list[Path] | None, pairs: list[str] | None, method: str | None, task: Task
) -> tuple[Layer, ...]:
    """
    Read the overrides of a command line, weakest first: files in the order given, ``--method``, ``--set``.

    Raises:
        typer.BadParameter: A file cannot be read, or is not in the language that its name says; ``--method`` is given
            for inference.

        InvalidOverrideError: A text of ``--set`` is not ``NAME=VALUE``.

        MissingExtraError: A file is YAML and PyYAML is not installed.
    """
    from model_garden_registry.entries.settings.merging import Layer, parse_overrides
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    if method is not None and task != "training":
        raise typer.BadParameter(f"only for training: {task} has no method", param_hint="--method")
    layers = [_file_layer(path) for path in files or ()]
    if method is not None:
        layers.append(Layer({"method": method}, Origin(OriginKind.OVERRIDE, "--method")))
    if pairs:
        layers.append(Layer(parse_overrides(pairs), Origin(OriginKind.OVERRIDE, "--set")))
    return tuple(layers)


def _file_layer(path: Path) -> Layer:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
    from model_garden_registry.files.override_files import read_overrides

    try:
        return Layer(read_overrides(path), Origin(OriginKind.FILE, str(path)))
    except RegistryReadError as error:
        raise typer.BadParameter(f"{error.place}: {error.problem}", param_hint="--overrides") from None
