"""Models, jsonschema and jsonschema-rs are of one mind about what a registry file may hold."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft7Validator
from pydantic import ValidationError

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.registry_schema import RegistryDocument, registry_schema

pytestmark = pytest.mark.sweep

Where = tuple[str | int, ...]
Node = dict[str, Any]

SCHEMA = registry_schema()
ANNOTATIONS = {"$schema", "title", "description", "default", "examples", "definitions"}


#: What a key that starts with x- may hold.
EXTENSIONS: tuple[Any, ...] = (1, None, [{}])


@dataclass(frozen=True)
class Difference:
    """Why validators differ, for which values, and who accepts: (models, jsonschema, jsonschema-rs)."""

    reason: str
    concerns: Callable[[Any], bool]
    accepted: tuple[bool, bool, bool]


#: By (keyword, JSON type of the value). One that is not listed fails, and so does one that no longer occurs.
KNOWN_DIFFERENCES = {
    ("pattern", "string"): Difference(
        "jsonschema searches with Python's re, whose $ also matches before a final line feed",
        lambda text: text.endswith("\n"),
        (False, True, False),
    ),
    ("type", "integer"): Difference(
        "to JSON Schema any integer is a number; one above the largest float is refused by the models, and by the "
        "reader of files before any of the three sees it",
        lambda number: abs(number) > sys.float_info.max,
        (False, True, True),
    ),
}

#: One of every JSON type, and what is easily taken for another.
SAMPLES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 200, 3.0, 3.5, 1e300, 10**16, 10**400, "", "text", "4", "true", "1.5", [], ["text"],
    [1], [[]], [None], {}, {"x-a": 1}, {"text": "text"},
)  # fmt: skip


def nodes(node: Node, where: str = "#") -> Iterator[tuple[str, Node]]:
    """Give every subschema below a node, itself first, with its place."""
    yield where, node
    for keyword in ("properties", "patternProperties", "definitions"):
        for name, inner in node.get(keyword, {}).items():
            yield from nodes(inner, f"{where}/{keyword}/{name}")
    for keyword in ("additionalProperties", "items"):
        if isinstance(node.get(keyword), dict):
            yield from nodes(node[keyword], f"{where}/{keyword}")
    for keyword in ("anyOf", "allOf"):
        for index, inner in enumerate(node.get(keyword, [])):
            yield from nodes(inner, f"{where}/{keyword}/{index}")


def alternatives(node: Node) -> list[Node]:
    """Give the subschemas that speak of the same value."""
    return [*node.get("allOf", []), *node.get("anyOf", [])]


def resolved(node: Node) -> Node:
    """Follow references and the one alternative that is an object."""
    if "$ref" in node:
        return resolved(SCHEMA["definitions"][node["$ref"].rpartition("/")[2]])
    for inner in alternatives(node):
        if "$ref" in inner:
            return resolved(inner)
    return node


def complete(node: Node) -> Any:
    """Build a value in which every property of the schema is there, from the examples."""
    inner = resolved(node)
    if "properties" in inner:
        return {name: complete(field) for name, field in inner["properties"].items()}
    example = node["examples"][0]
    if isinstance(inner.get("additionalProperties"), dict) and "$ref" in inner["additionalProperties"]:
        return {key: complete(inner["additionalProperties"]) for key in example or {"org/model": None}}
    if "items" in inner and "$ref" in inner["items"]:
        return [complete(inner["items"])]
    return example


@dataclass(frozen=True)
class Mutation:
    """A document that differs from a valid one in one place, and the keyword that the change is about."""

    keyword: str
    value: Any
    where: Where
    document: dict[str, Any]


def mutations(document: dict[str, Any]) -> Iterator[Mutation]:
    """
    Change a valid document in every place, by every keyword that the schema has there; no change twice.

    The first place with a type and a set of keywords gets every sample, a further one alike two or three.
    """
    seen = set()
    shapes: Counter[str] = Counter()
    for where, node, value in places(SCHEMA, document):
        shape = json.dumps([node.get("type"), *sorted(node.keys() - ANNOTATIONS)])
        samples = SAMPLES[shapes[shape] % 12 :: 12] if shapes[shape] else SAMPLES
        shapes[shape] += 1
        for keyword, new in changes(node, value, samples):
            change = (keyword, where, json.dumps(new))
            if change not in seen:
                seen.add(change)
                yield Mutation(keyword, new, where, replaced(document, where, new))


def places(node: Node, value: Any, where: Where = ()) -> Iterator[tuple[Where, Node, Any]]:
    """Give every place of a document with each subschema that speaks of it."""
    yield where, node, value
    for inner in alternatives(node):
        yield from places(inner, value, where)
    if "$ref" in node:
        yield from places(resolved(node), value, where)
    elif isinstance(value, dict):
        for name, item in value.items():
            field = node.get("properties", {}).get(name, node.get("additionalProperties"))
            if isinstance(field, dict):
                yield from places(field, item, (*where, name))
    elif isinstance(value, list) and "items" in node:
        for index, item in enumerate(value):
            yield from places(node["items"], item, (*where, index))


def changes(node: Node, value: Any, samples: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Give new values for one place, each with the keyword that it is about."""
    for keyword in ("type", "anyOf"):
        yield from ((keyword, sample) for sample in samples if keyword in node)
    if isinstance(value, dict):
        yield from changed_keys(node, value)
    if isinstance(value, list) and "items" in node:
        yield from (("items", [*value, sample]) for sample in samples)
    if isinstance(value, str):
        yield from changed_texts(node, value)
    for keyword in sorted({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & node.keys()):
        bound = node[keyword]
        near = (bound - 1, bound + 1, bound, float(bound), bound - 0.5, bound + 0.5)
        yield from ((keyword, number) for number in near[: len(samples)])
    yield from (("examples", good) for good in node.get("examples", []))
    yield from (("default", node[keyword]) for keyword in ("default",) if keyword in node)


def changed_keys(node: Node, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Leave each key out in turn, and put keys in that are none of the format."""
    for name in value:
        yield "required", {key: item for key, item in value.items() if key != name}
    if node.get("additionalProperties") is False:
        yield from (("additionalProperties", {**value, name: 1}) for name in ("nmae", "", "X-note", "x_note", "ax-"))
        yield from (("patternProperties", {**value, "x-note": item}) for item in EXTENSIONS)


def changed_texts(node: Node, value: str) -> Iterator[tuple[str, Any]]:
    """Give texts that a list of values, a pattern or a length may refuse."""
    for allowed in node.get("enum", [])[-4:]:
        yield from (("enum", allowed), ("enum", f"{allowed} "), ("enum", str(allowed).upper()))
    if "const" in node:
        yield from (("const", node["const"]), ("const", node["const"].upper()), ("const", [node["const"]]))
    if "pattern" in node:
        around = (f"{value}\n", f"{value}\r", f"\n{value}", f" {value}", f"{value}é", f"{value}٣")
        yield from (("pattern", variant) for variant in (*around, value[:-1], value * 2))
    if "minLength" in node:
        yield from (("minLength", text) for text in ("", "a", " ", "🎨", "\n"))


def replaced(document: Any, where: Where, value: Any) -> Any:
    """Copy a document with another value in one place; the rest is shared."""
    if not where:
        return value
    first, *rest = where
    copy = document.copy()
    copy[first] = replaced(document[first], tuple(rest), value)
    return copy


def json_type(value: Any) -> str:
    """Name the JSON type of a value."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def models_accept(document: Any) -> bool:
    """Ask the pydantic models, to which an unknown key is an error."""
    try:
        RegistryDocument.model_validate(document)
    except ValidationError:
        return False
    return True


COMPLETE: dict[str, Any] = complete(SCHEMA)
FILE_VALIDATOR = Draft7Validator(SCHEMA)
FAST_VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)


def test_three_validators_agree_on_the_shipped_registry() -> None:
    """Models, jsonschema and jsonschema-rs accept the shipped file and the entry made from the schema's examples."""
    shipped = json.loads(bundled_registry().read_bytes())
    answers = [
        (models_accept(document), FILE_VALIDATOR.is_valid(document), FAST_VALIDATOR.is_valid(document))
        for document in (shipped, COMPLETE)
    ]

    assert answers == [(True, True, True)] * 2


def test_mutations_reach_every_subschema() -> None:
    """Each node of the schema speaks of some place of the document that is mutated, behind every reference, too."""
    reached = {id(node) for _, node, _ in places(SCHEMA, COMPLETE)}

    assert [where for where, node in nodes(SCHEMA) if id(node) not in reached and node != {}] == []


def test_three_validators_agree_on_mutations() -> None:
    """Changed in any place by any keyword, a document is valid to all three or to none, but for a closed list."""
    total, valid = 0, 0
    hit: set[str] = set()
    differences = defaultdict(list)
    for mutation in mutations(COMPLETE):
        errors = list(FILE_VALIDATOR.iter_errors(mutation.document))
        hit |= {mutation.keyword, *keywords_of(errors)}
        answers = (models_accept(mutation.document), not errors, FAST_VALIDATOR.is_valid(mutation.document))
        if len(set(answers)) > 1:
            differences[mutation.keyword, json_type(mutation.value)].append((mutation.where, mutation.value, answers))
        total, valid = total + 1, valid + (not errors)

    assert differences.keys() == KNOWN_DIFFERENCES.keys(), dict(differences)
    for key, found in differences.items():
        known = KNOWN_DIFFERENCES[key]
        assert [case for case in found if not known.concerns(case[1]) or case[2] != known.accepted] == []
    assert hit >= {keyword for _, node in nodes(SCHEMA) for keyword in node} - ANNOTATIONS - {"$ref"}
    assert total >= 300
    assert total / 3 <= total - valid <= total * 0.9


def keywords_of(errors: list[Any]) -> set[str]:
    """Give the keywords that were violated, and those through which they were reached."""
    return {
        keyword
        for error in errors
        for keyword in (error.validator, *error.schema_path, *keywords_of(error.context))
        if isinstance(keyword, str)
    }
