"""Ids that Hugging Face does not allow, and ids that look like others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.ids import is_plain, look_alike, skeleton, skeletons_of, unusual

LLAMA = "meta-llama/Llama-3.1-8B"
RULE = "is not an id that Hugging Face allows: letters, digits, '-', '_' and '.' of ASCII"


def alike(model_id: str, *others: str) -> str | None:
    """Return whom an id looks like, among others."""
    return look_alike(model_id, skeletons_of([model_id, *others]))


@pytest.mark.parametrize("model_id", [LLAMA, "gpt2", "a/b.c_d-e", f"{'a' * 96}/{'b' * 96}"])
def test_what_hugging_face_allows_is_plain(model_id: str) -> None:
    """Nothing stands against it, whatever else there is."""
    assert is_plain(model_id)
    assert (alike(model_id, "Ⓐ/b"), unusual(model_id)) == (None, None)


@pytest.mark.parametrize(
    "model_id",
    ["", "a/b/c", "/a", "a/", "a b", "-a/b", "a/b.", "a/b--c", "a/b..c", "a/b.git", "a/é", "a" * 97, "a/通义", "a:b"],
)
def test_what_it_does_not_allow_is_a_warning(model_id: str) -> None:
    """With what it allows."""
    assert alike(model_id, LLAMA) is None
    assert f"id {model_id!r} {RULE}" in str(unusual(model_id))


@pytest.mark.parametrize(
    ("model_id", "odd"),
    [
        pytest.param("meta-llama/Ll\u0430ma-3.1-8B", "U+0430 (CYRILLIC SMALL LETTER A)", id="Cyrillic"),
        pytest.param("meta-llama/Llama-3.1-\uff18B", "U+FF18 (FULLWIDTH DIGIT EIGHT)", id="full width"),
        pytest.param("meta\u2010llama/Llama-3.1-8B", "U+2010 (HYPHEN)", id="a hyphen"),
        pytest.param("meta-llama\u2215Llama-3.1-8B", "U+2215 (DIVISION SLASH)", id="a slash"),
        pytest.param("meta-llama/Llama-3.1-8\u0392", "U+0392 (GREEK CAPITAL LETTER BETA)", id="Greek"),
        pytest.param("\U0001d426eta-llama/Llama-3.1-8B", "U+1D426 (MATHEMATICAL BOLD SMALL M)", id="bold"),
        pytest.param("meta-llama/Llama-3.1-8B ", "U+0020 (SPACE)", id="a blank at the end"),
    ],
)
def test_an_id_that_looks_like_another_is_named_with_it(model_id: str, odd: str) -> None:
    """And with the character that is different; the other is what it says it is."""
    assert alike(model_id, LLAMA) == f"id {model_id!r} looks like {LLAMA!r}, but has {odd}"
    assert alike(LLAMA, model_id) is None


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u3164", "\ufe0f", "\U000e0041", "\u202e", "\n"])
def test_an_id_with_characters_that_nobody_sees_is_refused(mark: str) -> None:
    """Whatever else there is; the character is written as an escape."""
    found = str(alike(f"meta-llama/{mark}Llama"))

    assert found.isprintable()
    assert "has invisible characters" in found


def test_letters_of_ascii_are_told_apart() -> None:
    """People do: deepseek-vl is not deepseek-v1, although Unicode's table says so."""
    assert skeleton("deepseek-vl") == skeleton("deepseek-v1")
    assert alike("deepseek-vl", "deepseek-v1") is None


def test_the_shipped_ids_are_plain() -> None:
    """None of them is to be looked at twice."""
    ids = [*json.loads(bundled_registry().read_bytes())["models"]]

    assert [model_id for model_id in ids if not is_plain(model_id)] == []
    assert skeletons_of(ids) == {}


@given(st.text(max_size=20))
def test_what_a_text_looks_like_looks_like_itself(text: str) -> None:
    """There is nothing more to be made of it."""
    assert skeleton(skeleton(text)) == skeleton(text)
