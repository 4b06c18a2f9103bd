"""The files that a registry is made of, and the remote registry, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.wording import count
from model_garden_registry.files.remote_cache import moment_of

if TYPE_CHECKING:
    from model_garden_registry.cli.output import Screen
    from model_garden_registry.files.overlays import RegistryLayer
    from model_garden_registry.lifecycle.remote.standing import RemoteStanding
    from model_garden_registry.lifecycle.remote.updating import Update

_STATES = {
    "updated": "downloaded now",
    "unchanged": "up to date",
    "offline": "not downloaded, since MGR_OFFLINE is set: this is the last download",
}
_AGES = (("day", 86_400), ("hour", 3600), ("minute", 60))


def update_page(update: Update, standing: RemoteStanding, screen: Screen) -> str:
    """Return what came of an update."""
    lines = [("state", _STATES[update.state.value]), *_remote_lines(standing)]
    return page(f"Remote registry {standing.address}", [Section("", lines)], screen)


def status_page(
    layers: Sequence[RegistryLayer], standing: RemoteStanding | None, screen: Screen, *, is_offline: bool
) -> str:
    """Return the files in use, the strongest first, and the remote registry."""
    sections = [Section("Files, the strongest first", [_layer_line(layer) for layer in reversed(layers)])]
    if standing is not None:
        lines = [("address", standing.address), *_remote_lines(standing)]
        sections.append(Section("Remote registry", [*lines, *([("offline", "MGR_OFFLINE is set")] * is_offline)]))
    return page(f"Registry of {count(len(layers), 'file')}", sections, screen)


def _layer_line(layer: RegistryLayer) -> tuple[str, str, str, str]:
    if layer.problem is not None:
        return layer.named_by.value, "", "left out", str(layer.problem)
    date = layer.document.get("last_updated")
    kind = "overlay" if layer.is_overlay else "whole"
    stated = f"{kind}, {count(len(layer.models), 'model')}"
    return layer.named_by.value, stated, date[:10] if isinstance(date, str) else "no date", str(layer.path)


def _remote_lines(standing: RemoteStanding) -> Iterator[tuple[str, str]]:
    yield "usable", "yes" if standing.why_unusable is None else f"no: {standing.why_unusable}"
    if (cached := standing.cached) is not None:
        yield "date", f"{cached.last_updated}, in format {cached.version}"
        yield "downloaded", f"{cached.fetched_at}, {_age(cached.fetched_at)}"
        yield "checked", f"{cached.checked_at}, {_age(cached.checked_at)}"
        yield "sha256", cached.sha256
        yield "stored in", str(cached.path.parent)
    yield "pin", standing.remote.sha256 or "none"
    yield "named in", str(standing.remote.file)


def _age(date: str) -> str:
    seconds = (datetime.now(UTC) - moment_of(date)).total_seconds()
    for unit, size in _AGES:
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"
