"""Export targets as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.table import Column, table_text

if TYPE_CHECKING:
    from model_garden_registry.dialects.targets import Target


def targets_text(targets: Sequence[Target], screen: Screen) -> str:
    """Return one row for each target, and below them how to choose one."""
    columns = [
        Column("TARGET", [target.name for target in targets]),
        Column("TOOL", [target.title for target in targets]),
        Column("FOR", [" or ".join(target.tasks) for target in targets]),
        Column("FORMS", [", ".join(target.forms) for target in targets]),
        Column("CHECKED", ["yes" if target.is_read else "no" for target in targets]),
    ]
    return f"{table_text(columns, screen)}\nmgr export TARGET ID writes a model; mgr check reads the files of CHECKED."
