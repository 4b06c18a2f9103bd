"""The table of characters that look like those of ids, made from Unicode's data."""

from __future__ import annotations

import json

import pytest
from tools.confusables import SOURCE, document_of

from model_garden_registry.bundled import bundled_confusables

RUST = r"""
pub const UNICODE_VERSION: (u64, u64, u64) = (17, 0, 0);
pub mod confusable_detection {
    const CONFUSABLES: &'static [(char, &'static [char])] = &[
        ('\u{430}',  &['\u{61}']), ('\u{ff41}',
         &['\u{61}']), ('\u{6d}',  &['\u{72}',  '\u{6e}']), ('\u{22}',  &['\u{27}',  '\u{27}'])
    ];
}
"""


def test_characters_stand_by_what_they_look_like() -> None:
    """Only those that look like what ids are made of."""
    like = {"a": "\u0430\uff41", "rn": "m"}

    assert document_of(RUST) == {"source": SOURCE, "unicode": "17.0.0", "look_like": like}


@pytest.mark.parametrize("text", ["", RUST.replace("UNICODE_VERSION", "V"), RUST.replace("mod conf", "mod ")])
def test_another_file_has_no_table(text: str) -> None:
    """It is said, and nothing is written."""
    with pytest.raises(ValueError, match="no UNICODE_VERSION, or no table"):
        document_of(text)


def test_the_shipped_table_is_of_one_version() -> None:
    """Every character looks like one thing, and states where that is from."""
    document = json.loads(bundled_confusables().read_bytes())
    characters = [character for group in document["look_like"].values() for character in group]

    assert (document["source"], document["unicode"]) == (SOURCE, "17.0.0")
    assert len(characters) == len(set(characters)) == 1591
