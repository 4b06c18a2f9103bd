"""Where other tools' files differ from the registry, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.dialects.configs import about_text
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count, given_back

if TYPE_CHECKING:
    from model_garden_registry.dialects.judged import Difference, Drift


def drifts_text(drifts: Sequence[Drift], screen: Screen) -> str:
    """Return a page for each file, or command in a file: a line per difference, with the origin of the default."""
    return "\n\n".join(_page(drift, screen) for drift in drifts)


def _page(drift: Drift, screen: Screen) -> str:
    place = str(drift.config.path) if drift.config.line is None else f"{drift.config.path}:{drift.config.line}"
    found = count(len(drift.differences), "difference") if drift.differences else "no difference"
    title = f"{place}: {about_text(drift.config, drift.model)}: {found}"
    return page(title, [Section("", list(_lines(drift)))], screen)


def _lines(drift: Drift) -> Iterator[tuple[str, ...]]:
    for one in drift.differences:
        yield _said(one, drift), f"registry: {one.setting} = {given_back(one.default)}", str(one.origin)


def _said(difference: Difference, drift: Drift) -> str:
    """Return the key of the file with its line; without one, that it is the tool's default."""
    item, value = difference.item, given_back(difference.found)
    if item is None:
        return f"default of {drift.config.tool}: {value}"
    key = f"{item.key}: {given_back(item.value)}"
    return f"line {item.line}: {key}" if item.line is not None else key
