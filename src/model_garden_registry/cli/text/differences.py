"""What changed between two registries, as text for a terminal, and as Markdown for a changelog."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from model_garden_registry.catalogue.differences import ABSENT, Change, Changed, Differences, Members
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.wording import Style, painted
from model_garden_registry.visible_text import visible

NOTHING = "no difference"
_REORDERED = "what is in both files has another order"


def differences_text(differences: Differences, screen: Screen) -> str:
    """Return lines with a sign in front: ``+`` added, ``-`` removed, ``>`` renamed, ``~`` changed."""

    def line(sign: str, text: str, style: Style) -> str:
        return painted(f"{sign} {text}", style, has_colour=screen.has_colour)

    def member_lines(members: Members, noun: str) -> Iterator[str]:
        yield from (line("+", f"{noun} {visible(key)}", "green") for key in members.added)
        yield from (line("-", f"{noun} {visible(key)}", "red") for key in members.removed)
        for renamed in members.renamed:
            yield line(">", f"{noun} {visible(renamed.old)} is now {visible(renamed.new)}", "cyan")
        for changed in members.changed:
            yield line("~", f"{noun} {visible(changed.key)}", "yellow")
            yield from (f"    {_sentence(change, visible)}" for change in changed.changes)
        if members.is_reordered:
            yield line("~", f"{noun} order: {_REORDERED}", "yellow")

    lines = [
        *(line("~", _sentence(change, visible), "yellow") for change in differences.head),
        *member_lines(differences.categories, "category"),
        *member_lines(differences.models, "model"),
    ]
    return "\n".join(lines or [NOTHING])


def differences_markdown(differences: Differences) -> str:
    """Return a list under a heading for each kind of change; every text of the registry is a code span."""
    models, categories = differences.models, differences.categories
    sections = {
        "Models added": [code_span(key) for key in models.added],
        "Models removed": [code_span(key) for key in models.removed],
        "Models renamed": [f"{code_span(renamed.old)} is now {code_span(renamed.new)}" for renamed in models.renamed],
        "Models changed": [*_changed_items(models.changed), *_order_item(models)],
        "Categories": [
            *(f"{code_span(key)} added" for key in categories.added),
            *(f"{code_span(key)} removed" for key in categories.removed),
            *_changed_items(categories.changed),
            *_order_item(categories),
        ],
        "File": [_sentence(change, code_span) for change in differences.head],
    }
    written = [_section(title, items) for title, items in sections.items() if items]
    return "\n".join(written) if written else f"{NOTHING.capitalize()}.\n"


def code_span(text: str) -> str:
    """Return a text as a Markdown code span, shown literally."""
    shown = visible(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) or not shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _section(title: str, items: Sequence[str]) -> str:
    return "".join([f"### {title}\n\n", *(f"- {item}\n" for item in items)])


def _changed_items(members: Sequence[Changed]) -> Iterator[str]:
    for changed in members:
        changes = "".join(f"\n  - {_sentence(change, code_span)}" for change in changed.changes)
        yield f"{code_span(changed.key)}{changes}"


def _order_item(members: Members) -> Iterator[str]:
    if members.is_reordered:
        yield f"order: {_REORDERED}"


def _sentence(change: Change, shown: Callable[[str], str]) -> str:
    """Return how a field changed; an entry that is no object has no field."""
    field = f"{shown(change.dotted)}: " if change.where else ""
    if change.old is ABSENT:
        return f"{field}{_value(change.new, shown)} (added)"
    if change.new is ABSENT:
        return f"{field}{_value(change.old, shown)} (removed)"
    return f"{field}{_value(change.old, shown)} → {_value(change.new, shown)}"


def _value(value: object, shown: Callable[[str], str]) -> str:
    return shown(json.dumps(value, ensure_ascii=False))
