"""Measurements beside estimates, and where numbers come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.page.elements import Content, Html, element, link
from model_garden_registry.page.wording import gigabytes, value_words
from model_garden_registry.units import short_number

_MEASURED = ("Measured", "Estimated", "Difference", "Of what", "Source")


def measurements(estimates: Mapping[Task, Mapping[str, Any] | str], entry: ModelInfo) -> Html | None:
    """
    Return what was measured, beside the estimate for the same settings; and results of other kinds.

    Args:
        estimates: Documents of estimates by task, or why there is none.
    """
    rows = [
        _measured(one, task)
        for task, found in estimates.items()
        if not isinstance(found, str)
        for one in found.get("measured", ())
    ]
    others = [_benchmark(one) for one in _other_results(entry)]
    if not rows and not others:
        return None
    return element(
        "section",
        element("h2", "Measured", id="measured"),
        _table("Memory that was measured, and the estimate for it", _MEASURED, rows) if rows else None,
        element("ul", others) if others else None,
        aria_labelledby="measured",
    )


def _measured(one: Mapping[str, Any], task: Task) -> Html:
    expected, difference = one.get("expected_gb"), one.get("difference")
    settings = ", ".join(f"{name} {value_words(value)}" for name, value in one["settings"].items())
    what = (task, one["quantity"], one.get("gpu"), one.get("version"), settings, one.get("conditions"))
    return element(
        "tr",
        element("td.number", gigabytes(one["measured_gb"]), data_label="Measured"),
        element("td.number", gigabytes(expected) if expected is not None else "not compared", data_label="Estimated"),
        element(
            "td.number",
            f"{difference:+.1%}".replace("%", " %") if difference is not None else "",
            data_label="Difference",
        ),
        element("td", ", ".join(filter(None, what)), _why_not(one.get("why_not")), data_label="Of what"),
        element("td", link(_short(one["source"]), one["source"]), f", {one['as_of']}", data_label="Source"),
    )


def _why_not(reason: str | None) -> Html | None:
    return None if reason is None else element("span.about", f"Not compared: {reason}")


def _other_results(entry: ModelInfo) -> Iterator[Any]:
    return (one for one in entry.benchmarks if one.task is None)


def _benchmark(one: Any) -> Html:
    value = f"{one.name}: {short_number(one.value)} {one.unit}"
    return element(
        "li", ", ".join(filter(None, (value, one.conditions, one.as_of))), ", ", link(one.source, one.source)
    )


def sources(entry: ModelInfo) -> Html | None:
    """Return where the numbers of an entry come from; None if it does not say."""
    if not entry.sources:
        return None
    rows = [
        element(
            "tr",
            element("th", element("code", pointer), scope="row"),
            element("td", element("span.badge", source.kind), data_label="Kind"),
            element("td", link(source.source, source.url), data_label="Source"),
            element("td.date", source.as_of, data_label="As of"),
        )
        for pointer, source in entry.sources.items()
    ]
    return element(
        "section",
        element("h2", "Where numbers come from", id="sources"),
        _table("Sources by part of the entry", ("Part", "Kind", "Source", "As of"), rows),
        aria_labelledby="sources",
    )


def _table(caption: str, columns: tuple[str, ...], rows: list[Html]) -> Html:
    heads: list[Content] = [element("th", name, scope="col") for name in columns]
    table = element(
        "table.plain.rows",
        element("caption.unseen", caption),
        element("thead", element("tr", heads)),
        element("tbody", rows),
    )
    return element("div.scroll", table, tabindex="0", role="region", aria_label=caption)


def _short(address: str) -> str:
    """Return the host of an address; other texts unchanged."""
    _, scheme, rest = address.partition("://")
    return rest.partition("/")[0] if scheme else address
