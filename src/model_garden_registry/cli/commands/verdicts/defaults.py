"""``mgr defaults``: the settings of a model for a task, merged with overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_id
from model_garden_registry.cli.options.settings import (
    EngineOption,
    MethodOption,
    OverridesOption,
    SetOption,
    StackOption,
    override_layers,
)
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import given_back
from model_garden_registry.entries.tasks import Task

if TYPE_CHECKING:
    from model_garden_registry.entries.settings.task_settings import Settings

app = new_app()


@app.command(cls=Command)
def defaults(
    ctx: typer.Context,
    *,
    task: Annotated[Task, typer.Argument(metavar="TASK", help="training or inference.")],
    model_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the model, or a former one.", autocompletion=completion.ids)
    ],
    pairs: SetOption = None,
    files: OverridesOption = None,
    method: MethodOption = None,
    stack: StackOption = None,
    engine: EngineOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show where each value comes from.")] = False,
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show a model's settings for a task, merged with overrides.

    A setting is named by its leaf (r) or its dotted path (lora_config.r). Every value of the text form can be passed
    with --set.
    """
    shape = chosen_format(output_format, as_json=as_json, default="text")
    layers = override_layers(task=task, files=files, pairs=pairs, method=method, stack=stack, engine=engine)
    registry = open_registry(ctx)
    key = taken_id(registry, model_id)
    settings = registry.settings(key, task, *layers)

    if shape == "json":
        from model_garden_registry.payloads.settings import defaults_document

        write_json(defaults_document(key, task, settings, with_origins=explain))
    else:
        lines = list(_lines(settings, explain=explain))
        write_answer(page(f"{key}: {task}", [Section("", lines)], screen(ctx)))


def _lines(settings: Settings, *, explain: bool) -> Iterator[tuple[str, ...]]:
    for path, value in _leaves(settings.as_dict()):
        origin = (str(settings.origins[path]),) if explain else ()
        yield path, given_back(value), *origin


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting by dotted path; a group that is absent has none."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value
