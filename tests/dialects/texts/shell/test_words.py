"""Words as POSIX shells and bash read them."""

from __future__ import annotations

import pytest

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.words import Kind, Part, WordReader, plain_text


def read(text: str) -> tuple[Part, ...]:
    """Return the first word of a text."""
    return WordReader(Placed.whole(text)).word()


def shown(text: str) -> list[str]:
    """Return parts as `T:text`, `V:name`, `U:as written`, with a `q` where quoted; empty quoted ones left out."""
    return [
        f"{part.kind.name[0]}{'q' * part.is_quoted}:{part.name or part.text.text}"
        for part in read(text)
        if part.text.text or part.name
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("abc def", ["T:abc"], id="plain"),
        pytest.param("'a b'c", ["Tq:a b", "T:c"], id="single quotes"),
        pytest.param("'a b", ["Tq:a b"], id="single quotes that do not end"),
        pytest.param('"a b"', ["Tq:a b"], id="double quotes"),
        pytest.param('"a b', ["Tq:a b"], id="double quotes that do not end"),
        pytest.param(
            '"a\\"b\\nc\\\\d"', ["Tq:a", 'Tq:"', "Tq:b", "Tq:\\n", "Tq:c", "Tq:\\", "Tq:d"], id="escapes in quotes"
        ),
        pytest.param('"a\\\nb"', ["Tq:a", "Tq:b"], id="a continued line in quotes"),
        pytest.param("a\\ b", ["T:a", "Tq: ", "T:b"], id="an escaped space"),
        pytest.param("a\\\nb", ["T:a", "T:b"], id="a continued line"),
        pytest.param("a\\", ["T:a"], id="a backslash at the end"),
        pytest.param('"a\\', ["Tq:a", "Tq:\\"], id="a backslash at the end of quotes"),
        pytest.param("$'a\\tb\\'c\\x'", ["Tq:a\tb'c\\x"], id="quotes of bash"),
        pytest.param('$"a"', ["Tq:a"], id="translated quotes of bash"),
        pytest.param("a#b", ["T:a#b"], id="a hash within a word"),
        pytest.param("$A/b", ["V:A", "T:/b"], id="a variable"),
        pytest.param('"$A b"', ["Vq:A", "Tq: b"], id="a variable in quotes"),
        pytest.param("${A}b", ["V:A", "T:b"], id="a variable in braces"),
        pytest.param("${A:-b}", ["V:A"], id="a variable with a default"),
        pytest.param("${A##*/}", ["U:${A##*/}"], id="a part of a variable"),
        pytest.param("${#A}", ["U:${#A}"], id="the length of a variable"),
        pytest.param("${A", ["U:${A"], id="braces that do not end"),
        pytest.param("$1$@", ["U:$1", "U:$@"], id="what a script is given"),
        pytest.param("$", ["T:$"], id="a lone dollar"),
        pytest.param("a$%", ["T:a", "T:$", "T:%"], id="a dollar that is itself"),
        pytest.param("$(a (b) ')' c)d", ["U:$(a (b) ')' c)", "T:d"], id="a substitution"),
        pytest.param("$(a", ["U:$(a"], id="a substitution that does not end"),
        pytest.param("`a \\` b`c", ["U:`a \\` b`", "T:c"], id="backticks"),
        pytest.param("$((1 + 2))", ["U:$((1 + 2))"], id="arithmetic"),
        pytest.param("<(a b)", ["U:<(a b)"], id="a process as a file"),
        pytest.param("\x0ba", ["T:\x0b", "T:a"], id="strange space"),
        pytest.param(" a", [], id="no word"),
    ],
)
def test_a_word_is_made_of_parts(text: str, parts: list[str]) -> None:
    """Each is text, a variable, or something that only a shell knows."""
    assert shown(text) == parts


@pytest.mark.parametrize(
    ("text", "name", "default", "is_array"),
    [
        ("${A}", "A", None, False),
        ("${A-b c}", "A", ["b", " ", "c"], False),
        ("${A:=b}", "A", ["b"], False),
        ("${A:-}", "A", [], False),
        ("${1:-b}", "1", ["b"], False),
        ("${A[@]}", "A", None, True),
        ("${A:-${B}}", "A", ["${B}"], False),
        ("${A:-'b}'}", "A", ["b}"], False),
    ],
)
def test_braces_hold_a_name_and_what_it_is_by_default(
    text: str, name: str, default: list[str] | None, is_array: bool
) -> None:
    """A default is a word of its own, which may hold spaces."""
    (part,) = read(text)

    assert (part.kind, part.name, part.is_array) == (Kind.VARIABLE, name, is_array)
    assert (None if part.default is None else [inner.text.text for inner in part.default]) == default


def test_defaults_within_defaults_end_somewhere() -> None:
    """Thousands of them are no recursion without end."""
    text = "${A:-" * 5000 + "x" + "}" * 5000
    (part,) = read(text)
    depth = 0
    while part.default:
        (part,), depth = part.default, depth + 1

    assert depth < 50
    assert part.kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("A=()", []),
        ("A=(a 'b c' d)", ["a", "b c", "d"]),
        ("A=(a # not this\n  b)", ["a", "b"]),
        ("A+=(a; b)", ["a", "b"]),
        ("A=(a", ["a"]),
        ("A=(b=(c))", ["b=", "c"]),
    ],
)
def test_an_array_is_made_of_words(text: str, elements: list[str]) -> None:
    """Lines and comments between them do not count."""
    part = read(text)[1]

    assert part.kind is Kind.ARRAY
    assert ["".join(inner.text.text for inner in word) for word in part.elements] == elements


def test_characters_keep_their_places() -> None:
    """Also those that were escaped."""
    ansi = read("$'a\\tb'")[0].text

    assert (ansi.text, list(ansi.offsets)) == ("a\tb", [2, 3, 5, 6])


def test_only_a_word_without_quotes_is_plain() -> None:
    """`'if'` is not `if`."""
    assert [plain_text(read(text)) for text in ("if", "'if'", "i$F")] == ["if", "", ""]


def test_a_backslash_that_ends_the_script_is_no_word() -> None:
    """Lines that are added later go on from it; the shell reads nothing."""
    reader = WordReader(Placed.whole("a \\"))

    assert plain_text(reader.word()) == "a"
    reader.skip_space()
    assert reader.word() == ()
    assert reader.at == len(reader.text)
