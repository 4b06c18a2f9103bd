"""Text and values from outside in messages: invisible and control characters escaped, long texts cut."""

from __future__ import annotations

import re

#: Inside a character class: characters that JSON leaves as they are, and that terminals act on or that are invisible.
#: Control characters, marks that reorder or break lines, characters without width, blank letters, variation
#: selectors, tags.
MARKS = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[\x00-\x1f{MARKS}\ud800-\udfff]")
#: Number of characters shown of a value, and of text found in a file.
_SHOWN = 80
_FOUND = 60
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, keep: str = "") -> str:
    r"""
    Return a text with invisible characters as escapes: ``\x1b``, ``\n``, ``\u202e``.

    Args:
        keep: Characters that stay as they are.
    """
    return _UNSEEN.sub(lambda match: match.group() if match.group() in keep else _escape(match.group()), text)


def shown_value(value: object) -> str:
    """Return a value as Python writes it, cut to a length; never fails."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write integers of more than 4300 digits
        return "a very long number"
    except RecursionError:
        return "a deeply nested value"
    return _cut(visible(text), _SHOWN)


def found_words(value: object) -> str:
    """Return what was found in a file, as ASCII JSON, cut to a length."""
    import json  # only for errors

    return _cut(json.dumps(value, default=str), _FOUND)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _escape(character: str) -> str:
    number = ord(character)
    if number > 0xFFFF:
        return f"\\U{number:08x}"
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
