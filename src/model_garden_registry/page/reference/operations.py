"""The routes: a section for each, with what is sent and what comes back."""

from __future__ import annotations

from collections.abc import Iterator

from model_garden_registry.page.elements import Content, Html, element, fragment
from model_garden_registry.page.reference.described_types import type_words
from model_garden_registry.page.reference.prose import Node, example, paragraph, prose
from model_garden_registry.page.reference.schemas import field

_JSON = "application/json"


def operation_link(path: str, method: str, operation: Node) -> Html:
    """Return the link to the section of a route."""
    return element("a", *_line(path, method), href=f"#{operation['operationId']}")


def operation_section(path: str, method: str, operation: Node) -> Html:
    """Return the section of a route."""
    return element(
        "section",
        element("h3", *_line(path, method)),
        paragraph(operation.get("description")),
        *_parameters(operation),
        *_body(operation),
        element("h4", "Replies"),
        element("dl", *(_reply(status, reply) for status, reply in operation["responses"].items())),
        *_shown_reply(operation),
        id=operation["operationId"],
    )


def _line(path: str, method: str) -> tuple[Content, ...]:
    return (
        element("code.method.get" if method == "get" else "code.method.post", method.upper()),
        " ",
        element("code", path),
    )


def _parameters(operation: Node) -> Iterator[Content]:
    if parameters := operation.get("parameters"):
        yield element("h4", "Parameters")
        yield element(
            "dl",
            *(
                field(
                    one["name"],
                    _sendable(one["schema"]),
                    is_required=one.get("required", False),
                    text=one.get("description"),
                    place=one["in"],
                )
                for one in parameters
            ),
        )


def _sendable(schema: Node) -> Node:
    """Return the schema of a parameter without null, which cannot be sent there."""
    alternatives = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return {**schema, "anyOf": alternatives} if alternatives else schema


def _body(operation: Node) -> Iterator[Content]:
    if body := operation.get("requestBody"):
        content = body["content"][_JSON]
        yield element("h4", "Body")
        yield element("p", "JSON: ", element("span.type", type_words(content["schema"])))
        if "example" in content:
            yield example("Example of a body", content["example"])


def _reply(status: str, reply: Node) -> Html:
    content = reply.get("content", {}).get(_JSON)
    kind = fragment(" ", element("span.type", type_words(content["schema"]))) if content else None
    return element(
        "div.field", element("dt", element("code", status), kind), element("dd", prose(reply["description"]))
    )


def _shown_reply(operation: Node) -> Iterator[Content]:
    content = operation["responses"].get("200", {}).get("content", {}).get(_JSON, {})
    if "example" in content:
        yield example("Example of a reply", content["example"])
