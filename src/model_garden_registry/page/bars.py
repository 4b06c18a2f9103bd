"""Memory as bars of its parts. The page's modules draw the same: ``assets/memory_bars.js``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.wording import PART_NAMES, gigabytes

#: Heights in pixels; widths are shares of the picture, so that it is as wide as the page allows.
_TOP, _BAR, _HEIGHT = 6, 30, 64
#: Distances between ticks in GB: the first that gives at most this many.
_STEPS = tuple(factor * 10**power for power in range(-2, 8) for factor in (1, 2, 5))
_MOST_TICKS = 6
#: Beside the longest bar, as a share of it.
_AIR = 1.04


def memory_figure(document: Mapping[str, Any]) -> Html:
    """
    Return the bar of an estimate and its parts as a table.

    Args:
        document: ``mgr.estimate/1``.
    """
    return element("figure.memory", _bar(document), element("figcaption", _parts_table(document)))


def _bar(document: Mapping[str, Any]) -> Html:
    expected, safe = document["expected_gb"], document["safe_gb"]
    scale = 100 / max(safe * _AIR, 0.01)
    told = f"{gigabytes(expected)} expected, {gigabytes(safe)} safe on each GPU"
    return element(
        "svg.bar",
        list(_ticks(scale)),
        list(_segments(document, scale)),
        role="img",
        aria_label=told,
        width="100%",
        height=_HEIGHT,
    )


def _segments(document: Mapping[str, Any], scale: float) -> Iterator[Html]:
    """Yield a rectangle for each part, then one for the margin up to safe."""
    end = 0.0
    for name, size in _parts(document):
        yield _rectangle(f"part-{name}", end * scale, size * scale)
        end += size
    yield _rectangle("margin", end * scale, max(document["safe_gb"] - end, 0) * scale)


def _rectangle(look: str, start: float, width: float) -> Html:
    return element(f"rect.{look}", x=_share(start), width=_share(width), y=_TOP, height=_BAR)


def _ticks(scale: float) -> Iterator[Html]:
    """Yield a line and a number for each tick but 0, whose number would be cut."""
    longest = 100 / scale
    step = next(step for step in _STEPS if longest / step <= _MOST_TICKS)
    for number in range(1, int(longest / step) + 1):
        at = _share(number * step * scale)
        yield element("line.tick", x1=at, x2=at, y1=0, y2=_TOP + _BAR + 8)
        yield element("text.tick", f"{number * step:g}", x=at, y=_HEIGHT - 8, text_anchor="middle")


def _parts_table(document: Mapping[str, Any]) -> Html:
    expected, safe = document["expected_gb"], document["safe_gb"]
    lines = [_line(PART_NAMES.get(name, name), size, f"part-{name}") for name, size in _parts(document)]
    total = element("tr.total", element("th", "expected", scope="row"), _number(expected))
    upper = element("tr", element("th", _swatch("margin"), "safe", scope="row"), _number(safe))
    return element(
        "table.parts",
        element("caption.unseen", "Memory on each GPU by part"),
        element("tbody", lines, total, upper),
    )


def _line(name: str, size: float, look: str) -> Html:
    return element("tr", element("th", _swatch(look), name, scope="row"), _number(size))


def _number(size: float) -> Html:
    return element("td.number", gigabytes(size))


def _swatch(look: str) -> Html:
    return element(f"span.swatch.{look}", aria_hidden="true")


def _parts(document: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [(name, size) for name, size in document["parts_gb"].items() if size > 0]


def _share(number: float) -> str:
    return f"{number:.2f}%"
