"""The sections of routes."""

from __future__ import annotations

from typing import Any

from model_garden_registry.page.reference.operations import operation_link, operation_section

ROW = {"$ref": "#/components/schemas/Row"}
READ: dict[str, Any] = {
    "operationId": "list_models",
    "description": "List models.",
    "parameters": [
        {
            "name": "tag",
            "in": "query",
            "description": "Only with this tag.",
            "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        {"name": "model_id", "in": "path", "required": True, "schema": {"type": "string"}},
    ],
    "responses": {
        "200": {"description": "The models.", "content": {"application/json": {"schema": ROW, "example": {"a": 1}}}},
        "304": {"description": "Nothing has changed."},
    },
}
ASK: dict[str, Any] = {
    "operationId": "fit",
    "requestBody": {"content": {"application/json": {"schema": ROW, "example": {"b": 2}}}},
    "responses": {"422": {"description": "Wrong.", "content": {"application/json": {"schema": ROW}}}},
}
LINK = '<span class="type"><a href="#schema-Row">Row</a></span>'


def test_a_route_is_its_parameters_and_replies() -> None:
    """A parameter is never null; one of the path must be there."""
    assert operation_section("/models", "get", READ) == (
        '<section id="list_models"><h3><code class="method get">GET</code> <code>/models</code></h3>'
        "<p>List models.</p><h4>Parameters</h4><dl>"
        '<div class="field"><dt><code>tag</code> <span class="type">string</span>'
        '<span class="place">, in the query</span></dt><dd>Only with this tag.</dd></div>'
        '<div class="field"><dt><code>model_id</code> <span class="type">string</span>'
        '<span class="place">, in the path</span><strong>, required</strong></dt></div></dl>'
        f'<h4>Replies</h4><dl><div class="field"><dt><code>200</code> {LINK}</dt><dd>The models.</dd></div>'
        '<div class="field"><dt><code>304</code></dt><dd>Nothing has changed.</dd></div></dl>'
        '<details><summary>Example of a reply</summary><pre tabindex="0"><code>{\n  &quot;a&quot;: 1\n}</code></pre>'
        "</details></section>"
    )


def test_a_route_that_takes_a_body_says_which() -> None:
    """With an example."""
    section = operation_section("/fit", "post", ASK)

    assert f"<h4>Body</h4><p>JSON: {LINK}</p><details><summary>Example of a body</summary>" in section
    assert "Example of a reply" not in section


def test_a_body_may_come_without_an_example() -> None:
    """Then there is its type alone."""
    bare = {**ASK, "requestBody": {"content": {"application/json": {"schema": ROW}}}}

    assert "<details>" not in operation_section("/fit", "post", bare)


def test_a_link_leads_to_the_section() -> None:
    """By the name of the operation."""
    assert operation_link("/fit", "post", ASK) == (
        '<a href="#fit"><code class="method post">POST</code> <code>/fit</code></a>'
    )
