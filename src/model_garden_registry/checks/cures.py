"""What to change where a verdict is no: each change is judged again by all that was judged, and then offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from model_garden_registry.checks.hardware.need import demand_of
from model_garden_registry.checks.validation import SHORT, Case, on_its_hardware, report_on
from model_garden_registry.entries.settings.merging import with_changes
from model_garden_registry.findings import Severity
from model_garden_registry.memory.fitting.remedies import Remedy, find_remedies
from model_garden_registry.reports import Report

#: More is not read.
MOST_REMEDIES = 5


def with_remedies(report: Report, case: Case, most: int = MOST_REMEDIES) -> Report:
    """
    Return a report with the changes that would pass, where it fails for what such changes may cure.

    Args:
        most: How many to look for: the search ends with the last of them.
    """
    is_short = any(finding.code in SHORT and finding.severity is Severity.FAIL for finding in report.findings)
    if not is_short:
        return report
    return replace(report, remedies=tuple(islice(remedies_of(case), most)))


def remedies_of(case: Case) -> Iterator[Remedy]:
    """Return the changes of settings that really pass, one after the other as they are found."""
    demand, machine = case.demand, case.machine
    settings, entry, total = demand.settings, demand.entry, case.gpu_total_bytes
    if machine is None or settings is None or total is None or not demand.is_exact:
        return
    asked = case.asked or demand  # with the changes, another split may be chosen than without
    own = asked.own or asked
    assert asked.settings is not None  # as many as in the demand
    for remedy in find_remedies(entry, settings, gpu_total_bytes=total, at_most_gpus=len(machine.seen.devices)):
        changed = demand_of(entry, demand.task, with_changes(entry, asked.settings, remedy.changes, "remedy"), own=own)
        report = report_on(on_its_hardware(replace(case, demand=changed, asked=None)))
        if report.is_valid and report.estimate is not None:
            yield replace(remedy, verdict=report.verdict, safe_bytes=report.estimate.safe_bytes)
