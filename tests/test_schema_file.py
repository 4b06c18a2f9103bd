"""The schema as a promise: current, explained on every field, and read the same way by validators and editors."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from model_garden_registry.bundled import bundled_overlay_schema, bundled_registry, bundled_schema
from model_garden_registry.entries.registry_schema import (
    overlay_schema,
    overlay_schema_text,
    registry_schema,
    registry_schema_text,
)

Node = dict[str, Any]

SCHEMA = registry_schema()
OVERLAY = overlay_schema()
#: All keywords that the schema may use; `format` and `if` are not among them: validators treat them differently.
KEYWORDS = {
    "$schema", "title", "description", "default", "examples", "definitions", "$ref", "allOf", "anyOf", "properties",
    "patternProperties", "additionalProperties", "required", "items", "type", "enum", "const", "pattern", "minimum",
    "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "minItems",
}  # fmt: skip


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


def properties() -> dict[str, tuple[Node, bool]]:
    """Give the schema of every property of every object, and whether it is required, by place."""
    return {
        f"{where}/{name}": (field, name in node.get("required", []))
        for where, node in nodes(SCHEMA)
        for name, field in node.get("properties", {}).items()
    }


def patterns() -> list[str]:
    """Give every regular expression of the schema."""
    found = {node["pattern"] for _, node in nodes(SCHEMA) if "pattern" in node}
    return sorted(found.union(*(node.get("patternProperties", {}) for _, node in nodes(SCHEMA))))


def test_the_shipped_schema_is_current() -> None:
    """The file in storage/ is what the models generate; `mgr schema write` brings it up to date."""
    assert bundled_schema().read_text(encoding="utf-8") == registry_schema_text(), "mgr schema write"
    assert bundled_overlay_schema().read_text(encoding="utf-8") == overlay_schema_text(), "mgr schema write"


@pytest.mark.parametrize("schema", [SCHEMA, OVERLAY], ids=["registry", "overlay"])
def test_the_schema_is_plain_draft_07(schema: Node) -> None:
    """The schema satisfies draft-07's own schema and uses only keywords of it that every validator knows."""
    used = {keyword for _, node in nodes(schema) for keyword in node}

    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert used <= KEYWORDS


def test_an_overlay_may_state_any_part() -> None:
    """Only items of lists are whole: lists are replaced."""
    validator = Draft7Validator(OVERLAY)
    shipped = json.loads(bundled_registry().read_bytes())["models"]["Qwen/Qwen3-Next-80B-A3B-Instruct"]
    group = shipped["architecture"]["layers"][0]
    lacking = {key: value for key, value in group.items() if key != "count"}

    assert validator.is_valid({"extends": True})
    for key, value in shipped.items():
        assert validator.is_valid({"extends": True, "models": {"a/b": {key: value}}}), key
        for inner, part in value.items() if isinstance(value, dict) else ():
            assert validator.is_valid({"extends": True, "models": {"a/b": {key: {inner: part}}}}), (key, inner)
    assert validator.is_valid({"extends": True, "models": {"a/b": None}})
    for wrong in (
        {},
        {"extends": False},
        {"extends": True, "models": {"a/b": 5}},
        {"extends": True, "models": {"a/b": {"requirements": {"min_vram_gb": "4"}}}},
        {"extends": True, "models": {"a/b": {"requirements": {"min_vram": 4}}}},
        {"extends": True, "models": {"a/b": {"architecture": {"layers": [lacking]}}}},
    ):
        assert not validator.is_valid(wrong), wrong


def test_nothing_stands_beside_a_reference() -> None:
    """Draft-07 ignores what stands beside `$ref`, so nothing does."""
    assert [where for where, node in [*nodes(SCHEMA), *nodes(OVERLAY)] if "$ref" in node and len(node) > 1] == []


def test_every_property_explains_itself() -> None:
    """Each property has a description and examples, and each optional one its default."""
    silent = {
        where: missing
        for where, (field, is_required) in properties().items()
        if (missing := {"description", "examples", *(() if is_required else ("default",))} - field.keys())
    }

    assert len(properties()) > 100
    assert silent == {}


def test_every_example_and_default_follows_its_own_schema() -> None:
    """What an editor would complete is valid where it is completed."""
    wrong = [
        (where, value)
        for where, (field, _) in properties().items()
        for value in [*field["examples"], *([field["default"]] if "default" in field else [])]
        if not Draft7Validator({**field, "definitions": SCHEMA["definitions"]}).is_valid(value)
    ]

    assert wrong == []


def test_no_object_takes_unknown_keys_but_all_take_extensions() -> None:
    """`additionalProperties` is false wherever properties are listed, and keys that start with x- are let through."""
    loose = [
        where
        for where, node in nodes(SCHEMA)
        if "properties" in node and (node["additionalProperties"], node["patternProperties"]) != (False, {"^x-": {}})
    ]

    assert loose == []


PATTERN_SAMPLES = (
    "", "x-a", "X-a", "ax-", "a b", "a\tb", "a\u007fb", "qwen", "qwen-vl_2.5", "Qwen", "-q", "1.1B", "8x7B", "30B-A3B",
    "7b", "1.1.0", "1.1", "1.1.0.0", "8.0", "8", "2025-01", "2025-13", "2025-01-31", "2025-01-32", "org/modèle 🎨",
    "2026-11-23T00:00:00Z", "2026-11-23T00:00:00.5+01:00", "2026-11-23T00:00:00", "https://a.b/c", "ftp://a.b",
    "https://a b", "http://é/", "٣.٣", "1.1\u2028",
)  # fmt: skip


def test_patterns_mean_the_same_to_ecmascript() -> None:
    """Each pattern compiles under ECMAScript's u flag and matches there what it matches in Python."""
    if not (node := shutil.which("node")):
        pytest.skip("node is not installed")
    program = "const [p, s] = JSON.parse(require('fs').readFileSync(0)); "
    program += "console.log(JSON.stringify(p.map(x => s.map(y => new RegExp(x, 'u').test(y)))))"
    here = [[bool(re.search(pattern, sample)) for sample in PATTERN_SAMPLES] for pattern in patterns()]

    question = json.dumps([patterns(), PATTERN_SAMPLES])
    reply = subprocess.run([node, "-e", program], check=False, input=question, capture_output=True, encoding="utf-8")

    assert (reply.returncode, reply.stderr) == (0, "")
    assert json.loads(reply.stdout) == here
    assert all(True in row and False in row for row in here)
