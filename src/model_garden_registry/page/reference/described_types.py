"""What a value may be, in words: its type with links to objects, its bounds, its default."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from model_garden_registry.page.elements import Content, element, fragment
from model_garden_registry.page.reference.prose import Node, code, separated

_REFERENCE = "#/components/schemas/"
#: A longer one tells a person nothing; the description does.
_LONGEST_PATTERN = 40


def schema_anchor(name: str) -> str:
    """Return the id of the section of a schema."""
    return f"schema-{name}"


def type_words(schema: Node) -> Content:
    """Return the type of a value; the name of an object is a link to its section."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_REFERENCE)
        return element("a", name, href=f"#{quote(schema_anchor(name))}")
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return fragment(*separated(map(code, schema["enum"]), " or "))
    if "anyOf" in schema:
        return fragment(*separated(map(type_words, schema["anyOf"]), " or "))
    match schema.get("type"):
        case "array":
            return fragment("list of ", type_words(schema.get("items", {})))
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return fragment("object, each value ", type_words(schema["additionalProperties"]))
        case None:
            return "any value"
        case kind:
            return str(kind)


def limits(schema: Node) -> Content:
    """Return bounds, default and example of a value as one sentence; None if it has none."""
    phrases = [*_bounds(schema)]
    if schema.get("default") is not None:
        phrases.append(fragment("default ", code(schema["default"])))
    if examples := schema.get("examples"):
        phrases.append(fragment("such as ", code(examples[0])))
    return fragment(*separated(iter(phrases), "; ")) if phrases else None


def _bounds(schema: Node) -> Iterator[Content]:
    for alternative in schema.get("anyOf", ()):
        yield from _bounds(alternative)
    yield from _range(schema, "minimum", "maximum", "")
    yield from _range(schema, "minLength", "maxLength", " characters")
    yield from _range(schema, "minItems", "maxItems", " items")
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']:,}"
    if "exclusiveMaximum" in schema:
        yield f"less than {schema['exclusiveMaximum']:,}"
    if len(pattern := str(schema.get("pattern", ""))) in range(1, _LONGEST_PATTERN):
        yield fragment("matches ", element("code", pattern))


def _range(schema: Node, least: str, most: str, unit: str) -> Iterator[str]:
    match schema.get(least), schema.get(most):
        case None, None:
            return
        case low, None:
            yield f"at least {low:,}{unit}"
        case None, high:
            yield f"at most {high:,}{unit}"
        case low, high:
            yield f"{low:,} to {high:,}{unit}"
