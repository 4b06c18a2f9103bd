"""Options that change settings, the same for every command that merges them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.entries.tasks import InferenceEngine, Method, Task, TrainingStack
from model_garden_registry.errors import RegistryReadError

if TYPE_CHECKING:
    from model_garden_registry.entries.settings.merging import Layer

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Another value for a setting, such as batch_size=1 or max_model_len=32k (k is 1024); may be repeated, the "
        "last one counts.",
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
    Method | None,
    typer.Option(case_sensitive=False, help="What is trained; the same as --set method=…. Only for training."),
]
StackOption = Annotated[
    TrainingStack | None,
    typer.Option("--stack", case_sensitive=False, help="Training stack; the same as --set stack=…. Only for training."),
]
EngineOption = Annotated[
    InferenceEngine | None,
    typer.Option(
        "--engine", case_sensitive=False, help="Serving engine; the same as --set engine=…. Only for inference."
    ),
]
#: Options that are a setting each, with the task whose setting it is.
_TASK_OF: dict[str, Task] = {"method": "training", "stack": "training", "engine": "inference"}


def override_layers(
    *,
    task: Task,
    files: list[Path] | None = None,
    pairs: list[str] | None = None,
    method: Method | None = None,
    stack: TrainingStack | None = None,
    engine: InferenceEngine | None = None,
    is_configured: bool = True,
) -> tuple[Layer, ...]:
    """
    Read the overrides of a command line, weakest first.

    The stack or engine that the configuration names; files in the order given; ``--method``, ``--stack`` and
    ``--engine``; ``--set``.

    Args:
        is_configured: Whether what the configuration names counts.

    Raises:
        typer.BadParameter: A file cannot be read, or is not in the language that its name says; an option belongs to
            the other task.

        InvalidOverrideError: A text of ``--set`` is not ``NAME=VALUE``.

        RegistryReadError: A configuration file gives no answer.

        MissingExtraError: A file is YAML and PyYAML is not installed.
    """
    from model_garden_registry.entries.settings.merging import Layer, parse_overrides
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind

    options = {"method": method, "stack": stack, "engine": engine}
    chosen = {name: value for name, value in options.items() if value is not None}
    for name in chosen:
        if _TASK_OF[name] != task:
            raise typer.BadParameter(_of_other_task(name, task), param_hint=f"--{name}")
    layers = [*_configured_layers("stack" if task == "training" else "engine")] if is_configured else []
    layers += [_file_layer(path) for path in files or ()]
    layers += [Layer({name: value}, Origin(OriginKind.OVERRIDE, f"--{name}")) for name, value in chosen.items()]
    if pairs:
        layers.append(Layer(parse_overrides(pairs), Origin(OriginKind.OVERRIDE, "--set")))
    return tuple(layers)


def _of_other_task(name: str, task: Task) -> str:
    """Say that a task has no such setting, and which it has instead."""
    instead = {"training": "--stack", "inference": "--engine"}[task]
    hint = f"; the {'stack' if task == 'training' else 'engine'} of {task} is chosen with {instead}"
    return f"only for {_TASK_OF[name]}: {task} has no {name}{hint if name != 'method' else ''}"


def _configured_layers(key: Literal["stack", "engine"]) -> Iterator[Layer]:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
    from model_garden_registry.files.configuration import configured

    if found := configured(key).get(key):
        yield Layer({key: found.value}, Origin(OriginKind.FILE, str(found.file)))


def _file_layer(path: Path) -> Layer:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
    from model_garden_registry.files.override_files import read_overrides

    try:
        return Layer(read_overrides(path), Origin(OriginKind.FILE, str(path)))
    except RegistryReadError as error:
        raise typer.BadParameter(f"{error.place}: {error.problem}", param_hint="--overrides") from None
