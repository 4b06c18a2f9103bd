"""Ids as people write them: what each means, and one line on stderr that says so where it is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from model_garden_registry.cli.options import completion
from model_garden_registry.cli.output import say
from model_garden_registry.errors import UnknownModelError

if TYPE_CHECKING:
    from model_garden_registry.checks.assessment import Assessment
    from model_garden_registry.registry.model_registry import ModelRegistry
    from model_garden_registry.reports import Outcome


NamedModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="ID",
        help="The model, where the file names a path, or none that is in the registry.",
        autocompletion=completion.ids,
    ),
]


def taken_id(registry: ModelRegistry, text: str) -> str:
    """
    Return the id that a text means; say which, where it is another than what was written.

    Raises:
        UnknownModelError: It means no model, or one of several.
    """
    model_id = registry.resolve(text).id
    _say_taken({text: model_id})
    return model_id


def taken_ids(registry: ModelRegistry, texts: Sequence[str]) -> list[str]:
    """
    Return the ids that texts mean, in their order; say in one line which, where they are others.

    Raises:
        UnknownModelError: One means no model, or one of several.
    """
    found = {text: registry.resolve(text).id for text in texts}
    _say_taken(found)
    return [found[text] for text in texts]


def ids_or_words(registry: ModelRegistry, words: Sequence[str]) -> list[str] | None:
    """Return the ids that words mean where every one of them means one, and say which; None: they are words."""
    try:
        return taken_ids(registry, words) if words else None
    except UnknownModelError:
        return None


def ids_to_judge(registry: ModelRegistry, texts: Sequence[str], *, quiet: bool = False) -> list[str]:
    """Return the ids that texts mean, as ``taken_ids``; what means none stays as it is, for the judge to refuse."""
    found: dict[str, str] = {}
    for text in texts:
        try:
            found[text] = registry.resolve(text).id
        except UnknownModelError:
            found[text] = text
    if not quiet:
        _say_taken(found)
    return [found[text] for text in texts]


def as_asked(outcomes: Sequence[Outcome], texts: Sequence[str]) -> list[Outcome]:
    """Return outcomes that carry what was written for each of their models, where it is not its id."""
    from model_garden_registry.reports import Report

    return [
        replace(outcome, asked=text) if isinstance(outcome, Report) and outcome.subject != text else outcome
        for outcome, text in zip(outcomes, texts, strict=True)
    ]


def assessed_as(found: Assessment, text: str) -> Assessment:
    """Return an assessment that carries what was written for its model, where it is not its id."""
    return found if found.subject == text else replace(found, case=replace(found.case, written=text))


def _say_taken(found: Mapping[str, str]) -> None:
    others = [(text, model_id) for text, model_id in found.items() if text != model_id]
    if others:
        taken = ", ".join(f"{text!r} as {model_id}" for text, model_id in others)
        say("note", f"taken: {taken}" if len(others) > 1 else f"{others[0][0]!r} is taken as {others[0][1]}")
