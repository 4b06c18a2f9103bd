"""Tags against the vocabulary, and against the size."""

from __future__ import annotations

import pytest

from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.tags import tag_flaws
from model_garden_registry.findings import Code, Severity


@pytest.mark.parametrize(
    ("tags", "is_shipped", "flaws"),
    [
        pytest.param(["small", "vision"], True, [], id="tags of the vocabulary"),
        pytest.param(["small", "ours"], False, [], id="somebody's own tags"),
        pytest.param(
            ["small", "visoin"],
            True,
            [(Code.TAG_UNKNOWN, "1", "tag 'visoin' is not in the vocabulary; close to vision")],
            id="a slip",
        ),
        pytest.param(
            ["large"],
            False,
            [(Code.TAG_MISMATCH, "0", "tag 'large', but 8.03B parameters are small")],
            id="another size",
        ),
    ],
)
def test_tags_are_known_and_agree_with_the_size(
    tags: list[str], is_shipped: bool, flaws: list[tuple[Code, str, str]]
) -> None:
    """Of the shipped file all of them, of any other its sizes."""
    found = tag_flaws({"parameters": "8.03B", "tags": tags}, is_shipped=is_shipped)

    assert list(found) == [Flaw(code, Severity.WARNING, ("tags", index), message) for code, index, message in flaws]
