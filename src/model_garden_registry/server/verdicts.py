"""The answers to questions about a model and a task."""

from __future__ import annotations

from typing import Any

from model_garden_registry.checks.validation import could_not_check
from model_garden_registry.entries.merging import Layer
from model_garden_registry.entries.settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidEntryError, UnknownModelError
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.envelopes import no_verdict, verdict
from model_garden_registry.server.failures import not_found_text
from model_garden_registry.server.validate_questions import ValidateQuestion


def answer(registry: ModelRegistry, task: Task, question: ValidateQuestion) -> dict[str, Any]:
    """
    Judge a model as ``mgr validate`` does.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value does not fit it.
    """
    try:
        report = registry.validate(question.model_id, task, overrides=_layers(question))
    except UnknownModelError as error:
        return no_verdict(error, not_found_text(error.model_id))
    except InvalidEntryError as error:
        report = could_not_check(question.model_id, task, error)
    return verdict(report)


def _layers(question: ValidateQuestion) -> tuple[Layer, ...]:
    """Give what a question changes, weakest first, as ``--method`` and ``--set`` do on a command line."""
    given = {"method": {"method": question.method} if question.method else None, "config": question.config}
    return tuple(Layer(values, Origin(OriginKind.OVERRIDE, name)) for name, values in given.items() if values)
