"""Verdicts on other tools' files as text: what was read, the verdict, and every key that is no setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.dialects.configs import about_text
from model_garden_registry.cli.text.reports import finding_lines, hardware_lines, verdict_line
from model_garden_registry.cli.text.wording import folded
from model_garden_registry.dialects.judged import CheckedConfig
from model_garden_registry.errors import RegistryError
from model_garden_registry.visible_text import visible

if TYPE_CHECKING:
    from model_garden_registry.dialects.foreign_config import ForeignConfig, Remark
    from model_garden_registry.reports import Report

#: The result for one file, or one command in a file: the verdict on each of several GPUs, or why there is none.
Judged: TypeAlias = "Mapping[str, CheckedConfig] | RegistryError"

_INDENT = "  "


def checks_text(all_judged: Sequence[Judged], screen: Screen, *, quiet: bool, is_explained: bool) -> str:
    """
    Return a block for each file; findings about the hardware that all of them share come once, below.

    Args:
        quiet: Whether notes are left out.

        is_explained: Whether every key that is no setting has a line with its reason.
    """
    blocks = [_block(judged, screen, quiet=quiet, is_explained=is_explained) for judged in all_judged]
    if not quiet:
        answered = [judged for judged in all_judged if not isinstance(judged, RegistryError)]
        blocks.append(iter(hardware_lines([report for judged in answered for report in reports_of(judged)], screen)))
    texts = ["".join(f"{line}\n" for line in block) for block in blocks]
    return "\n".join(filter(None, texts))


def reports_of(judged: Mapping[str, CheckedConfig]) -> list[Report]:
    """Return the reports on a file, remedies with the tool's names; with several GPUs, the subject names each."""
    return [
        replace(
            checked.report,
            subject=f"{checked.report.subject} on {label}" if label else checked.report.subject,
            remedies=checked.remedies,
        )
        for label, checked in judged.items()
    ]


def _block(judged: Judged, screen: Screen, *, quiet: bool, is_explained: bool) -> Iterator[str]:
    if isinstance(judged, RegistryError):
        yield from folded(f"no answer  {visible(str(judged))}", screen)
        return
    (first, *_) = judged.values()
    for number, report in enumerate(reports_of(judged)):
        yield verdict_line(report, screen)
        if number == 0:
            yield from folded(visible(about_text(first.config, first.model)), screen, indent=_INDENT)
        yield from finding_lines(report, screen, quiet=quiet, told=first.config.findings if number else ())
    yield from folded(_keys(first.config), screen, indent=_INDENT)
    if is_explained:
        yield from _explained(first.config)


def _keys(config: ForeignConfig) -> str:
    """Return how many keys were understood, ignored and so on, with the names that matter."""
    counted = (
        f"keys: {len(config.understood)} understood",
        f"{len(config.without_influence)} without influence",
        _named("not followed", config.not_followed),
        _named("unknown", config.unknown),
    )
    return ", ".join(counted)


def _named(what: str, remarks: Sequence[Remark]) -> str:
    names = ", ".join(visible(remark.item.key) for remark in remarks)
    return f"{len(remarks)} {what} ({names})" if names else f"0 {what}"


def _explained(config: ForeignConfig) -> Iterator[str]:
    groups = {
        "without influence": config.without_influence,
        "not followed": config.not_followed,
        "unknown": config.unknown,
    }
    for heading, remarks in groups.items():
        if remarks:
            yield f"{_INDENT}{heading}:"
        for remark in remarks:
            reason = f": {visible(remark.text)}" if remark.text else ""
            yield f"{_INDENT}{_INDENT}{visible(remark.item.key)}{reason}"
