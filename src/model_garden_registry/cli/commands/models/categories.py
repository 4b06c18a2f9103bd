"""``mgr categories``: groups of models."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count

app = new_app()


@app.command(cls=Command)
def categories(
    ctx: typer.Context,
    *,
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    List the categories, with how many models each has.

    JSON has the categories by key under `categories`.
    """
    shape = chosen_format(output_format, as_json=as_json, default="text")
    registry = open_registry(ctx)
    groups = registry.get_categories()

    if shape == "json":
        from model_garden_registry.payloads.entries import categories_document

        write_json(categories_document(groups))
        return
    models = Counter(row.category for row in registry.rows())
    lines = [(key, group["name"], count(models[key], "model"), group["description"]) for key, group in groups.items()]
    write_answer(page("Categories", [Section("", lines)], screen(ctx)))
