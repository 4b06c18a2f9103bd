"""Estimates as SVG: every number is drawn where it belongs, and no text from outside becomes markup."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.assessment import Assessment
from model_garden_registry.checks.sweeping import Sweep, SweepPoint
from model_garden_registry.cli.text.pictures import estimate_svg, sweep_svg
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import UnsupportedTaskError
from model_garden_registry.findings import Code, Finding, Severity
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.memory.estimates import PARTS, MemoryEstimate
from model_garden_registry.reports import Report
from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible

SVG = "{http://www.w3.org/2000/svg}"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
SETTINGS = load_registry(bundled_registry()).settings(LLAMA, "training")
#: The right end of bars: numbers are written behind them.
END = 570


def assessed(task: Task = "training", gpu: str | None = None) -> Assessment:
    hardware = known_gpu(gpu) if gpu else None
    return load_registry(bundled_registry()).assess(LLAMA, task, hardware=hardware)


def point(value: object, sizes: dict[str, int], gpu: Hardware | None = None, *, share: float = 1.0) -> SweepPoint:
    estimate = MemoryEstimate(
        task="training", parts=dict.fromkeys(PARTS, 0) | sizes, assumptions=(), margin=0.1, error_band=0.1
    )
    report = Report(
        subject="a/b",
        findings=(Finding(code=Code.VRAM_LOW, severity=Severity.FAIL, message="no"),),
        task="training",
        hardware=gpu,
    )
    return SweepPoint(
        value=value,
        tool="TRL 1.0",
        estimate=estimate,
        report=report if gpu else None,
        settings=SETTINGS,
        share=share,
        refusals=(),
    )


def sweep_of(*points: SweepPoint, subject: str = "a/b", setting: str = "r") -> Sweep:
    return Sweep(subject=subject, task="training", setting=setting, points=points)


def bars(svg: str) -> dict[str, tuple[float, float, float]]:
    """Return left end, top and length of each part's bar, by what it says."""
    rects = ElementTree.fromstring(svg).iter(f"{SVG}rect")
    said = {rect.findtext(f"{SVG}title"): rect.attrib for rect in rects}
    return {text: (float(at["x"]), float(at["y"]), float(at["width"])) for text, at in said.items() if text}


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def gpu_lines(svg: str) -> list[float]:
    lines = ElementTree.fromstring(svg).iter(f"{SVG}line")
    return [float(line.attrib["x1"]) for line in lines if line.attrib["class"] == "gpu"]


def test_parts_lie_end_to_end_in_proportion() -> None:
    """From zero to safe, in one scale, and the GPU's memory in the same."""
    found = assessed(gpu="L4")
    svg = estimate_svg(found)
    _, estimate = found.sized
    drawn = list(bars(svg).values())
    (total,) = {gpu.total_bytes for gpu in known_gpu("L4").gpus}

    start, scale = drawn[0][0], drawn[0][2] / estimate.parts["weights"]
    sizes = [*filter(None, estimate.parts.values()), estimate.safe_bytes - estimate.expected_bytes]
    assert [length for _, _, length in drawn] == pytest.approx([size * scale for size in sizes], abs=0.06)
    assert all(left + length == pytest.approx(right, abs=0.11) for (left, _, length), (right, _, _) in pairwise(drawn))
    assert isinstance(total, int)
    assert gpu_lines(svg) == pytest.approx([start + total * scale], abs=0.11)


def test_one_estimate_says_its_parts_settings_and_verdict() -> None:
    """In the legend, below the title, and behind the bar; without a GPU neither verdict nor line."""
    found = assessed(gpu="L4")
    shown, plain = texts(estimate_svg(found)), texts(estimate_svg(assessed()))
    settings, estimate = found.sized
    numbers = f"{estimate.expected_bytes / GB:.1f} GB, safe {estimate.safe_bytes / GB:.1f}"

    assert shown[:2] == [LLAMA, f"training, LoRA, {settings.tool}, batch 4 x 2,048 tokens; GB on each GPU"]
    assert f"weights {estimate.parts['weights'] / GB:.2f} GB" in shown
    assert f"{numbers}, {found.report.verdict}" in shown
    assert "L4 (24.15 GB)" in shown
    assert numbers in plain
    assert not gpu_lines(estimate_svg(assessed()))


def test_a_name_of_several_gpus_has_a_line_for_each() -> None:
    """The smaller first."""
    svg = estimate_svg(assessed("training", "A100"))
    lines = gpu_lines(svg)

    assert [text for text in texts(svg) if text.startswith("A100")] == ["A100 40GB (42.95 GB)", "A100 80GB (85.9 GB)"]
    assert lines == sorted(lines)
    assert len(lines) == 2


def test_an_engine_that_takes_a_share_has_a_line_for_it() -> None:
    """In the same scale as the GPU; in a sweep only if the share is the same for all values."""
    svg = estimate_svg(assessed("inference", "L4"))
    one, other = (point(8, {"weights": GB}, known_gpu("L4"), share=share) for share in (0.9, 0.8))

    usable, whole = gpu_lines(svg)
    (start, _, _), *_ = bars(svg).values()
    assert usable - start == pytest.approx(0.9 * (whole - start), abs=0.2)
    assert "0.9 of the GPU: 21.74 GB" in texts(svg)
    assert [len(gpu_lines(sweep_svg(sweep_of(*points)))) for points in ((one, one), (one, other))] == [2, 1]


def test_a_task_without_defaults_has_no_picture() -> None:
    """As the page of it."""
    found = load_registry(bundled_registry()).assess("deepseek-ai/DeepSeek-V3.2", "training")

    with pytest.raises(UnsupportedTaskError):
        estimate_svg(found)


def test_a_sweep_has_a_bar_for_each_value() -> None:
    """In one scale, below each other, named by the value; the legend has the parts that occur, without sizes."""
    gpu = known_gpu("L4")
    svg = sweep_svg(sweep_of(point(8, {"weights": 4 * GB}, gpu), point(16, {"weights": 2 * GB, "adapters": GB}, gpu)))
    shown = texts(svg)

    (first, top, length), (second, below, half) = (bars(svg)[f"weights: {size}.00 GB"] for size in (4, 2))
    assert first == second
    assert length == pytest.approx(2 * half, abs=0.11)
    assert below > top
    assert [text for text in shown if text in {"8", "16"}] == ["8", "16"]
    assert [text for text in shown if text in PARTS] == ["weights", "adapters"]
    assert "4.0 GB, safe 4.4, fail" in shown
    assert len(gpu_lines(svg)) == 1


def test_what_is_drawn_is_also_told() -> None:
    """To a screen reader: every bar with its numbers, and the GPUs."""
    svg = ElementTree.fromstring(sweep_svg(sweep_of(point(8, {"weights": 4 * GB}, known_gpu("L4")))))

    assert svg.attrib["role"] == "img"
    assert (
        svg.findtext(f"{SVG}title")
        == "Memory of a/b: training, LoRA, TRL 1.0, batch 4 x 2,048 tokens, by r; GB on each GPU"
    )
    assert svg.findtext(f"{SVG}desc") == "8 4.0 GB, safe 4.4, fail (weights 4.00); L4 (24.15 GB)"


@given(text=st.text(), value=st.text(), size=st.integers(0, 10**16))
def test_text_from_outside_stays_text(text: str, value: str, size: int) -> None:
    """Whatever the id, the setting or its value: the document is well-formed, and no element or attribute is new."""
    svg = sweep_svg(sweep_of(point(value, {"weights": size}), subject=text, setting=text))
    root = ElementTree.fromstring(svg)

    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "text", "line")
    }
    assert all(not name.startswith("on") and "href" not in name for element in root.iter() for name in element.attrib)
    shown = visible(text)
    assert texts(svg)[0] == (shown if len(shown) <= 88 else f"{shown[:87]}…")


@given(sizes=st.lists(st.integers(0, 10**13), min_size=1, max_size=12))
def test_every_bar_lies_within_the_picture(sizes: list[int]) -> None:
    """From nothing to ten thousand GB."""
    svg = sweep_svg(sweep_of(*(point(number, {"weights": size}) for number, size in enumerate(sizes))))
    ends = [left + length for left, _, length in bars(svg).values()]

    assert max(ends) <= END + 0.11
