"""Estimates as SVG: the parts as one bar, up to expected and up to safe, against the memory of a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.sweeping import Sweep
from model_garden_registry.cli.text.gpus import memory_of_gpus
from model_garden_registry.cli.text.page import words
from model_garden_registry.cli.text.reports import run_words, sweep_words
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.units import GB, gigabytes_text
from model_garden_registry.visible_text import visible

#: Sizes in pixels, before the viewer scales the picture.
_WIDTH, _EDGE, _LINE, _LETTER = 760, 16, 18, 6.6
#: A bar, the gap below it, and the numbers behind it; the baseline of text below the top of its line, and of a bar.
_BAR, _GAP, _BESIDE, _BASE, _MIDDLE = 22, 8, 190, 12, 15
_LEGEND_COLUMNS = 4
_MARGIN = "margin up to safe"
#: Parts in words, where the name of the key is none.
_NAMES = {"kv_cache": "KV cache", "state_cache": "state cache"}
#: The longest title, and the longest name beside a bar.
_TITLE, _NAME = 88, 24
#: A colour for each part, on white and on black; neighbours differ in lightness (after Paul Tol's bright scheme).
_COLOURS = dict(
    zip(
        PARTS,
        ("#4477aa", "#66ccee", "#aa3377", "#ee6677", "#ccbb44", "#ee8866", "#228833", "#44bb99", "#888888"),
        strict=True,
    )
)
_SAFE = {"class": "safe"}
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 14px; font-weight: 600; }
.quiet { fill: #59636e; }
.right { text-anchor: end; }
.middle { text-anchor: middle; }
.paper { fill: #ffffff; }
.safe { fill: #1f2328; fill-opacity: 0.16; }
.tick { stroke: #59636e; stroke-opacity: 0.3; }
.gpu { stroke: #1f2328; stroke-width: 2; stroke-dasharray: 4 3; }
.over { stroke: #ffffff; stroke-width: 4; paint-order: stroke; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.quiet { fill: #9198a1; }
.paper { fill: #0d1117; }
.safe { fill: #f0f6fc; fill-opacity: 0.24; }
.gpu { stroke: #f0f6fc; }
.over { stroke: #0d1117; }
}
"""
#: Distances between ticks, in GB: the first that gives at most this many.
_STEPS = tuple(factor * 10**power for power in range(-2, 30) for factor in (1, 2, 5))
_MOST_TICKS = 8


class _Row(NamedTuple):
    """One bar: its name, the memory, and what is written behind it."""

    name: str
    estimate: MemoryEstimate
    verdict: str


class _Picture(NamedTuple):
    """What is drawn; GPUs, and what an engine may fill of the largest, are bytes by name."""

    title: str
    about: str
    rows: Sequence[_Row]
    gpus: Mapping[str, int]


def estimate_svg(found: Assessment) -> str:
    """
    Return one estimate as a picture; with hardware, against the memory of each kind of GPU.

    Raises:
        UnsupportedTaskError: The entry has no defaults for the task.
    """
    _, estimate = found.sized
    verdict = str(found.report.verdict) if found.case.machine else ""
    about = f"{run_words(found.report)}; GB on each GPU"
    gpus = _limits(memory_of_gpus(found.report.hardware), found.share)
    return _Drawing(_Picture(found.subject, about, [_Row("", estimate, verdict)], gpus)).text(has_sizes=True)


def sweep_svg(sweep: Sweep) -> str:
    """Return a bar for each value of a setting; with hardware, against the memory of each kind of GPU."""
    rows = [
        _Row(words(point.value), point.estimate, str(point.report.verdict) if point.report else "")
        for point in sweep.points
    ]
    machine = sweep.points[0].report.hardware if sweep.points[0].report else None
    shares = {point.share for point in sweep.points}
    gpus = _limits(memory_of_gpus(machine), shares.pop() if len(shares) == 1 else 1.0)
    about = f"{sweep_words(sweep)}, by {sweep.setting}; GB on each GPU"
    return _Drawing(_Picture(sweep.subject, about, rows, gpus)).text(has_sizes=False)


def _limits(gpus: Mapping[str, int], share: float) -> dict[str, int]:
    """Return the GPUs, and what an engine may fill of the largest if not all of it."""
    largest = max(gpus.values(), default=0)
    usable = {f"{share:g} of the GPU: {gigabytes_text(round(share * largest))}": round(share * largest)}
    return dict(gpus) if share == 1 or not gpus else dict(gpus) | usable


class _Drawing:
    """
    A picture while it is drawn: one scale for bars, ticks and GPUs.

    Args:
        picture: What is drawn.
    """

    def __init__(self, picture: _Picture) -> None:
        self._picture = picture
        widest = max(min(len(row.name), _NAME) for row in picture.rows)
        self._longest = max(*(row.estimate.safe_bytes for row in picture.rows), *picture.gpus.values(), 1)
        self._left = _EDGE + (widest * _LETTER + _GAP if widest else 0)
        self._scale = (_WIDTH - _EDGE - _BESIDE - self._left) / self._longest
        self._top = _EDGE + (2 + len(picture.gpus)) * _LINE + _GAP
        self._bottom = self._top + len(picture.rows) * (_BAR + _GAP)
        self._svg = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")

    def text(self, *, has_sizes: bool) -> str:
        """
        Return the SVG.

        Args:
            has_sizes: Whether the legend has the size of each part: of a single bar.
        """
        picture = self._picture
        self._draw_paper()
        self._write(picture.title, _EDGE, _EDGE + _BASE, look="title")
        self._write(picture.about, _EDGE, _EDGE + _LINE + _BASE, look="quiet", most=_TITLE + _NAME)
        self._draw_ticks()
        for number, row in enumerate(picture.rows):
            self._draw_row(row, self._top + number * (_BAR + _GAP))
        for number, (name, size) in enumerate(sorted(picture.gpus.items(), key=itemgetter(1))):
            self._draw_gpu(name, self._at(size), self._top - (len(picture.gpus) - number) * _LINE)
        bottom = self._draw_legend(picture.rows[0].estimate.parts if has_sizes else {})
        self._svg.attrib |= {"viewBox": f"0 0 {_WIDTH} {bottom}", "width": str(_WIDTH), "height": str(bottom)}
        ElementTree.indent(self._svg)
        return f"{ElementTree.tostring(self._svg, encoding='unicode')}\n"

    def _at(self, size_bytes: float) -> float:
        return self._left + size_bytes * self._scale

    def _draw_paper(self) -> None:
        self._svg.attrib["aria-labelledby"] = "title about"
        told = f"Memory of {self._picture.title}: {self._picture.about}"
        SubElement(self._svg, "title", id="title").text = visible(told)
        SubElement(self._svg, "desc", id="about").text = visible("; ".join(_spoken(self._picture)))
        SubElement(self._svg, "style").text = _STYLE
        SubElement(self._svg, "rect", {"class": "paper", "width": "100%", "height": "100%"})

    def _draw_ticks(self) -> None:
        step = next(step for step in _STEPS if self._longest / GB / step <= _MOST_TICKS)
        for number in range(int(self._longest / GB / step) + 1):
            x = self._at(number * step * GB)
            self._draw_line("tick", x, self._top - _GAP / 2)
            self._write(f"{number * step:g}", x, self._bottom + _BASE, look="quiet middle")

    def _draw_row(self, row: _Row, top: float) -> None:
        if row.name:
            self._write(row.name, self._left - _GAP, top + _MIDDLE, look="right", most=_NAME)
        end = 0
        for name, size in row.estimate.parts.items():
            if size:
                self._draw_bar(name, (end, size), top, fill=_COLOURS[name])
                end += size
        self._draw_bar(_MARGIN, (end, row.estimate.safe_bytes - end), top, **_SAFE)
        self._write(_behind(row), _WIDTH - _EDGE, top + _MIDDLE, look="right")

    def _draw_bar(self, name: str, from_and_size: tuple[int, int], top: float, **look: str) -> None:
        start, size = from_and_size
        place = {"x": _number(self._at(start)), "y": _number(top)}
        extent = {"width": _number(size * self._scale), "height": str(_BAR)}
        rect = SubElement(self._svg, "rect", place | extent | look)
        SubElement(rect, "title").text = f"{_NAMES.get(name, name)}: {size / GB:.2f} GB"

    def _draw_gpu(self, name: str, x: float, top: float) -> None:
        self._draw_line("gpu", x, top + _GAP / 2)
        side, look = (-1, "over right") if x > _WIDTH / 2 else (1, "over")
        self._write(name, x + side * _GAP, top + _BASE, look=look)

    def _draw_line(self, look: str, x: float, top: float) -> None:
        ends = {"x1": _number(x), "y1": _number(top), "x2": _number(x), "y2": _number(self._bottom)}
        SubElement(self._svg, "line", {"class": look} | ends)

    def _draw_legend(self, sizes: Mapping[str, int]) -> int:
        """Draw a square for each part that occurs, and return where the picture ends."""
        rows = self._picture.rows
        used = [name for name in PARTS if any(row.estimate.parts[name] for row in rows)]
        looks = {name: {"fill": _COLOURS[name]} for name in used} | {_MARGIN: _SAFE}
        top = self._bottom + 2 * _LINE
        for number, (name, look) in enumerate(looks.items()):
            line, column = divmod(number, _LEGEND_COLUMNS)
            x, y = _EDGE + column * (_WIDTH - 2 * _EDGE) / _LEGEND_COLUMNS, top + line * _LINE
            place = {"x": _number(x), "y": _number(y)}
            SubElement(self._svg, "rect", place | {"width": str(_BASE), "height": str(_BASE)} | look)
            size = f" {sizes[name] / GB:.2f} GB" if name in sizes else ""
            self._write(f"{_NAMES.get(name, name)}{size}", x + _LINE, y + _BASE - 2)
        return top + -(-len(looks) // _LEGEND_COLUMNS) * _LINE

    def _write(self, text: str, x: float, y: float, *, look: str = "", most: int = _TITLE) -> None:
        place = {"x": _number(x), "y": _number(y)} | ({"class": look} if look else {})
        shown = visible(text)
        SubElement(self._svg, "text", place).text = shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _spoken(picture: _Picture) -> Iterator[str]:
    """Yield the picture in words, for those who cannot see it."""
    for row in picture.rows:
        parts = ", ".join(
            f"{_NAMES.get(name, name)} {size / GB:.2f}" for name, size in row.estimate.parts.items() if size
        )
        yield f"{row.name} {_behind(row)} ({parts})".strip()
    yield from picture.gpus


def _behind(row: _Row) -> str:
    """Return what is written behind a bar."""
    estimate = row.estimate
    numbers = f"{estimate.expected_bytes / GB:.1f} GB, safe {estimate.safe_bytes / GB:.1f}"
    return f"{numbers}, {row.verdict}" if row.verdict else numbers


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
