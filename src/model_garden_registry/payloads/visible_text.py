"""Text from a registry, with everything visible that a terminal, a log or an XML reader would act on."""

from __future__ import annotations

import re

#: Control characters, lone surrogates, and the marks that reorder or break lines without being seen.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
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
    return _SHORT.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")
