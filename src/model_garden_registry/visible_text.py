"""Text from a registry, with everything visible that a terminal, a log or an XML reader would act on."""

from __future__ import annotations

import re

#: Inside a character class: what JSON leaves as it is, and a terminal acts on or nobody sees. Control characters, marks
#: that reorder or break lines, characters without width, tags.
MARKS = "\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff\U000e0000-\U000e007f"
_UNSEEN = re.compile(f"[\x00-\x1f{MARKS}\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, keep: str = "") -> str:
    r"""
    Write what cannot be seen as an escape: ``\x1b``, ``\n``, ``\u202e``.

    Args:
        keep: Characters that stay as they are.
    """
    return _UNSEEN.sub(lambda match: match.group() if match.group() in keep else _escape(match.group()), text)


def _escape(character: str) -> str:
    number = ord(character)
    if number > 0xFFFF:
        return f"\\U{number:08x}"
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
