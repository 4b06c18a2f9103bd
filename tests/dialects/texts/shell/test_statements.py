"""Scripts become statements."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.statements import read_statements


def read(text: str) -> list[tuple[int, str]]:
    """Return depth and words of each statement."""
    return [
        (statement.depth, " ".join("".join(part.text.text for part in word) for word in statement.words))
        for statement in read_statements(Placed.whole(text))
    ]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        pytest.param("a b\nc", [(0, "a b"), (0, "c")], id="lines"),
        pytest.param("a; b && c || d | e & f", [(0, letter) for letter in "abcdef"], id="operators"),
        pytest.param("a \\\n  b \\\r\n c", [(0, "a b c")], id="continued lines"),
        pytest.param("a \\\n  # b\n c", [(0, "a"), (0, "c")], id="a comment ends a continued line"),
        pytest.param("a \\ \n b", [(0, "a  "), (0, "b")], id="a space behind the backslash ends the line"),
        pytest.param("# a\n#b\nc # d", [(0, "c")], id="comments"),
        pytest.param("a > b 2>&1 < c &> d >> e 2>f g", [(0, "a g")], id="redirections"),
        pytest.param("a <<< b c", [(0, "a c")], id="a string as input"),
        pytest.param("a <<E c\nvllm serve\nE\nb", [(0, "a c"), (0, "b")], id="a here-document"),
        pytest.param("a <<-'E' <<F\nx\n\tE\ny\nF\nb", [(0, "a"), (0, "b")], id="two here-documents"),
        pytest.param("a <<E\nb", [(0, "a")], id="a here-document that does not end"),
        pytest.param("cat <(a) b", [(0, "cat <(a) b")], id="a process as a file"),
        pytest.param("if a; then b; else c; fi; d", [(1, "a"), (1, "b"), (1, "c"), (0, "fi"), (0, "d")], id="if"),
        pytest.param("for x in a; do b; done\nc", [(1, "for x in a"), (1, "b"), (0, "done"), (0, "c")], id="for"),
        pytest.param("while a\ndo b\ndone; c", [(1, "a"), (1, "b"), (0, "done"), (0, "c")], id="while"),
        pytest.param(
            "case x in\na) b ;;\n*) c ;& esac; d",
            [(1, "case x in"), (1, "a"), (1, "b"), (1, "*"), (1, "c"), (0, "esac"), (0, "d")],
            id="case",
        ),
        pytest.param("f() {\n a\n}\nb", [(0, "f"), (1, "a"), (0, "}"), (0, "b")], id="a function"),
        pytest.param("(a; b); c", [(1, "a"), (1, "b"), (0, "c")], id="a subshell"),
        pytest.param("! time a", [(0, "a")], id="words before a command"),
        pytest.param("a)\nfi\nb", [(0, "a"), (0, "fi"), (0, "b")], id="ends of what never began"),
        pytest.param("(fi; a)", [(1, "fi"), (1, "a")], id="the end of another block"),
        pytest.param("'if' a", [(0, "if a")], id="a quoted word is no keyword"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_script_is_cut_as_a_shell_cuts_it(text: str, statements: list[tuple[int, str]]) -> None:
    """Blocks count as depth."""
    assert read(text) == statements


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=8), min_size=1, max_size=6
    )
)
def test_what_shlex_writes_is_read(words: list[str]) -> None:
    """Whatever a word is made of."""
    (statement,) = read_statements(Placed.whole(f"echo {shlex.join(words)}"))

    assert ["".join(part.text.text for part in word) for word in statement.words] == ["echo", *words]


@given(st.text("ab \n\t\\'\"$`{}()<>|&;#=[@]:-0ifdo!*", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """A script with an error in it is cut somehow; every character stands within the text."""
    for statement in read_statements(Placed.whole(text)):
        for word in statement.words:
            assert all(0 <= offset <= len(text) for part in word for offset in part.text.offsets)
