"""One sound entry, and ways to change it."""

from __future__ import annotations

from sound_entry import document, entry_with, file_of, raw_with  # noqa: F401  (fixtures)
