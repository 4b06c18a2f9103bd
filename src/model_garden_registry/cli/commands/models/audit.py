"""``mgr audit``: where the numbers of models come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from model_garden_registry.cli.command import Command, new_app
from model_garden_registry.cli.options import completion
from model_garden_registry.cli.options.naming import taken_ids
from model_garden_registry.cli.options.reports import AllFindingsOption, FormatOption
from model_garden_registry.cli.options.shared import JsonOption, chosen_format, open_registry, screen
from model_garden_registry.cli.output import Screen, write_answer, write_json
from model_garden_registry.cli.report_formats import ReportFormat, exit_code, write_outcomes
from model_garden_registry.cli.text.page import Section, page
from model_garden_registry.cli.text.table import Column, table_text
from model_garden_registry.cli.text.wording import count, numbers_by_source, visible_column
from model_garden_registry.cli.usage import not_one_of
from model_garden_registry.entries.tasks import Refused

if TYPE_CHECKING:
    from model_garden_registry.catalogue.number_sources import SourcedNumbers
    from model_garden_registry.registry.model_registry import ModelRegistry
    from model_garden_registry.reports import Report

app = new_app()

Groups = Mapping[str, "tuple[SourcedNumbers, ...]"]


def _check_kinds(value: list[str] | None) -> tuple[Refused, ...]:
    kinds: tuple[Refused, ...] = get_args(Refused)
    wrong = next((kind for kind in value or () if kind not in kinds), None)
    if wrong is not None:
        raise typer.BadParameter(not_one_of(wrong, kinds))
    return tuple(kind for kind in kinds if kind in (value or ()))


def _offered_kinds(incomplete: str) -> list[str]:
    return [kind for kind in get_args(Refused) if kind.startswith(incomplete)]


def _read_month(value: str | None) -> str | None:
    if value is None:
        return None
    from model_garden_registry.catalogue.number_sources import parse_month

    try:
        return parse_month(value, today=date.today())  # noqa: DTZ011  (months as people count them)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command(cls=Command)
def audit(
    ctx: typer.Context,
    *,
    model_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            show_default=False,
            help="Ids of models, or former ones; without one, all.",
            autocompletion=completion.ids,
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="List the numbers whose source is measured, derived, vendor, published or declared, or that are "
            "old, and exit with 1 if there are any; may be repeated.",
            callback=_check_kinds,
            autocompletion=_offered_kinds,
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM|N",
            help="Numbers are old if their source is from before this month, or from more than N months ago.",
            callback=_read_month,
        ),
    ] = None,
    all_findings: AllFindingsOption = False,
    output_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Show where numbers come from.

    Every number of an entry is measured, derived, from the vendor, published by a third party, or declared, as the
    entry's `sources` say. One without a source counts as declared, and never as old, because its age is unknown.
    Results in `benchmarks` state their own sources and are not counted.

    Exit code: 0, or 1 if --fail-on finds a number.
    """
    from model_garden_registry.checks.entry.provenance import source_findings
    from model_garden_registry.reports import Report, short_report

    refused = cast("tuple[Refused, ...]", fail_on or ())
    if "old" in refused and older_than is None:
        raise typer.BadParameter("--fail-on old needs --older-than")
    shape: ReportFormat = chosen_format(output_format, as_json=as_json, default="text")
    registry = open_registry(ctx)
    groups = _groups(registry, model_ids)
    file = str(registry.path)
    findings = source_findings(groups, file=file, refused=refused, older_than=older_than)
    report = Report(subject=file, findings=tuple(findings))
    match shape:
        case "json":
            from model_garden_registry.payloads.catalogue import audit_document

            document = audit_document(groups, is_valid=report.is_valid, refused=refused, older_than=older_than)
            write_json(document)
        case "text" if not refused:
            write_answer(_overview(groups, older_than, screen(ctx)))
        case _:
            shown = report if all_findings else short_report(report)
            _write_findings(shown, registry, shape, screen(ctx))
    raise typer.Exit(exit_code([report]))


def _groups(registry: ModelRegistry, model_ids: list[str] | None) -> Groups:
    from model_garden_registry.catalogue.number_sources import number_sources

    asked = {key: registry[key] for key in taken_ids(registry, model_ids or ())}
    return {key: number_sources(entry) for key, entry in (asked if model_ids else registry).items()}


def _write_findings(report: Report, registry: ModelRegistry, shape: ReportFormat, screen: Screen) -> None:
    from model_garden_registry.cli.registry_places import with_lines

    write_outcomes([with_lines(report, registry.layers)], shape, screen=screen, command="mgr audit")


def _overview(groups: Groups, older_than: str | None, screen: Screen) -> str:
    """Return a table of the models, and their sum below it."""
    from model_garden_registry.catalogue.number_sources import tally

    everything = tally(chain.from_iterable(groups.values()), older_than=older_than)
    title = f"{count(everything.total, 'number')} of {count(len(groups), 'model')}"
    total = page(title, [Section("", numbers_by_source(everything, older_than=older_than))], screen)
    if not groups:
        return total
    return f"{table_text(_columns(groups, older_than), screen).rstrip()}\n\n{total}"


def _columns(groups: Groups, older_than: str | None) -> list[Column]:
    from model_garden_registry.catalogue.number_sources import SOURCE_KINDS, tally

    tallies = [tally(some, older_than=older_than) for some in groups.values()]
    kinds = [
        Column(kind.upper(), [str(one.kinds[kind]) for one in tallies], to_right=True, dispensable=order)
        for kind, order in zip(SOURCE_KINDS, (3, 4, 5, 6, 0), strict=True)
    ]
    old = Column("OLD", [str(one.old) for one in tallies], to_right=True)
    return [
        Column("ID", visible_column([*groups]), folds=True),
        Column("NUMBERS", [str(one.total) for one in tallies], to_right=True, dispensable=1),
        *kinds,
        Column("NO SOURCE", [str(one.unsourced) for one in tallies], to_right=True, dispensable=2),
        *([old] if older_than else []),
        Column("OLDEST", [one.oldest or "-" for one in tallies]),
    ]
