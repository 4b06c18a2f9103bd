"""The objects that are sent: a section for each, field by field."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.page.elements import Content, Html, element
from model_garden_registry.page.reference.described_types import limits, schema_anchor, type_words
from model_garden_registry.page.reference.prose import Node, paragraph, prose


def schema_section(name: str, schema: Node) -> Html:
    """Return the section of an object."""
    fields = schema.get("properties")
    required = schema.get("required", ())
    described = (field(key, value, is_required=key in required) for key, value in (fields or {}).items())
    body = element("dl", *described) if fields else element("p.type", type_words(schema))
    return element(
        "section",
        element("h3", element("code", name)),
        paragraph(schema.get("description")),
        body,
        id=schema_anchor(name),
    )


def field(name: str, schema: Node, *, is_required: bool, text: object = None, place: str | None = None) -> Html:
    """
    Return a field as a term with its meaning.

    Args:
        text: What it means, if its schema does not say so.

        place: Where it is sent, if that is not in the object.
    """
    meaning = [*_sentences(schema, text)]
    return element(
        "div.field",
        element(
            "dt",
            element("code", name),
            " ",
            element("span.type", type_words(schema)),
            element("span.place", f", in the {place}") if place else None,
            element("strong", ", required") if is_required else None,
        ),
        element("dd", *meaning) if meaning else None,
    )


def _sentences(schema: Node, text: object) -> Iterator[Content]:
    if meaning := text or schema.get("description"):
        yield prose(meaning)
    if (bounds := limits(schema)) is not None:
        yield element("span.limits", bounds)
