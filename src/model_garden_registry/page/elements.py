"""HTML elements, with everything in them escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from model_garden_registry.visible_text import visible

#: Elements without content, and thus without an end.
_EMPTY = frozenset({"br", "img", "input", "link", "meta"})
#: Schemes of addresses that a page links to.
_SCHEMES = ("https://", "http://")


class Html(str):
    """Text that is HTML."""

    __slots__ = ()


#: What an element contains: a plain text is escaped; None is nothing.
Content: TypeAlias = "str | Iterable[Content] | None"


def escaped(text: str) -> Html:
    """Return a text as HTML, in an element and in a quoted attribute."""
    return Html(escape(text))


def element(name: str, /, *contents: Content, **attributes: str | int | bool | None) -> Html:
    """
    Return an element.

    Args:
        name: Its name, or ``name.class`` or ``name.class.class``.

        contents: Its contents; invisible characters of texts are shown as escapes.

        attributes: By name, ``_`` for ``-``, with a further ``_`` behind a name that Python reserves; True is an
            attribute without a value, False and None leave it out.
    """
    tag, *classes = name.split(".")
    stated = {"class": " ".join(classes) or None, **attributes}
    start = "".join(_attribute(key, value) for key, value in stated.items() if value is not None and value is not False)
    if tag in _EMPTY:
        return Html(f"<{tag}{start}>")
    return Html(f"<{tag}{start}>{fragment(*contents)}</{tag}>")


def fragment(*contents: Content) -> Html:
    """Return contents without an element around them."""
    return Html("".join(map(_written, contents)))


def link(text: str, address: str | None, **attributes: str | int | bool | None) -> Html:
    """Return a link to an address of the web; the bare text for any other address, such as one that runs a script."""
    if address is None or not address.lower().startswith(_SCHEMES):
        return fragment(text)
    return element("a", text, href=address, rel="noopener noreferrer", **attributes)


def _attribute(name: str, value: str | int) -> str:
    key = name.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{escaped(str(value))}"'


def _written(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return escaped(visible(content))
    return "".join(map(_written, content))
