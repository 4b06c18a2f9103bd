"""All targets by name, and the dialects among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL
from model_garden_registry.entries.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    What a model can be exported for.

    Args:
        name: As ``mgr export`` takes it.

        title: The tool, for people, with its release.

        tasks: What its files are for.

        forms: How they are written, the usual one first.

        constants: Settings that all its files have.

        export: Writes a file; raises ``UnsupportedExportError``.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    forms: tuple[Form, ...]
    constants: Mapping[str, Any]
    export: Callable[[ExportRequest, Form | None], Exported]


#: Files that are written and read, in the order in which a doubtful file is tried.
DIALECTS: tuple[Dialect, ...] = (AXOLOTL,)

#: Files that are written only.
_LAUNCHERS: tuple[Target, ...] = ()


def _target(dialect: Dialect) -> Target:
    return Target(
        name=dialect.name,
        title=dialect.vocabulary.named,
        tasks=(dialect.task,),
        forms=dialect.forms,
        constants=dialect.constants,
        export=dialect.export,
    )


def targets() -> Mapping[str, Target]:
    """Return every target by name."""
    return MappingProxyType({target.name: target for target in (*map(_target, DIALECTS), *_LAUNCHERS)})
