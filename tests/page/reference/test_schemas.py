"""The sections of objects."""

from __future__ import annotations

from model_garden_registry.page.reference.schemas import field, schema_section


def test_an_object_is_its_fields() -> None:
    """Each with type, meaning, bounds, and whether it must be there."""
    section = schema_section(
        "Question",
        {
            "description": "A question.",
            "required": ["model_id"],
            "properties": {
                "model_id": {"type": "string", "description": "Id.", "maxLength": 256},
                "free": {},
            },
        },
    )

    assert section == (
        '<section id="schema-Question"><h3><code>Question</code></h3><p>A question.</p><dl>'
        '<div class="field"><dt><code>model_id</code> <span class="type">string</span><strong>, required</strong></dt>'
        '<dd>Id.<span class="limits">at most 256 characters</span></dd></div>'
        '<div class="field"><dt><code>free</code> <span class="type">any value</span></dt></div>'
        "</dl></section>"
    )


def test_what_has_no_fields_is_its_type() -> None:
    """A set of values."""
    assert schema_section("Severity", {"enum": ["note"]}) == (
        '<section id="schema-Severity"><h3><code>Severity</code></h3>'
        '<p class="type"><code>&quot;note&quot;</code></p></section>'
    )


def test_a_parameter_says_where_it_is_sent() -> None:
    """And its own text counts."""
    assert field("limit", {"type": "integer", "description": "x"}, is_required=False, text="Rows.", place="query") == (
        '<div class="field"><dt><code>limit</code> <span class="type">integer</span>'
        '<span class="place">, in the query</span></dt><dd>Rows.</dd></div>'
    )
