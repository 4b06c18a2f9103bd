"""Reports in the chosen format, and their exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never

from model_garden_registry import __version__
from model_garden_registry.cli import exit_codes
from model_garden_registry.cli.output import Screen, say, write_answer, write_json
from model_garden_registry.cli.text.reports import outcomes_text
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Verdict
from model_garden_registry.payloads.reports import report_document, reports_document
from model_garden_registry.reports import Outcome, Report

if TYPE_CHECKING:  # files have no GPUs
    from model_garden_registry.cli.text.gpu_columns import OnGpus

ReportFormat = Literal["text", "json", "github", "sarif", "junit"]


def write_outcomes(
    outcomes: Sequence[Outcome],
    output_format: ReportFormat,
    *,
    screen: Screen,
    command: str,
    strict: bool = False,
    as_list: bool = False,
    quiet: bool = False,
) -> int:
    """
    Write the outcome for each subject to stdout, and return the exit code.

    Args:
        output_format: One of ``ReportFormat``.

        command: The command line, for the suite name in JUnit.

        strict: Whether a warning counts as a failure.

        as_list: Whether the subjects were not named one by one: JSON is a list even of one report, text has a line
            for each.

        quiet: Whether notes are left out of text and annotations; formats for programs stay complete.

    Raises:
        RegistryError: There is no answer for the only subject, and the format cannot show that.
    """
    alone = outcomes[0] if len(outcomes) == 1 and not as_list else None
    if isinstance(alone, RegistryError) and output_format in ("text", "json"):
        raise alone
    match output_format:
        case "text":
            write_answer(outcomes_text(outcomes, screen, brief=as_list, quiet=quiet))
        case "json":
            write_json(report_document(alone) if isinstance(alone, Report) else reports_document(outcomes))
        case "github":
            from model_garden_registry.payloads.formats.github import github_lines

            lines = github_lines(outcomes, base=_working_directory(), quiet=quiet)
            write_answer("\n".join(lines), has_commands=True)
        case "sarif":
            from model_garden_registry.payloads.formats.sarif import sarif_document

            write_json(sarif_document(outcomes, version=__version__, base=_working_directory()))
        case "junit":
            from model_garden_registry.payloads.formats.junit import junit_text

            write_answer(junit_text(outcomes, name=command, strict=strict))
        case _:
            assert_never(output_format)
    if output_format != "text":
        say_errors(outcomes)
    return exit_code(outcomes, strict=strict)


def write_on_gpus(
    found: OnGpus,
    output_format: ReportFormat,
    *,
    screen: Screen,
    command: str,
    strict: bool = False,
    as_list: bool = False,
    quiet: bool = False,
    any_gpu: bool = False,
) -> int:
    """
    Write the outcome for each subject on each of several GPUs to stdout, and return the exit code.

    Text and JSON have every GPU. In other formats each GPU is a subject of its own.

    Args:
        as_list: Whether the subjects were not named one by one: text does not explain the verdicts.

        any_gpu: Whether it is enough that a model passes on one GPU: then only such GPUs count, if there are any.
    """
    counted = [outcome for row in found.rows for outcome in _counted(row, strict=strict, any_gpu=any_gpu)]
    match output_format:
        case "text":
            from model_garden_registry.cli.text.gpu_columns import columns_text

            write_answer(columns_text(found, screen, brief=as_list, quiet=quiet))
        case "json":
            write_json(reports_document(found.outcomes, counted=counted))
            say_errors(found.outcomes)
        case _:
            rows = ([_labelled(*pair) for pair in zip(found.labels, row, strict=True)] for row in found.rows)
            outcomes = [outcome for row in rows for outcome in _counted(row, strict=strict, any_gpu=any_gpu)]
            return write_outcomes(
                outcomes, output_format, screen=screen, command=command, strict=strict, as_list=True, quiet=quiet
            )
    return exit_code(counted, strict=strict)


def _counted(row: Sequence[Outcome], *, strict: bool, any_gpu: bool) -> Sequence[Outcome]:
    """Return the outcomes that decide about a model: if one GPU is enough, those that pass, if any."""
    passing = [outcome for outcome in row if any_gpu and _code(outcome, strict=strict) == exit_codes.ANSWER]
    return passing or (row if isinstance(row[0], Report) else row[:1])


def _labelled(label: str, outcome: Outcome) -> Outcome:
    """Return an outcome with the GPU in its subject, to tell reports apart."""
    return replace(outcome, subject=f"{outcome.subject} on {label}") if isinstance(outcome, Report) else outcome


def say_errors(outcomes: Sequence[Outcome]) -> None:
    """Write to stderr why there is no answer about subjects without one."""
    for outcome in outcomes:
        if isinstance(outcome, RegistryError):
            say("error", str(outcome))


def exit_code(outcomes: Sequence[Outcome], *, strict: bool = False) -> int:
    """Return the first of 2, 3, 1, 0 that is the code of one of the outcomes."""
    codes = {_code(outcome, strict=strict) for outcome in outcomes}
    order = (exit_codes.INVALID_USAGE, exit_codes.NO_ANSWER, exit_codes.NO, exit_codes.ANSWER)
    return next((code for code in order if code in codes), exit_codes.ANSWER)


def _working_directory() -> Path:
    """Return it; if deleted, a path that no file is below, so that file names stay complete."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.sep, "(deleted)")


def _code(outcome: Outcome, *, strict: bool) -> int:
    if isinstance(outcome, RegistryError):
        return exit_codes.for_error(outcome)
    is_refused = strict and outcome.verdict is Verdict.WARNING
    return exit_codes.NO if is_refused else exit_codes.for_verdict(outcome.verdict)
