"""One sound entry with ways to change it, and entries with every key and with few."""

from __future__ import annotations

from entries.conftest import full, sparse  # noqa: F401  (fixtures)
from sound_entry import document, entry_with, file_of, raw_with  # noqa: F401  (fixtures)
