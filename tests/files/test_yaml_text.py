"""YAML text becomes plain values, or an error of ours; plain values become YAML text that every reader takes alike."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.files.yaml_text import (
    YamlError,
    compose_yaml,
    parse_yaml,
    parse_yaml_places,
    yaml_comments,
    yaml_text,
)

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("\"'\\{}[]:,#|>&*!%@`é🦉\n\r\t \x85\u2028\ufeff-~=.0123eE+_yn"),
    max_size=12,
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


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


def test_every_document_of_a_text_becomes_nodes() -> None:
    """An alias is the node that it stands for, also within itself."""
    first, second = compose_yaml("a: &x [b]\nc: *x\n---\n&y [*y]")

    assert first.value[0][1] is first.value[1][1]
    assert second.value == [second]


@pytest.mark.parametrize("text", ["a: [1\nb", "a: 1\n---\nb: 1\nb: 2", "a: *x", "[" * 100_000])
def test_texts_that_are_no_yaml_become_no_nodes(text: str) -> None:
    """In one of their documents."""
    with pytest.raises(YamlError):
        compose_yaml(text)


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        pytest.param("a: [1\nb", 2, 2, "expected ',' or ']', but got '<stream end>'", id="a list that does not end"),
        pytest.param("\ta: 1", 1, 1, "found character '\\t' that cannot start any token", id="a tab"),
        pytest.param("é: &x [1]\nb: *x", 2, 4, "aliases are not supported", id="an alias"),
        pytest.param("a: 1\nb: 2\na: 3", 3, 1, "key 'a' appears twice in one mapping", id="a key twice"),
        pytest.param("a: {é: 1, é: 2}", 1, 11, "key 'é' appears twice in one mapping", id="a key twice, inside"),
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
        pytest.param('a: !!int ""', None, None, "a tagged value does not match its tag", id="an empty integer"),
        pytest.param("a: !!bool maybe", None, None, "a tagged value does not match its tag", id="no boolean"),
        pytest.param("a: !!timestamp now", None, None, "a tagged value does not match its tag", id="no moment"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(
    text: str, line: int | None, column: int | None, problem: str
) -> None:
    """Line and column where PyYAML knows them; nothing of PyYAML's own escapes."""
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)

    assert (caught.value.problem, caught.value.line, caught.value.column) == (problem, line, column)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    """Every value, type and order of keys; compared as text, because 1 == 1.0 == True and dicts forget their order."""
    assert repr(parse_yaml(yaml_text(value))) == repr(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": 2}, "b: 1\na: 2\n", id="keys in their order"),
        pytest.param(
            {"rate": 2e-5, "large": 1e16, "small": 5e-324},
            "rate: 2.0e-05\nlarge: 1.0e+16\nsmall: 5.0e-324\n",
            id="numbers that YAML 1.1 reads as numbers",
        ),
        pytest.param({"a": [1, {"b": []}], "c": {}}, "a:\n- 1\n- b: []\nc: {}\n", id="lists and mappings as blocks"),
        pytest.param(["word " * 60 + "end"], "- " + "word " * 60 + "end\n", id="a long line stays one"),
        pytest.param({"run": "set -e\nserve \\\n  --a\n"}, "run: |\n  set -e\n  serve \\\n    --a\n", id="a script"),
        pytest.param({"run": "one\nü"}, "run: |-\n  one\n  ü\n", id="lines without an end"),
        pytest.param(["\na", " a\nb", "a\n\n"], '- "\\na"\n- " a\\nb"\n- "a\\n\\n"\n', id="lines that no block keeps"),
        pytest.param(["\x1b[2J", "a\u2028b"], '- "\\e[2J"\n- "a\\Lb"\n', id="what a terminal would act on"),
    ],
)
def test_a_value_is_written_plainly(value: object, text: str) -> None:
    """In blocks, unfolded and unsorted."""
    assert yaml_text(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "1e5",
        "0o17",
        "0x1F",
        "0X1F",
        "0O17",
        "0B11",
        "-0x1f",
        "1_e5",
        "0_x1F",
        "1_000_",
        "1_000",
        "12:30",
        "2026-01-01",
        "null",
        "~",
        "",
        "yes",
        "n",
        "Y",
        "on",
        "=",
        "<<",
        ".inf",
        "+1",
        "1.",
    ],
)
def test_a_text_that_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    """Readers of YAML 1.1 and 1.2 differ; in quotes it is a text to all."""
    assert yaml_text([text]) == f"- '{text}'\n"


def test_a_value_that_stands_twice_is_written_twice() -> None:
    """An alias is refused when read, and most tools' users have never seen one."""
    twice = [1]

    assert yaml_text({"a": twice, "b": twice}) == "a:\n- 1\nb:\n- 1\n"


def test_without_pyyaml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for writing."""
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(MissingExtraError):
        yaml_text({})


def test_every_value_has_its_place() -> None:
    """A member of a mapping at its key, an item of a list where it begins."""
    value, places = parse_yaml_places("a:\n  - x\n  - b: 1\n# c\nd: {e: 2}\n")

    assert value == {"a": ["x", {"b": 1}], "d": {"e": 2}}
    assert {way: (place.line, place.column) for way, place in places.items()} == {
        ("a",): (1, 1),
        ("a", 0): (2, 5),
        ("a", 1): (3, 5),
        ("a", 1, "b"): (3, 5),
        ("d",): (5, 1),
        ("d", "e"): (5, 5),
    }
    assert parse_yaml_places("") == (None, {})


@given(st.lists(TEXTS))
def test_comments_say_nothing(sentences: list[str]) -> None:
    """No character of a sentence ends its line, in YAML 1.1 or in an editor."""
    text = yaml_comments(sentences)

    assert parse_yaml(text + yaml_text({"a": 1})) == {"a": 1}
    assert len(text.splitlines()) == len(sentences)
    assert yaml_comments(["run: weaver FILE"]) == "# run: weaver FILE\n"


def test_what_is_merged_has_its_place() -> None:
    """An inline mapping below ``<<`` needs no alias, and its keys are those of the mapping that it stands in."""
    value, places = parse_yaml_places("<<: {a: 1}\nb: 2\n")

    assert value == {"a": 1, "b": 2}
    assert {way: (place.line, place.column) for way, place in places.items()} == {("a",): (1, 6), ("b",): (2, 1)}


def test_aliases_stand_for_a_bounded_text() -> None:
    """Each use of a long text is read again: a few lines would be gigabytes."""
    long = f"a: &x {'y' * 100_000}\n"
    assert len(compose_yaml(long + "b: [*x, *x]\nc: *x\n")) == 1

    with pytest.raises(YamlError, match="aliases expand to too much") as caught:
        compose_yaml(long + "b:\n" + "- *x\n" * 20)
    assert (caught.value.line, caught.value.column) == (12, 3)


def test_an_alias_of_what_it_stands_in_is_a_node() -> None:
    """As in a manifest that was made to be read without end."""
    assert len(compose_yaml("&a\nb: *a\n")) == 1
