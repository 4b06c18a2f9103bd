"""Variables that a script sets to plain text."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.statements import read_statements
from model_garden_registry.dialects.texts.shell.variables import Variables


def last_words(text: str, **outside: str) -> list[str]:
    """Return the words of the last statement; what is not known stands in angle brackets."""
    statements = tuple(read_statements(Placed.whole(text)))
    variables = Variables.of(statements, {name: Placed.whole(value) for name, value in outside.items()})
    for statement in statements[:-1]:
        variables.follow(statement)
    words = [word for raw in statements[-1].words for word in variables.words(raw)]
    return [word.text if word.is_known else f"<{word.text}>" for word in words]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("A=b; x $A", ["b"], id="set once"),
        pytest.param("A='b c'; x \"$A\" $A", ["b c", "b", "c"], id="only a bare one is cut"),
        pytest.param("A=' b c '; x 1${A}2", ["1", "b", "c", "2"], id="spaces at the ends cut"),
        pytest.param("A=' b'; x $A", ["b"], id="a space before a value"),
        pytest.param('x "" \'\' y', ["", "", "y"], id="empty words"),
        pytest.param("A=' '; x 1${A}2", ["1", "2"], id="only space"),
        pytest.param("A=; x $A \"$A\" $A$A", [""], id="empty: no word, unless quoted"),
        pytest.param("A=b; B=$A/c; x $B", ["b/c"], id="made of another"),
        pytest.param("A=$B; x $A", ["<$A>"], id="made of an unknown one"),
        pytest.param("A=$(b); x $A", ["<$A>"], id="a substitution"),
        pytest.param("x $A-b", ["<$A-b>"], id="set nowhere"),
        pytest.param("A=b; A=c; x $A", ["c"], id="set again"),
        pytest.param("if y; then A=b; fi; x $A", ["b"], id="set once in a branch"),
        pytest.param("A=b; if y; then A=c; fi; x $A", ["<$A>"], id="set again in a branch"),
        pytest.param("for A in b c; do x $A", ["<$A>"], id="a loop"),
        pytest.param("A=b; read -r A; x $A", ["<$A>"], id="read from somewhere"),
        pytest.param("A=b; unset A; x $A", ["<$A>"], id="unset"),
        pytest.param("A=b y; x $A", ["<$A>"], id="set for one command"),
        pytest.param("export A=b; x $A", ["b"], id="exported"),
        pytest.param("declare -r A=b; local B=c; x $A $B", ["b", "c"], id="declared"),
        pytest.param("A=b B=c; x $A $B", ["b", "c"], id="two in a line"),
        pytest.param("A=b; A+=c; x $A", ["bc"], id="text appended"),
        pytest.param("A+=c; x $A", ["<$A>"], id="text appended to nothing known"),
        pytest.param("'A=b'; x $A", ["<$A>"], id="a quoted word sets nothing"),
        pytest.param("x ${A:-b}", ["b"], id="a default"),
        pytest.param("x \"${A:-b c}\" ${A:-b c}", ["b c", "b", "c"], id="a default of two words"),
        pytest.param("A=b; x ${A:-c}", ["b"], id="a default beside a value"),
        pytest.param("A=$1; x ${A:-c}", ["<${A:-c}>"], id="a default beside an unknown value"),
        pytest.param("x a${A:-}b", ["ab"], id="an empty default"),
        pytest.param("x ${A:-${B:-c}}", ["c"], id="a default within a default"),
        pytest.param("x ${A:-$B}", ["<$B>"], id="an unknown default"),
        pytest.param("A=${A:-b}; x $A", ["b"], id="its own default"),
        pytest.param("A=${1:-b}; x $A", ["b"], id="the default of what a script is given"),
        pytest.param("A=(b 'c d'); x \"${A[@]}\"", ["b", "c d"], id="an array"),
        pytest.param("A=(b c); x 1\"${A[@]}\"2", ["1b", "c2"], id="an array within a word"),
        pytest.param("A=(b c); x $A", ["b"], id="an array by its name"),
        pytest.param("A=(); x \"${A[@]}\"", [], id="an empty array"),
        pytest.param("A=(b); A+=(c); x \"${A[@]}\"", ["b", "c"], id="an array appended"),
        pytest.param("A=(b); A+=c; x \"${A[@]}\"", ["<${A[@]}>"], id="text appended to an array"),
        pytest.param("A=b; x \"${A[@]}\"", ["<${A[@]}>"], id="no array"),
        pytest.param("A=(b); if y; then A+=(c); fi; x \"${A[@]}\"", ["<${A[@]}>"], id="an array appended in a branch"),
        pytest.param("x \"${A[@]}\"", ["<${A[@]}>"], id="an array set nowhere"),
        pytest.param("A=(b $(c)); x \"${A[@]}\"", ["b", "<$(c)>"], id="an array with an unknown element"),
    ],
)  # fmt: skip
def test_words_have_their_variables_put_in(text: str, words: list[str]) -> None:
    """As far as the script itself says what they are."""
    assert last_words(text)[1:] == words


def test_variables_come_from_outside_too() -> None:
    """The script's own are nearer."""
    assert last_words("B=c; x $A $B", A="a", B="b") == ["x", "a", "c"]


def test_what_grows_without_end_is_not_known() -> None:
    """Doubling a value twenty times makes no megabytes."""
    assert last_words("A=xxxxxxxxxx;" + "A=$A$A;" * 40 + "y $A") == ["y", "<$A>"]
    assert last_words("A=(x);" + 'A+=("${A[@]}");' * 40 + 'y "${A[@]}"') == ["y", "<${A[@]}>"]


@pytest.mark.parametrize(
    ("text", "exported"),
    [
        ("export A=b C=d", {"A": "b", "C": "d"}),
        ("export A", {"A": "x"}),
        ("export -n B", {}),
        ("export A=$(b)", {"A": None}),
        ("A=b", {}),
        ("local A=b", {}),
    ],
)
def test_only_what_is_exported_reaches_other_programs(text: str, exported: dict[str, str | None]) -> None:
    """Set before or with it."""
    (statement,) = read_statements(Placed.whole(text))
    variables = Variables.of((statement,), {"A": Placed.whole("x")})
    made = variables.follow(statement)

    assert {one.name: one.value.text if isinstance(one.value, Placed) else None for one in made} == exported


@pytest.mark.parametrize("text", ["A={0}; x {1}", "A=({0}); x {1}"])
def test_what_is_put_in_again_and_again_is_not_known_in_the_end(text: str) -> None:
    """A line of some kilobytes that stands for a gigabyte is not written out."""
    words = last_words(text.format("y" * 90_000, '"$A" ' * 1_000))

    assert words[0] == "x"
    assert words[1:12] == ["y" * 90_000] * 11
    assert words[12:] == ["<$A>"] * 989
