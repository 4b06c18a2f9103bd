"""All targets by name, and the dialects among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import Exported, ExportRequest, Form
from model_garden_registry.dialects.launching.launchers import LAUNCHERS, Launcher
from model_garden_registry.dialects.ray_serve.dialect import RAY_SERVE
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL
from model_garden_registry.dialects.training.huggingface.peft import PEFT
from model_garden_registry.dialects.training.huggingface.transformers import TRANSFORMERS
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.training.huggingface.unsloth import UNSLOTH
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.entries.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """
    A tool that a model can be exported for.

    Args:
        name: As ``mgr export`` takes it.

        title: The tool with its release, for people.

        tasks: Tasks of its files.

        forms: Their formats, the usual one first.

        constants: Settings that are the same in all its files.

        preferred: Settings that an export writes unless the user sets others.

        export: Returns a file; raises ``UnsupportedExportError``.

        is_read: Whether its files, or the commands in them, are read as well.

        has_replicas: Whether its files can start several copies of a server.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    forms: tuple[Form, ...]
    constants: Mapping[str, Any]
    preferred: Mapping[str, Any]
    export: Callable[[ExportRequest, Form | None], Exported]
    is_read: bool = False
    has_replicas: bool = False


#: Files that are written and read, in the order in which an ambiguous file is tried.
DIALECTS: tuple[Dialect, ...] = (TRL, PEFT, TRANSFORMERS, AXOLOTL, LLAMA_FACTORY, MS_SWIFT, VLLM, SGLANG, RAY_SERVE)
#: Programs that are written only, also by rules.
_PROGRAMS: tuple[Dialect, ...] = (UNSLOTH,)

#: Files that start one of them on some platform: only the command in them is read.
_LAUNCHERS: tuple[Launcher, ...] = LAUNCHERS


def every_dialect() -> tuple[Dialect, ...]:
    """Return every tool whose files are written and read."""
    return DIALECTS


def written_dialects() -> tuple[Dialect, ...]:
    """Return every tool whose files are written by rules, whether they are read or not."""
    return (*every_dialect(), *_PROGRAMS)


def target_of_dialect(dialect: Dialect) -> Target:
    """Return the export target of a tool."""
    return Target(
        name=dialect.name,
        title=dialect.vocabulary.named,
        tasks=(dialect.task,),
        forms=dialect.forms,
        constants=dialect.constants,
        preferred=dialect.preferred,
        export=dialect.export,
        is_read=dialect not in _PROGRAMS,
        has_replicas=dialect.has_replicas,
    )


def _started(launcher: Launcher) -> Target:
    return Target(
        name=launcher.name,
        title=launcher.title,
        tasks=launcher.tasks,
        forms=(launcher.form,),
        constants={},
        preferred={},
        export=launcher.export,
        is_read=True,
        has_replicas=True,
    )


def targets() -> Mapping[str, Target]:
    """Return every target by name."""
    found = (*map(target_of_dialect, written_dialects()), *map(_started, _LAUNCHERS))
    return MappingProxyType({target.name: target for target in found})
