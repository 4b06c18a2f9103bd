"""Options that choose and order rows, the same for every command that shows several models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.catalogue.filtering import Filter, SortField
from model_garden_registry.catalogue.sizes import SIZE_CLASSES, parse_size
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.numbers import whole_number
from model_garden_registry.cli.output import say
from model_garden_registry.cli.slips import named_task
from model_garden_registry.entries.tasks import Status
from model_garden_registry.errors import UnknownModelError, closing
from model_garden_registry.near_names import close_names

if TYPE_CHECKING:
    from model_garden_registry.registry.model_registry import ModelRegistry


def _check_size(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_size(value)
        except ValueError as error:
            raise typer.BadParameter(f"{error}{closing(close_names(value, SIZE_CLASSES))}") from None
    return value


WordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORDS",
        show_default=False,
        help="Words that must all occur in id, name, provider, architecture or tags; * and ? are wildcards.",
    ),
]
WordsOrIdsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORDS",
        show_default=False,
        help="Ids of models; or words that must all occur in id, name, provider, architecture or tags; * and ? are "
        "wildcards.",
        autocompletion=completion.ids,
    ),
]
CategoryOption = Annotated[
    str | None, typer.Option(metavar="KEY", help="Only this category.", autocompletion=completion.categories)
]
TagsOption = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="Only with this tag; may be repeated.", autocompletion=completion.tags),
]
StatusOption = Annotated[Status | None, typer.Option(help="Only this status.")]
ProviderOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only from this provider.", autocompletion=completion.providers)
]
ArchitectureOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only this architecture.", autocompletion=completion.architectures),
]
QuantizedOption = Annotated[
    bool | None, typer.Option("--quantized/--no-quantized", help="Only with, or without, quantised weights.")
]
VisionOption = Annotated[
    bool | None, typer.Option("--vision/--no-vision", help="Only what takes images, or what does not.")
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="SIZE",
        help="Only of this size: tiny (below 1B parameters), small (below 10B), medium (below 40B), large (below "
        "150B), huge; or about as large as 8B, 7B..14B, ..4B, 70B..",
        callback=_check_size,
        autocompletion=completion.sizes,
    ),
]
SortOption = Annotated[
    SortField | None,
    typer.Option(
        metavar="FIELD",
        help="Sort by best (recommended ones, then the newest, then the largest), id, name, provider, size, vram (of "
        "all GPUs together), released (newest first), status, parameters (as size), min_vram_gb or recommended_vram_gb "
        "(of each GPU) instead of the file's order.",
    ),
]
LimitOption = Annotated[
    int | None, typer.Option(metavar="N", help="At most this many rows.", parser=whole_number(least=1))
]

AllOption = Annotated[bool, typer.Option("--all", help="All rows, not only the first 15 on a terminal.")]
#: How many rows a terminal shows by default.
_FIRST_ROWS = 15


def rows_to_show(limit: int | None, *, every: bool, is_short: bool) -> int | None:
    """
    Return how many rows to show; None: all.

    Args:
        is_short: Whether only the first rows are shown by default.

    Raises:
        typer.BadParameter: ``--limit`` and ``--all`` are given.
    """
    if every and limit is not None:
        raise typer.BadParameter("--all and --limit contradict each other")
    return limit if limit is not None or every or not is_short else _FIRST_ROWS


def explain_nothing(registry: ModelRegistry, wanted: Filter) -> None:
    """Note that no row matches, with near names for those that do not occur."""
    rows = registry.rows()
    say("note", f"no model matches; the registry has {len(rows)}")
    categories = [row.category for row in rows] + list(registry.get_categories())
    _explain_name("category", wanted.category, categories)
    _explain_name("status", wanted.status, [row.status for row in rows])
    for tag in wanted.tags:
        _explain_name("tag", tag, [tag for row in rows for tag in row.tags])
    _explain_name("provider", wanted.provider, [row.provider for row in rows], fold=str.casefold)
    architectures = [name for row in rows for name in (row.base_architecture, row.model_type) if name]
    _explain_name("architecture", wanted.architecture, architectures, fold=str.casefold)
    if wanted.query:
        _explain_words(registry, wanted.query)


def _explain_words(registry: ModelRegistry, query: str) -> None:
    """Note what words without a match may mean: a task, or near ids."""
    for word in query.split():
        if (task := named_task(word)) is not None:
            say("note", f"{word!r} is a task: --task {task} keeps models for it")
    alone = [word for word in query.split() if not registry.rows(Filter(query=word))]
    for name in alone or [query]:
        try:
            registry.resolve(name)
        except UnknownModelError as error:
            if error.close or error.problem:
                say("note", str(error))


def _explain_name(what: str, name: str | None, known: list[str], fold: Callable[[str], str] = str) -> None:
    if name is not None and fold(name) not in map(fold, known):
        say("note", f"no model has {what} {name!r}{closing(close_names(name, dict.fromkeys(known)))}")
