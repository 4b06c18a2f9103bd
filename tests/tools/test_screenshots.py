"""The pictures of the page in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.screenshots import PICTURES, SHOTS

ROOT = Path(__file__).resolve().parents[2]
#: Small enough for a repository.
MOST_BYTES = 200_000


@pytest.mark.parametrize("name", SHOTS)
def test_each_picture_is_there_and_shown(name: str) -> None:
    """``nox -s screenshots`` draws them."""
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/page.md")]

    assert (PICTURES / name).stat().st_size < MOST_BYTES
    assert any(f"pictures/{name}" in text for text in texts)
