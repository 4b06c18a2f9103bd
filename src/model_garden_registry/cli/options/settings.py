"""Options that change settings, the same for every command that merges them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.override_files import file_layers
from model_garden_registry.entries.tasks import InferenceEngine, Method, Task, TrainingStack

if TYPE_CHECKING:
    from model_garden_registry.entries.settings.merging import Layer

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Override a setting, such as batch_size=1, max_model_len=32k (k is 1024) or, for eight users at once, "
        "concurrent=8; may be repeated, the last one counts. `mgr defaults` lists all.",
        autocompletion=completion.settings,
    ),
]
OverridesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--overrides",
        metavar="FILE",
        readable=False,
        help="Settings from a JSON, TOML or YAML file, or a file of another tool as `mgr check` reads them; may be "
        "repeated, a later file wins and --set wins over all.",
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
    fixed: Collection[str] | None = None,
) -> tuple[Layer, ...]:
    """
    Return the overrides of a command line, weakest first.

    The stack or engine of the configuration; files in the order given; ``--method``, ``--stack`` and
    ``--engine``; ``--set``.

    Args:
        fixed: Settings that the target of an export has, whatever the configuration or another tool's file says; None:
            no export.

    Raises:
        typer.BadParameter: A file cannot be read, or is not in the language of its suffix; an option belongs to
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
    key: Literal["stack", "engine"] = "stack" if task == "training" else "engine"
    layers = [] if key in (fixed or ()) else [*_configured_layers(key)]
    layers += [layer for path in files or () for layer in file_layers(path, task, fixed=fixed)]
    layers += [Layer({name: value}, Origin(OriginKind.OVERRIDE, f"--{name}")) for name, value in chosen.items()]
    if pairs:
        layers.append(Layer(parse_overrides(pairs), Origin(OriginKind.OVERRIDE, "--set")))
    return tuple(layers)


def _of_other_task(name: str, task: Task) -> str:
    """Return the message that a task has no such setting, with what it has instead."""
    instead = {"training": "--stack", "inference": "--engine"}[task]
    hint = f"; the {'stack' if task == 'training' else 'engine'} of {task} is chosen with {instead}"
    return f"only for {_TASK_OF[name]}: {task} has no {name}{hint if name != 'method' else ''}"


def _configured_layers(key: Literal["stack", "engine"]) -> Iterator[Layer]:
    from model_garden_registry.entries.settings.merging import Layer
    from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
    from model_garden_registry.files.configuration import configured

    if found := configured(key).get(key):
        yield Layer({key: found.value}, Origin(OriginKind.FILE, str(found.file)))
