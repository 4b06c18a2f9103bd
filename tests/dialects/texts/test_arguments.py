"""Options with their values, and words that belong to none."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.arguments import Takes, read_arguments
from model_garden_registry.dialects.texts.command import Word


def words(text: str) -> tuple[Word, ...]:
    """Return words of one line; those with a dollar are not known."""
    found = []
    column = 1
    for part in text.split(" "):
        found.append(Word(part, "$" not in part, 1, column))
        column += len(part) + 1
    return tuple(found)


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        pytest.param("--a 1", {"--a": "1"}, "", id="a value behind its option"),
        pytest.param("--a=1 x", {"--a": "1"}, "x", id="a value within its option"),
        pytest.param("--a=", {"--a": ""}, "", id="an empty value"),
        pytest.param("--a=b=c", {"--a": "b=c"}, "", id="an equals sign within a value"),
        pytest.param("--a --b", {"--a": True, "--b": True}, "", id="switches"),
        pytest.param("--a 1 2 --b", {"--a": ["1", "2"], "--b": True}, "", id="several values"),
        pytest.param("--a -1", {"--a": "-1"}, "", id="a negative number"),
        pytest.param("--a -.5e3", {"--a": "-.5e3"}, "", id="a negative fraction"),
        pytest.param("x -tp 2", {"-tp": "2"}, "x", id="a short option"),
        pytest.param("--a -", {"--a": "-"}, "", id="a lone dash is a value"),
        pytest.param("--a 1 -- --b x", {"--a": "1"}, "--b x", id="two dashes end the options"),
        pytest.param("--a $X", {"--a": UnknownValue("$X")}, "", id="an unknown value"),
        pytest.param("--a=$X", {"--a": UnknownValue("$X")}, "", id="an unknown value within its option"),
        pytest.param("$ARGS --a", {"--a": True}, "$ARGS", id="an unknown word"),
    ],
)
def test_options_take_the_words_up_to_the_next_one(text: str, values: dict[str, object], rest: str) -> None:
    """As long as nobody knows how many words they take."""
    arguments, left = read_arguments(words(text))

    assert {item.key: item.value for item in arguments} == values
    assert " ".join(word.text for word in left) == rest


@pytest.mark.parametrize(
    ("takes", "value", "rest"),
    [(Takes.NOTHING, True, "1 2"), (Takes.ONE, "1", "2"), (Takes.SEVERAL, ["1", "2"], "")],
)
def test_a_tool_knows_how_many_words_its_options_take(takes: Takes, value: object, rest: str) -> None:
    """What is left over belongs to none."""
    arguments, left = read_arguments(words("--a 1 2"), lambda _option: takes)

    assert arguments == (Item("--a", value, 1, 1),)
    assert " ".join(word.text for word in left) == rest


def test_an_option_stands_where_it_is_written() -> None:
    """Line and column are those of the option."""
    arguments, _ = read_arguments((Word("x", True, 1, 1), Word("--a", True, 2, 3), Word("1", True, 4, 5)))

    assert arguments == (Item("--a", "1", 2, 3),)
