"""YAML nodes know where each of their characters stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.yaml_nodes import YamlNode, read_documents
from model_garden_registry.files.yaml_text import YamlError, yaml_text


def read(text: str) -> YamlNode:
    """Return the only document."""
    (document,) = read_documents(Placed.whole(text))
    return document


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: vllm serve x", id="plain"),
        pytest.param('a: "vllm serve x"', id="double quotes"),
        pytest.param("a: 'vllm serve x'", id="single quotes"),
        pytest.param("a: |\n  vllm serve x", id="a block"),
        pytest.param("a: >-\n  vllm\n  serve\n  x", id="a folded block"),
        pytest.param("a: |2\n   vllm serve x", id="a block with its depth"),
        pytest.param('a: "vllm\n  serve \\\n  x"', id="folded quotes"),
        pytest.param("a: vllm\n   serve\n   x", id="folded plain text"),
        pytest.param("# é\r\na: |\r\n  vllm serve\r\n  x", id="lines of Windows"),
        pytest.param("- &b vllm serve x\n- *b", id="an alias"),
    ],
)
def test_characters_stand_where_they_are_written(text: str) -> None:
    """However the text is written."""
    document = read(text)
    placed = (document.get("a") or document.elements()[-1]).text
    letters = [
        offset for character, offset in zip(placed.text, placed.offsets, strict=False) if not character.isspace()
    ]

    assert "".join(placed.text.split()) == "vllmservex"
    assert "".join(text[offset] for offset in letters) == "vllmservex"
    assert len(placed.offsets) == len(placed.text) + 1


def test_escaped_characters_stand_near_where_they_are_written() -> None:
    """What cannot be found stands where the one before it ended."""
    placed = read(r'a: "x\u00e9\ty"').get("a").text  # type: ignore[union-attr]

    assert (placed.text, list(placed.offsets)) == ("xé\ty", [4, 5, 5, 13, 14])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_keeps_its_order(value: str) -> None:
    """A later character never stands before an earlier one."""
    text = yaml_text({"a": value})
    node = read(text).get("a")
    assert node is not None
    offsets = list(node.text.offsets)

    assert offsets == sorted(offsets)
    assert node.text.text == (value if node.is_text else "")
    assert offsets[-1] <= len(text)


@pytest.mark.parametrize("text", ["a: null", "a: ~", "a:", "a: [x]", "a: {x: y}"])
def test_whatever_is_no_text_has_none(text: str) -> None:
    """Neither null nor lists and mappings."""
    node = read(text).get("a")

    assert node is not None
    assert (node.is_text, node.text.text) == (False, "")


def test_values_are_found_by_their_keys() -> None:
    """One below the other; what is not there is None."""
    document = read("a: {b: [1, 2]}\n2: x\n[q]: y")

    assert [node.text.text for node in document.get("a", "b").elements()] == ["1", "2"]  # type: ignore[union-attr]
    assert sorted(document.entries()) == ["2", "a"]
    assert document.get("a", "c", "d") is None
    assert document.get("2", "b") is None
    assert document.elements() == ()


def test_merged_mappings_stand_behind_a_mappings_own() -> None:
    """`<<` takes one, or several."""
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\none: {<<: *x, b: 3}\ntwo: {<<: [*y, *x], d: 4}\nno: {<<: 5}"
    document = read(text)

    def values(name: str) -> dict[str, str]:
        node = document.get(name)
        assert node is not None
        return {key: value.text.text for key, value in node.entries().items()}

    assert values("one") == {"b": "3", "a": "1"}
    assert values("two") == {"d": "4", "b": "2", "c": "2", "a": "1"}
    assert values("no") == {}


def test_everything_is_there_once() -> None:
    """In the order of the file; a mapping within itself is no way without end."""
    document = read("&a\nb: 1\nc: [2, 3]\nd: *a\n<<: *a")

    assert [node.text.text for node in document.everything() if node.is_text] == ["1", "2", "3"]
    assert sorted(document.entries()) == ["b", "c", "d"]


def test_nodes_that_double_are_each_there_once() -> None:
    """Thirty lines of aliases stand for a thousand million nodes."""
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 31))

    assert len(list(read(text).everything())) == 33


def test_a_text_may_hold_several_documents() -> None:
    """Or none."""
    assert len(read_documents(Placed.whole("a: 1\n---\nb: 2\n---\n"))) == 3
    assert read_documents(Placed.whole("# nothing\n")) == ()


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2", "{{ x }}: {{ y }}z", "a: *b"])
def test_other_text_is_refused(text: str) -> None:
    """With the place."""
    with pytest.raises(YamlError):
        read_documents(Placed.whole(text))
