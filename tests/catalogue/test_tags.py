"""The words that entries are tagged with."""

from __future__ import annotations

import re

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.sizes import SIZE_CLASSES
from model_garden_registry.catalogue.tags import APPLICATION_TAGS, TAGS
from model_garden_registry.files.documents import read_document


def test_every_tag_of_the_shipped_registry_has_a_meaning() -> None:
    """And every word of the vocabulary that is not about vectors is some entry's."""
    used = {tag for entry in read_document(bundled_registry())["models"].values() for tag in entry["tags"]}

    assert used == {*TAGS, *APPLICATION_TAGS} - {"embedding", "fine-tune"}


def test_tags_are_words_to_type() -> None:
    """Sizes among them, as ``--size`` takes them; none has two meanings."""
    assert TAGS.keys() >= SIZE_CLASSES.keys()
    assert not TAGS.keys() & APPLICATION_TAGS.keys()
    assert all(re.fullmatch("[a-z-]+", tag) for tag in (*TAGS, *APPLICATION_TAGS))
