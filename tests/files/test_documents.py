"""Bytes become one raw document, or an error with its code and place."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.errors import RegistryNotFoundError, RegistryReadError
from model_garden_registry.files.documents import (
    keep_until_exit,
    parse_document,
    paused_garbage_collection,
    read_document,
)

APPLICATION = Path(__file__).parents[1] / "registries/valid/application.json"
FILE = Path("models.json")

#: Python 3.13 points at the comma, earlier ones behind it.
COMMA_TOO_MANY = (
    (8, "illegal trailing comma before end of object")
    if sys.version_info >= (3, 13)
    else (9, "expecting property name enclosed in double quotes")
)


def refusal(content: bytes) -> RegistryReadError:
    """Give the error that the content of a file is refused with."""
    with pytest.raises(RegistryReadError) as caught:
        parse_document(content, FILE)
    return caught.value


def facts(error: RegistryReadError) -> tuple[str, int | None, int | None, str]:
    return str(error.code), error.line, error.column, error.problem


@pytest.mark.parametrize(
    ("content", "code", "line", "column", "problem"),
    [
        pytest.param(b"", "empty-file", 1, 1, "is empty", id="empty"),
        pytest.param(b" \r\n\t", "empty-file", 1, 1, "is empty", id="white space only"),
        pytest.param(b"\xef\xbb\xbf\n", "empty-file", 1, 1, "is empty", id="a byte order mark only"),
        pytest.param(b"\n[]", "not-an-object", 1, 1, "holds a list, not an object", id="a list"),
        pytest.param(b'"text"', "not-an-object", 1, 1, "holds a text, not an object", id="a text"),
        pytest.param(b"true", "not-an-object", 1, 1, "holds true or false, not an object", id="true"),
        pytest.param(b"7", "not-an-object", 1, 1, "holds a single value, not an object", id="a number"),
        pytest.param(b"null", "not-an-object", 1, 1, "holds a single value, not an object", id="null"),
    ],
)
def test_a_file_holds_one_object(content: bytes, code: str, line: int | None, column: int | None, problem: str) -> None:
    """Anything else is no registry."""
    assert facts(refusal(content)) == (code, line, column, problem)


@pytest.mark.parametrize(
    ("content", "line", "column", "problem"),
    [
        pytest.param(b'{"a":\n "\xff"}', 2, 3, "is not UTF-8: byte 0xff", id="a stray byte"),
        pytest.param("{\n 'é': '\u20ac'}".encode("cp1252"), 2, 3, "is not UTF-8: byte 0xe9", id="Windows-1252"),
        pytest.param('{"é🦉": "é"}'.encode()[:-3] + b'"}', 1, 9, "is not UTF-8: byte 0xc3", id="half a character"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', 1, 8, "is not UTF-8: byte 0xed", id="a surrogate in bytes"),
        pytest.param("{}".encode("utf-16"), 1, 1, "is not UTF-8: byte 0xff", id="UTF-16"),
        pytest.param(b"\xfe\xff\x00{\x00}", 1, 1, "is not UTF-8: byte 0xfe", id="UTF-16, big end first"),
    ],
)
def test_another_encoding_is_refused_at_its_first_byte(content: bytes, line: int, column: int, problem: str) -> None:
    """The column counts the characters before, not their bytes."""
    assert facts(refusal(content)) == ("not-utf8", line, column, problem)


def test_utf_16_without_a_mark_is_not_json() -> None:
    """Every second byte is zero: that is UTF-8, but no JSON."""
    assert facts(refusal("{}".encode("utf-16-le")))[:3] == ("not-json", 1, 2)


@pytest.mark.parametrize(
    ("content", "line", "column", "problem"),
    [
        pytest.param("{'a': 1}", 1, 2, "expecting property name enclosed in double quotes", id="single quotes"),
        pytest.param('{"a": 1,}', 1, *COMMA_TOO_MANY, id="a comma too many"),
        pytest.param('{"a": 1\n "b": 2}', 2, 2, "expecting ',' delimiter", id="a comma missing"),
        pytest.param('{"a" 1}', 1, 6, "expecting ':' delimiter", id="a colon missing"),
        pytest.param('{"a": [1 2]}', 1, 10, "expecting ',' delimiter", id="a comma missing in a list"),
        pytest.param('{"é🦉": tru}', 1, 8, "expecting value", id="a word cut off, behind wide characters"),
        pytest.param('{"a": 01}', 1, 8, "expecting ',' delimiter", id="a leading zero"),
        pytest.param('{"a": .5}', 1, 7, "expecting value", id="no digit before the point"),
        pytest.param('{"a": +5}', 1, 7, "expecting value", id="a plus sign"),
        pytest.param('{"a": "b\n"}', 1, 9, "invalid control character", id="a line feed in a text"),
        pytest.param('{"a": "b}', 1, 7, "unterminated string", id="a text that does not end"),
        pytest.param('{"a": "\\x"}', 1, 8, "invalid \\escape", id="an escape that JSON has not"),
        pytest.param('{"a": "\\u12"}', 1, 9, "invalid \\uXXXX escape", id="half an escape"),
        pytest.param('{"a": 1} {"b": 2}', 1, 10, "extra data", id="two objects"),
        pytest.param('{"a": 1}\n// end', 2, 1, "extra data", id="a comment"),
        pytest.param('{"a": \x00}', 1, 7, "expecting value", id="a zero byte"),
        pytest.param('{"é": "\\ud800"}', 1, 14, "unexpected end of hex escape", id="half a surrogate pair"),
        pytest.param('{"é": "\\ud800\\ud800"}', 1, 19, "lone leading surrogate in hex escape", id="two first halves"),
    ],
)
def test_a_syntax_error_is_refused_at_its_place(content: str, line: int, column: int, problem: str) -> None:
    """In words, with line and column in characters."""
    code, *place, text = facts(refusal(content.encode()))

    assert (code, *place) == ("not-json", line, column)
    assert text == f"is not JSON: {problem}"


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        pytest.param('"b": ' + "[" * 100_000, "unexpected end of hex escape", id="deep nesting"),
        pytest.param('"b": ' + "9" * 5000, "unexpected end of hex escape", id="a long number"),
        pytest.param('"b": NaN', "unexpected end of hex escape", id="NaN"),
    ],
)
def test_the_first_of_several_errors_counts(rest: str, problem: str) -> None:
    """Half a surrogate pair is refused where it stands, whatever stands behind it."""
    assert facts(refusal(f'{{"a": "\\ud800", {rest}'.encode())) == ("not-json", 1, 14, f"is not JSON: {problem}")


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        pytest.param("NaN", "NaN is not a JSON number", id="NaN"),
        pytest.param("Infinity", "Infinity is not a JSON number", id="infinity"),
        pytest.param("-Infinity", "-Infinity is not a JSON number", id="minus infinity"),
        pytest.param("1e400", "number 1e400 is too large", id="1e400"),
        pytest.param("-1E+400", "number -1E+400 is too large", id="minus 1E+400"),
        pytest.param("9" * 401, "number 999999999999… is too large", id="an integer of 401 digits"),
        pytest.param(str(int(sys.float_info.max) + 1), "number 179769313486… is too large", id="one above the largest"),
        pytest.param("9" * 5000, "a number is too large", id="an integer of 5000 digits"),
        pytest.param(f"-{'9' * 5000}", "a number is too large", id="a negative integer of 5000 digits"),
    ],
)
def test_a_number_that_is_not_finite_is_refused_at_its_place(number: str, problem: str) -> None:
    """Also where the same digits stand in a text before, or inside another number."""
    content = f'{{"é🦉 {number} \\"": "{number}",\n "b": [10.5, {number}]}}'

    assert facts(refusal(content.encode())) == ("not-finite", 2, 14, problem)


def test_numbers_that_are_not_finite_can_be_taken(tmp_path: Path) -> None:
    """Python writes them into files that are no registries."""
    path = tmp_path / "config.json"
    path.write_text('{"a": [0.0, Infinity, -Infinity, NaN, 1e400], "b": 1}', encoding="utf-8")

    document = read_document(path, finite=False)

    assert document["a"][:3] == [0.0, float("inf"), float("-inf")]
    assert (document["a"][3] != document["a"][3], document["a"][4], document["b"]) == (True, float("inf"), 1)


def test_the_largest_numbers_are_numbers() -> None:
    """The largest float, as a float and as an integer of 309 digits, both signs."""
    largest = sys.float_info.max

    document = parse_document(f'{{"a": [{largest!r}, {int(largest)}, -{largest!r}, {-int(largest)}]}}'.encode(), FILE)

    assert document == {"a": [largest, int(largest), -largest, -int(largest)]}


@pytest.mark.parametrize(
    ("opening", "column"),
    [pytest.param("[", 206, id="lists"), pytest.param('{"é":', 1006, id="objects")],
)
def test_nesting_100_000_deep_is_refused(opening: str, column: int) -> None:
    """With a place, and without a crash."""
    content = f'{{"a":{opening * 100_000}'.encode()

    assert facts(refusal(content)) == ("too-deep", 1, column, "is nested too deeply")


def test_nesting_200_deep_is_allowed() -> None:
    """No registry comes near it."""
    content = f'{{"a": {"[" * 200}{"]" * 200}}}'.encode()

    assert parse_document(content, FILE) == json.loads(content)


@pytest.mark.parametrize(
    ("content", "line", "column", "key", "first"),
    [
        pytest.param('{"a": 1,\n "a": 2}', 2, 2, "a", 1, id="at the top"),
        pytest.param('{"a": {"id": "x", "id": "x"}}', 1, 19, "id", 1, id="nested, with the same value"),
        pytest.param('{"a": [{"b": 1},\n{"b": 1, "b": 2}]}', 2, 10, "b", 2, id="in a list, and another object has it"),
        pytest.param('{"a": 1, "\\u0061": 2}', 1, 10, "a", 1, id="spelt with an escape"),
        pytest.param(
            '{"a": 1, "q": "\\"", "\\u0061": 2}', 1, 21, "a", 1, id="an escape, and quotation marks in a text"
        ),
        pytest.param('{"\\"": 1, "\\u0022": 2}', 1, 11, '"', 1, id="a key that is a quotation mark"),
        pytest.param('{"é🦉": 1, "é🦉": 2}', 1, 11, "é🦉", 1, id="wide characters"),
        pytest.param('{"": 1, "": 2}', 1, 9, "", 1, id="the empty key"),
        pytest.param('{"a": 1, "a": 2, "b": 1e400}', 1, 10, "a", 1, id="before a number that is too large"),
        pytest.param('{"a": {"c": 1, "c": 1},\n "a": 1}', 1, 16, "c", 1, id="the first of two"),
    ],
)
def test_a_duplicate_key_is_refused_where_it_stands_again(
    content: str, line: int, column: int, key: str, first: int
) -> None:
    """Both keys would be legal JSON; the second would silently replace the first."""
    problem = f"key {key!r} appears twice in one object; first in line {first}"

    assert facts(refusal(content.encode())) == ("duplicate-key", line, column, problem)


@given(st.data())
def test_every_legal_spelling_is_read_as_the_standard_library_reads_it(
    json_texts: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    """The same values, types and order, with or without a byte order mark."""
    written = data.draw(json_texts)
    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))

    document = parse_document(mark + written.text.encode(), FILE)

    assert repr(document) == repr(json.loads(written.text))
    assert document == written.value


@given(st.data())
def test_a_twin_is_refused_wherever_it_is(json_texts_with_a_twin: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """With its true line and column, however it is spelt."""
    written = data.draw(json_texts_with_a_twin)
    key, first, again = written.planted

    problem = f"key {key!r} appears twice in one object; first in line {first.line}"
    assert facts(refusal(written.text.encode())) == ("duplicate-key", again.line, again.column, problem)


@given(st.data())
def test_every_truncation_is_refused_within_the_text(json_texts: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """A file cut off anywhere, also inside a character, is no document."""
    content = data.draw(json_texts).text.strip().encode()
    cut = content[: data.draw(st.integers(1, len(content) - 1))]

    error = refusal(cut)

    lines = cut.decode(errors="replace").split("\n")
    assert str(error.code) in ("not-json", "not-utf8")
    assert error.line is not None
    assert error.column is not None
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1


def test_a_registry_cut_off_anywhere_is_refused() -> None:
    """A real file, as an interrupted download leaves it."""
    content = APPLICATION.read_bytes().rstrip()

    codes = {str(refusal(content[:length]).code) for length in range(10, len(content), 499)}

    assert codes == {"not-json"}


@given(st.binary(max_size=40))
def test_any_bytes_are_a_document_or_a_refusal(content: bytes) -> None:
    """Nothing else is ever raised, and what is a document to one is one to the standard library."""
    with contextlib.suppress(RegistryReadError):
        assert parse_document(content, FILE) == json.loads(content.decode("utf-8-sig"))


@given(st.text('{}[]:,"\\/ \n0123456789.eE+-truefalsnNaIity\ud7ffé🦉ud8', max_size=30))
def test_any_text_is_read_as_the_standard_library_reads_it_or_refused(text: str) -> None:
    """What is accepted is JSON; what the standard library refuses is never accepted."""
    with contextlib.suppress(RegistryReadError):
        assert parse_document(text.encode(), FILE) == json.loads(text)


# From a path.


def test_a_document_is_read_from_its_path(tmp_path: Path) -> None:
    """Its name may be anything."""
    path = tmp_path / "modèles 🦉.txt"
    path.write_bytes('\ufeff{"é": [1, 2.0]}'.encode())

    assert read_document(path) == {"é": [1, 2.0]}


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    """As file:line:column, which editors and CI servers understand."""
    path = tmp_path / "models.json"
    path.write_text('{"a": 1,\n "a": 2}', encoding="utf-8")

    with pytest.raises(RegistryReadError) as caught:
        read_document(path)

    assert str(caught.value) == f"{path}:2:2: key 'a' appears twice in one object; first in line 1"


def test_a_missing_file_is_a_file_not_found_error(tmp_path: Path) -> None:
    """With the words that the application's users know."""
    path = tmp_path / "none.json"

    with pytest.raises(FileNotFoundError) as caught:
        read_document(path)

    assert isinstance(caught.value, RegistryNotFoundError)
    assert str(caught.value) == f"Registry not found: {path}"


def test_what_somebody_froze_stays_frozen() -> None:
    """The collector's permanent generation belongs to the program around us."""
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with paused_garbage_collection():
            parse_document(b'{"a": []}', FILE)

        assert gc.get_freeze_count() > frozen // 2  # a few may end of themselves meanwhile
    finally:
        gc.unfreeze()


def test_what_a_command_keeps_is_not_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """To count what is frozen is to walk it: a command that reads a hundred files would walk its registry as often."""
    keep_until_exit()
    monkeypatch.setattr(gc, "get_freeze_count", lambda: pytest.fail("walks all that is frozen"))

    assert parse_document(b'{"a": []}', FILE) == {"a": []}

    monkeypatch.undo()
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize("ends_soon", [True, False])
def test_a_command_keeps_what_it_makes_a_server_does_not(ends_soon: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the collector walks all of it once more, as young, when the pause ends."""
    monkeypatch.setattr("model_garden_registry.files.documents._kept", [])
    keep_until_exit(ends_soon=ends_soon)
    try:
        before = gc.get_freeze_count()
        with paused_garbage_collection():
            made = [[number] for number in range(1000)]

        assert (gc.get_freeze_count() >= before + len(made)) is ends_soon
    finally:
        gc.unfreeze()


# The world around.


@pytest.mark.parametrize("was_enabled", [True, False])
@pytest.mark.parametrize("content", [b'{"a": 1}', b'{"a": }', b'{"a": 1, "a": 1}'], ids=["valid", "syntax", "twin"])
def test_garbage_collection_is_left_as_it_was(was_enabled: bool, content: bytes) -> None:
    """Reading pauses it, and puts it back however reading ends."""
    before = gc.isenabled()
    try:
        (gc.enable if was_enabled else gc.disable)()
        with contextlib.suppress(RegistryReadError):
            parse_document(content, FILE)
        after = gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()

    assert after is was_enabled


def test_garbage_collection_rests_while_it_is_paused() -> None:
    """Also where pauses are nested."""
    with paused_garbage_collection():
        with paused_garbage_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_the_locale_does_not_matter(tmp_path: Path) -> None:
    """A file is UTF-8 whatever the system's encoding: `LC_ALL=C` without Python's UTF-8 mode."""
    (tmp_path / "models.json").write_bytes('{"é": "🦉"}'.encode())
    (tmp_path / "broken.json").write_bytes('{"é": "🦉", "é": 1}'.encode())
    program = """\
from pathlib import Path
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import read_document
print(ascii(read_document(Path("models.json"))))
try:
    read_document(Path("broken.json"))
except RegistryReadError as error:
    print(ascii(str(error)))
"""
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    call = [sys.executable, "-c", program]
    done = subprocess.run(call, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment)

    assert done.stdout.splitlines() == [
        r"{'\xe9': '\U0001f989'}",
        r'''"broken.json:1:12: key '\xe9' appears twice in one object; first in line 1"''',
    ]
