"""Hardware for a model as text, least memory first."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.checks.planning import Choice, Plan
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
    split_cell,
)
from model_garden_registry.cli.text.table import Column, rows_text, table_markdown, table_width
from model_garden_registry.cli.text.wording import count, folded, painted, visible_column
from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible


def plan_text(plan: Plan, screen: Screen, *, most: int | None = None) -> str:
    """
    Return a table of the GPUs that run a model, with the assumptions above it; if there are none, the reason.

    Args:
        most: How many of them; None: all.
    """
    title = visible(f"{plan.subject}: {plan.task}")
    head = [painted(line, "bold", has_colour=screen.has_colour) for line in folded(title, screen)]
    if not plan.choices:
        return "\n".join([*head, *_refused(plan, screen)])
    shown = plan.choices[:most]
    head += folded(visible(assumed_text([choice.report for choice in shown], plan.task, whose="its")), screen)
    head += folded(legend_text(plan.task), screen)
    left_out = len(plan.choices) - len(shown)
    tail = ["", *folded(f"{count(left_out, 'more choice')}: --all shows every one.", screen)] if left_out else []
    columns = _columns(shown, plan)
    if shown[0].pool is not None and screen.is_terminal and table_width(columns) > screen.width:
        columns = _joined(columns)
    table = rows_text(columns, screen, below=[visible(note_cell(choice.report)) for choice in shown])
    return "\n".join([*head, "", table, *tail, *_refused(plan, screen)])


def _refused(plan: Plan, screen: Screen) -> list[str]:
    """Return that nothing runs the model, or nothing in some pools, and why the largest does not."""
    pools = [visible(f"{report.pool}: {report.error_message}") for report in plan.refused_pools]
    if pools:
        title = ["", "Pools in which no node runs it:"] if plan.choices else ["No node runs it:"]
        return [*title, *(line for pool in pools for line in folded(pool, screen, indent="  "))]
    if plan.choices:
        return []
    reason = f"; the largest: {plan.refused.error_message}" if plan.refused else ""
    return folded(visible(f"No GPU runs it{reason}"), screen)


def _joined(columns: Sequence[Column]) -> list[Column]:
    """Return columns with the pools and their GPUs in one, which may be above its row."""
    pools, gpus, *others = columns
    cells = [f"{pool}: {gpu}" for pool, gpu in zip(pools.cells, gpus.cells, strict=True)]
    return [Column("POOL: GPU", cells, is_id=True), *others]


def plan_markdown(plan: Plan, *, most: int | None = None) -> str:
    """Return the same as a Markdown table."""
    return table_markdown(_columns(plan.choices[:most], plan))


def plan_csv(plan: Plan, *, most: int | None = None) -> str:
    """Return a line for each choice, with the fields of a row of the JSON document."""
    from model_garden_registry.payloads.fits import plan_row  # late: a table needs no documents

    rows = [flat_row(plan_row(choice)) for choice in plan.choices[:most]]
    return csv_text(rows[0], (row.values() for row in rows)) if rows else ""


def _columns(shown: Sequence[Choice], plan: Plan) -> list[Column]:
    reports = [choice.report for choice in shown]
    memory = [memory_cells(choice.report.estimate, choice.gpu_total_bytes) for choice in shown]
    expected, safe, shares = zip(*memory, strict=True) if memory else ((), (), ())
    pools = [choice.pool for choice in shown if choice.pool is not None]
    return [
        *([Column("POOL", visible_column(pools), is_id=True)] if pools else []),
        Column("GPU", visible_column([choice.gpu for choice in shown]), is_id=True),
        Column("COUNT", [str(choice.count) for choice in shown], to_right=True),
        Column("GB", [f"{choice.gpu_total_bytes / GB:.1f}" for choice in shown], to_right=True),
        Column("SPLIT", [split_cell(report) for report in reports]),
        Column("EXPECTED", expected, to_right=True),
        Column("SAFE", safe, to_right=True),
        Column("SHARE", shares, to_right=True),
        Column(LOAD[plan.task], [load_cell(report.settings) for report in reports]),
    ]
