"""The choice of GPUs, and of what runs on them. It asks nothing without JavaScript, and is hidden until then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import get_args

from model_garden_registry.entries.tasks import InferenceEngine, TrainingStack
from model_garden_registry.hardware.gpu_table import KnownGpu, gpu_table
from model_garden_registry.page.elements import Content, Html, element
from model_garden_registry.page.links import Mode
from model_garden_registry.page.wording import TOOL_NAMES

#: How many of a GPU; a static site has answers for the first ones, up to eight.
COUNTS = (1, 2, 4, 8)
_SERVED_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 16)
#: Kinds of GPUs for people, the most common in data centres first.
_LAPTOP, _DATA_CENTRE, _DESKTOP, _WORKSTATION, _EMBEDDED = (
    "Laptop",
    "Data centre",
    "Desktop: GeForce and Titan",
    "Workstation",
    "Embedded, and shared memory",
)
_KINDS = (_DATA_CENTRE, _DESKTOP, _WORKSTATION, _EMBEDDED, _LAPTOP)


@cache
def gpu_options() -> Html:
    """Return the known GPUs as options, in groups, the newest of each first."""
    groups: dict[str, list[KnownGpu]] = {kind: [] for kind in _KINDS}
    for row in gpu_table():
        groups[_kind(row)].append(row)
    return Html("".join(element("optgroup", _options(rows), label=kind) for kind, rows in groups.items()))


def _options(rows: Iterable[KnownGpu]) -> Iterator[Html]:
    for row in sorted(rows, key=lambda row: row.compute_capability, reverse=True):
        yield element("option", f"{row.name} ({row.marketing_gb} GB)", value=row.name)


def _kind(row: KnownGpu) -> str:
    if row.is_integrated:
        return _EMBEDDED
    if row.is_laptop:
        return _LAPTOP
    if row.name.startswith(("GTX", "TITAN", "RTX 2", "RTX 3", "RTX 4", "RTX 5")) and " Ada" not in row.name:
        return _DESKTOP
    return _WORKSTATION if row.name.startswith(("Quadro", "RTX", "T400", "T600", "T1000")) else _DATA_CENTRE


def gpu_fields(mode: Mode, none: str) -> tuple[Html, Html]:
    """
    Return the fields for a GPU and for how many of them.

    Args:
        mode: Who answers: a static site has answers for fewer counts.

        none: What the choice of no GPU says.
    """
    counts = COUNTS if mode == "static" else _SERVED_COUNTS
    choice = element("select", element("option", none, value=""), gpu_options(), name="gpu", autocomplete="off")
    many = element("select", [element("option", str(count), value=count) for count in counts], name="gpus")
    return field("GPU", choice), field("How many", many)


def engine_options() -> list[Html]:
    """Return the serving engines as options, without one first."""
    return _tools("default", get_args(InferenceEngine))


def stack_options() -> list[Html]:
    """Return the training stacks as options, without one first."""
    return _tools("default", get_args(TrainingStack))


def _tools(own: str, names: Iterable[str]) -> list[Html]:
    return [
        element("option", own, value=""),
        *(element("option", TOOL_NAMES[name], value=name) for name in names),
    ]


def field(label: str, control: Content, *, kind: str = "field") -> Html:
    """Return a control with its label around it."""
    return element(f"label.{kind}", element("span", label), control)
