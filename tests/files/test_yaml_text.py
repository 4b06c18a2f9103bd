"""YAML text becomes plain values, or an error of ours."""

from __future__ import annotations

import pytest

from model_garden_registry.files.yaml_text import YamlError, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: [1, 2.5, x, null, true]", {"a": [1, 2.5, "x", None, True]}, id="values"),
        pytest.param("", None, id="nothing"),
        pytest.param("[{a: 1}, {a: 1}]", [{"a": 1}, {"a": 1}], id="one key in two mappings"),
        pytest.param("a: 1\n1: a", {"a": 1, 1: "a"}, id="keys of two types"),
        pytest.param("é: 🦉", {"é": "🦉"}, id="any character"),
    ],
)
def test_a_document_becomes_plain_values(text: str, value: object) -> None:
    """As the safe loader reads YAML 1.1."""
    assert parse_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        pytest.param("a: [1\nb", 2, 2, "expected ',' or ']', but got '<stream end>'", id="a list that does not end"),
        pytest.param("\ta: 1", 1, 1, "found character '\\t' that cannot start any token", id="a tab"),
        pytest.param("é: &x [1]\nb: *x", 2, 4, "aliases are not read", id="an alias"),
        pytest.param("a: 1\nb: 2\na: 3", 3, 1, "key 'a' stands twice in one mapping", id="a key twice"),
        pytest.param("a: {é: 1, é: 2}", 1, 11, "key 'é' stands twice in one mapping", id="a key twice, inside"),
        pytest.param("{[1]: 2}", 1, 2, "found unhashable key", id="a list as a key"),
        pytest.param("a: 1\n---\nb: 2", 2, 1, "but found another document", id="two documents"),
        pytest.param(
            "a: !!python/name:os.system",
            1,
            4,
            "could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
            id="a Python object",
        ),
        pytest.param(
            "a: \0", None, None, "unacceptable character #x0000: special characters are not allowed", id="a zero byte"
        ),
        pytest.param("a: 2026-13-01", None, None, "month must be in 1..12", id="a date that does not exist"),
        pytest.param("[" * 2_000 + "]" * 2_000, None, None, "nested too deeply", id="deep nesting"),
        pytest.param('a: !!int ""', None, None, "a tagged value does not suit its tag", id="an empty integer"),
        pytest.param("a: !!bool maybe", None, None, "a tagged value does not suit its tag", id="no boolean"),
        pytest.param("a: !!timestamp now", None, None, "a tagged value does not suit its tag", id="no moment"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(
    text: str, line: int | None, column: int | None, problem: str
) -> None:
    """Line and column where PyYAML knows them; nothing of PyYAML's own escapes."""
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)

    assert (caught.value.problem, caught.value.line, caught.value.column) == (problem, line, column)
