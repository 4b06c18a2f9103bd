"""Text and values from outside within a sentence: everything visible that a terminal or a log would act on, and cut."""

from __future__ import annotations

import re

#: Inside a character class: what JSON leaves as it is, and a terminal acts on or nobody sees. Control characters, marks
#: that reorder or break lines, characters without width, letters that are blank, those that only change how the one
#: before looks, tags.
MARKS = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[\x00-\x1f{MARKS}\ud800-\udfff]")
#: So many characters of a value are shown, and of what was found in a file.
_SHOWN = 80
_FOUND = 60
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, keep: str = "") -> str:
    r"""
    Write what cannot be seen as an escape: ``\x1b``, ``\n``, ``\u202e``.

    Args:
        keep: Characters that stay as they are.
    """
    return _UNSEEN.sub(lambda match: match.group() if match.group() in keep else _escape(match.group()), text)


def shown_value(value: object) -> str:
    """Return a value as Python writes it, cut after some characters; every value is shown somehow."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a very long number"
    except RecursionError:
        return "a deeply nested value"
    return _cut(text, _SHOWN)


def found_words(value: object) -> str:
    """Return what was found in a file, as JSON in ASCII, cut after some characters."""
    import json  # only where something is wrong

    return _cut(json.dumps(value, default=str), _FOUND)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _escape(character: str) -> str:
    number = ord(character)
    if number > 0xFFFF:
        return f"\\U{number:08x}"
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
