"""Ids as people write them, resolved, with one note on stderr if the id differs."""

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
        help="The model, if the file has a path, or a model that is not in the registry.",
        autocompletion=completion.ids,
    ),
]


def taken_id(registry: ModelRegistry, text: str) -> str:
    """
    Return the id that a text means, with a note if it differs.

    Raises:
        UnknownModelError: It means no model, or one of several.
    """
    model_id = registry.resolve(text).id
    _say_taken({text: model_id})
    return model_id


def taken_ids(registry: ModelRegistry, texts: Sequence[str]) -> list[str]:
    """
    Return the ids that texts mean, in their order, with one note if any differs.

    Raises:
        UnknownModelError: One means no model, or one of several.
    """
    found = {text: registry.resolve(text).id for text in texts}
    _say_taken(found)
    return [found[text] for text in texts]


def ids_or_words(registry: ModelRegistry, words: Sequence[str]) -> list[str] | None:
    """Return the ids that words mean if each of them means one, with a note; else None: they are search words."""
    try:
        return taken_ids(registry, words) if words else None
    except UnknownModelError:
        return None


def ids_to_judge(registry: ModelRegistry, texts: Sequence[str], *, quiet: bool = False) -> list[str]:
    """Return the ids that texts mean, as ``taken_ids``; a text that means none is kept, and refused later."""
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
    """Return outcomes with the text that the user wrote for each model, if not its id."""
    from model_garden_registry.reports import Report

    return [
        replace(outcome, asked=text) if isinstance(outcome, Report) and outcome.subject != text else outcome
        for outcome, text in zip(outcomes, texts, strict=True)
    ]


def assessed_as(found: Assessment, text: str) -> Assessment:
    """Return an assessment with the text that the user wrote for its model, if not its id."""
    return found if found.subject == text else replace(found, case=replace(found.case, written=text))


def _say_taken(found: Mapping[str, str]) -> None:
    others = [(text, model_id) for text, model_id in found.items() if text != model_id]
    if others:
        taken = ", ".join(f"{text!r} as {model_id}" for text, model_id in others)
        say("note", f"taken: {taken}" if len(others) > 1 else f"{others[0][0]!r} is taken as {others[0][1]}")
