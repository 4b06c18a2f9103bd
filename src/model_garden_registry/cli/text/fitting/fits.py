"""Models on given hardware as text: in buckets, best first; or with a column for each of several GPUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from model_garden_registry.checks.buckets import OF_THE_HOST, Bucket, Fits, Fitted, best_of
from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.csv_lines import csv_text
from model_garden_registry.cli.text.fitting.loads import (
    LOAD,
    assumed_text,
    flat_row,
    legend_text,
    load_cell,
    memory_cells,
    note_cell,
)
from model_garden_registry.cli.text.table import Column, in_blocks, rows_text, table_markdown
from model_garden_registry.cli.text.wording import count, folded, painted, visible_column
from model_garden_registry.findings import Code
from model_garden_registry.hardware.gpus import Hardware, Unread
from model_garden_registry.hardware.labels import gpu_names, gpu_sizes
from model_garden_registry.hardware.visible_devices import visible_devices
from model_garden_registry.payloads.formats.remarks import changes_text, remedy_text
from model_garden_registry.reports import Report
from model_garden_registry.visible_text import visible

_HEADINGS = {
    Bucket.RUNS: "Run unchanged",
    Bucket.WITH_CHANGES: "Run with changes",
    Bucket.DOES_NOT_RUN: "Do not run",
    Bucket.NOT_JUDGED: "Not judged",
}
#: A bucket in the column of one of several GPUs.
_IN_A_COLUMN = {Bucket.WITH_CHANGES: "changes", Bucket.DOES_NOT_RUN: "no", Bucket.NOT_JUDGED: "?"}
_SEVERAL = "Safe GB per GPU, with its share. changes: runs with other settings; no: does not run; ?: not judged."
#: The heading if there is no GPU to judge.
_NO_GPU = {
    Code.DRIVER_NOT_LOADED: "NVIDIA driver not loaded",
    Code.VERSION_MISMATCH: "NVIDIA driver and library versions differ",
    Code.NO_PERMISSION: "No permission to use the NVIDIA driver",
    Code.INIT_FAILED: "NVIDIA driver does not start",
    Code.NO_ANSWER: "NVIDIA driver does not answer",
    Code.NO_DEVICE: "No GPU",
    Code.MASKED: "GPUs hidden by CUDA_VISIBLE_DEVICES",
    Code.MIG_EMPTY: "MIG without a slice",
}


def fit_text(fits: Fits, screen: Screen, *, most: int | None = None) -> str:
    """
    Return a table of models by bucket, best first, with what was assumed above it.

    The reason for having no GPU to judge comes once. Notes about a model are below its row on a terminal.

    Args:
        most: How many models; None: all.
    """
    shown = fits.first(most)
    host = fits.host
    names = _NO_GPU[host.code] if host else gpu_sizes(fits.hardware) or "No GPU judged"
    title = folded(visible(f"{names}: {fits.task}"), screen)
    head = [painted(line, "bold", has_colour=screen.has_colour) for line in title]
    head += folded(visible(host.message), screen) if host else []
    if not shown:
        return "\n".join(head)
    head += folded(visible(assumed_text([one.judged for one in shown], fits.task)), screen)
    head += folded(legend_text(fits.task), screen)
    columns = [_id_column(shown), *_columns(fits, shown)]
    table = rows_text(columns, screen, below=_notes(shown), above=_headings(fits, shown))
    return "\n".join([*head, "", table, *_left_out(len(fits.fitted) - len(shown), screen)])


def several_text(each: Sequence[Fits], screen: Screen, *, most: int | None = None) -> str:
    """Return a table of models with a column for each of several machines; models that run on one come first."""
    task, shown = each[0].task, list(islice(best_of(each), most))
    title = visible(f"{', '.join(map(_sizes, each))}: {task}")
    head = [painted(line, "bold", has_colour=screen.has_colour) for line in folded(title, screen)]
    if not shown:
        return "\n".join(head)
    assumed = assumed_text([one.judged for ones in shown for one in ones], task)
    head += [*folded(visible(assumed), screen), *folded(_SEVERAL, screen)]
    blocks = in_blocks([_id_column([ones[0] for ones in shown])], _gpu_columns(each, shown), screen)
    tables = "\n\n".join(rows_text(block, screen) for block in blocks)
    return "\n".join([*head, "", tables, *_left_out(len(each[0].fitted) - len(shown), screen)])


def fit_markdown(each: Sequence[Fits], *, most: int | None = None) -> str:
    """Return a Markdown table: for one machine with all columns, for several with a column for each."""
    if len(each) > 1 or each[0].pool is not None:
        several = list(islice(best_of(each), most))
        return table_markdown([_id_column([ones[0] for ones in several]), *_gpu_columns(each, several)])
    shown = each[0].first(most)
    buckets = Column("BUCKET", [str(one.bucket) for one in shown])
    return table_markdown([_id_column(shown), buckets, *_columns(each[0], shown), Column("REMARK", _notes(shown))])


def fit_csv(each: Sequence[Fits], *, most: int | None = None) -> str:
    """Return a line for each model and machine, with the fields of a row of the JSON document."""
    from model_garden_registry.payloads.fits import fit_row  # late: a table needs no JSON documents

    rows = [flat_row(fit_row(fits, one)) for fits in each for one in fits.first(most)]
    return csv_text(rows[0], (row.values() for row in rows)) if rows else ""


def _sizes(fits: Fits) -> str:
    """Return the GPUs of a column with their memory; of a pool, those of each kind of its nodes."""
    if fits.pool is None:
        return gpu_sizes(fits.hardware)
    return f"{fits.pool}: {'; '.join(dict.fromkeys(map(_kind_sizes, fits.kinds)))}"


def _kind_sizes(hardware: Hardware) -> str:
    """Return the GPUs of a kind of node, or why they are not known."""
    first = next(iter(hardware.gpus), None)
    if first is not None and isinstance(first.total_bytes, Unread):
        return first.total_bytes.reason
    return gpu_sizes(hardware) or "no GPU"


def _id_column(shown: Sequence[Fitted]) -> Column:
    return Column("ID", visible_column([one.row.id for one in shown]), is_id=True)


def _columns(fits: Fits, shown: Sequence[Fitted]) -> list[Column]:
    """Return the columns of numbers: GPUs used of those there, memory per GPU, and the load."""
    there = len(visible_devices(fits.hardware).devices)
    reports = [one.judged for one in shown]
    memory = [memory_cells(report.estimate, one.gpu_total_bytes) for report, one in zip(reports, shown, strict=True)]
    expected, safe, shares = zip(*memory, strict=True) if memory else ((), (), ())
    return [
        Column(
            "GPUS", [f"{split.gpus}/{there}" if (split := report.split) else "" for report in reports], to_right=True
        ),
        Column("EXPECTED", expected, to_right=True),
        Column("SAFE", safe, to_right=True),
        Column("SHARE", shares, to_right=True),
        Column(LOAD[fits.task], [load_cell(report.settings) for report in reports]),
    ]


def _gpu_columns(each: Sequence[Fits], shown: Sequence[tuple[Fitted, ...]]) -> list[Column]:
    """Return the column of each machine: safe memory with its share, or why there is none."""
    return [
        Column(
            visible(fits.pool or gpu_names(fits.hardware)), [_on_a_gpu(ones[number]) for ones in shown], to_right=True
        )
        for number, fits in enumerate(each)
    ]


def _on_a_gpu(one: Fitted) -> str:
    if not one.runs:
        return _IN_A_COLUMN[one.bucket]
    _, safe, part = memory_cells(one.judged.estimate, one.gpu_total_bytes)
    split = one.judged.split
    return (
        f"{f'{split.gpus} x ' if split and split.gpus > 1 else ''}{safe} {f'({part})' if part else ''}".strip() or "yes"
    )


def _headings(fits: Fits, shown: Sequence[Fitted]) -> dict[int, str]:
    """Return the headings above the first model of each bucket, with how many there are, if known."""
    starts: dict[Bucket, int] = {}
    for index, one in enumerate(shown):
        starts.setdefault(one.bucket, index)
    ends = [*list(starts.values())[1:], len(shown)]
    running = sum(one.runs for one in fits.fitted)
    headings = {}
    for (bucket, start), end in zip(starts.items(), ends, strict=True):
        number = end - start
        is_cut = bucket is Bucket.RUNS and number < running
        headings[start] = f"{_HEADINGS[bucket]}: {f'{number} of ' if is_cut else ''}" + (
            count(running, "model") if is_cut else count(number, "model")
        )
    return headings


def _notes(shown: Sequence[Fitted]) -> list[str]:
    return [visible(_note(one)) for one in shown]


def _note(one: Fitted) -> str:
    """Return the note beside the numbers of a model."""
    match one.bucket:
        case Bucket.RUNS:
            better = [f"ok with {changes_text(remedy)}" for remedy in one.report.remedies]
            return "; ".join(filter(None, (note_cell(one.judged), *better)))
        case Bucket.WITH_CHANGES:
            return f"with {remedy_text(one.report.remedies[0])}"
        case _:
            return _reason(one.report)


def _reason(report: Report) -> str:
    """Return the first failure that is about this model."""
    own = tuple(finding for finding in report.findings if finding.code not in OF_THE_HOST)
    return replace(report, findings=own).error_message or ""


def _left_out(number: int, screen: Screen) -> list[str]:
    return ["", *folded(f"{count(number, 'more model')}: --all shows every one.", screen)] if number else []
