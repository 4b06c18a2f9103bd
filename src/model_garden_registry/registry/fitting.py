"""Which rows of a list can do their work on a machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, get_args

from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.findings import Verdict

if TYPE_CHECKING:
    from model_garden_registry.catalogue.rows import Row
    from model_garden_registry.hardware.gpus import Hardware
    from model_garden_registry.registry.model_registry import ModelRegistry


class Fitting(NamedTuple):
    """
    Rows by what became of them; the others do not fit.

    Args:
        kept: What ``validate`` lets pass.

        unknown: What could not be judged.
    """

    kept: list[Row]
    unknown: list[Row]


def fitting_rows(registry: ModelRegistry, rows: Iterable[Row], *, task: Task | None, hardware: Hardware) -> Fitting:
    """
    Judge each row on a machine.

    Args:
        task: What for; None for any task that the row supports.
    """
    fitting = Fitting([], [])
    for row in rows:
        verdicts = _verdicts(registry, row, task, hardware)
        if any(verdict.is_valid for verdict in verdicts):
            fitting.kept.append(row)
        elif Verdict.UNKNOWN in verdicts:
            fitting.unknown.append(row)
    return fitting


def _verdicts(registry: ModelRegistry, row: Row, task: Task | None, hardware: Hardware) -> list[Verdict]:
    tasks = [one for one in get_args(Task) if task in (None, one) and getattr(row, one)]
    try:
        return [registry.validate(row.id, one, hardware=hardware).verdict for one in tasks]
    except RegistryError:
        return [Verdict.UNKNOWN]
