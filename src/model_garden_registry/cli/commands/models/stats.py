"""``mgr stats``: counts of models and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import write_answer, write_json
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count, numbers_by_source, share

if TYPE_CHECKING:
    from model_garden_registry.catalogue.census import Census

app = new_app()

_HEADINGS = {
    "category": "Categories",
    "provider": "Providers",
    "license": "Licenses",
    "size": "Sizes",
    "status": "Status",
    "quantization": "Quantization",
}


@app.command(cls=Command)
def stats(
    ctx: typer.Context,
    *,
    output_format: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", show_default="text", help="How to write it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """
    Count models and numbers.

    Models by category, provider, license, size, status and quantisation; numbers by the kind of their source. The
    sizes are those of `mgr list --size`, the numbers those of `mgr audit`.
    """
    from model_garden_registry.catalogue.census import take_census

    shape = chosen_format(output_format, as_json=as_json, default="text")
    census = take_census(open_registry(ctx).values())
    if shape == "json":
        from model_garden_registry.payloads.catalogue import census_document

        write_json(census_document(census))
    else:
        write_answer(page(count(census.models, "model"), list(_sections(census)), screen(ctx)))


def _sections(census: Census) -> Iterator[Section]:
    for name, counts in census.groups.items():
        yield Section(_HEADINGS[name], _lines(counts, census.models))
    yield Section("Numbers by source", numbers_by_source(census.numbers))


def _lines(counts: Mapping[str | None, int], models: int) -> list[tuple[str, str, str]]:
    width = len(str(models))
    return [
        ("not stated" if value is None else value, str(number).rjust(width), share(number, models))
        for value, number in counts.items()
    ]
