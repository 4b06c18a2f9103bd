"""The answer to each question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, assert_never

from model_garden_registry.api.asked import (
    AnyQuestion,
    CompareQuestion,
    ExportQuestion,
    FitQuestion,
    GpusQuestion,
    InferenceEstimateQuestion,
    InferenceSettingsQuestion,
    PlanQuestion,
    TrainingEstimateQuestion,
    TrainingSettingsQuestion,
)
from model_garden_registry.api.failures import failure_document, failure_status
from model_garden_registry.api.fitting import Steps, fit_steps, plan_steps
from model_garden_registry.api.forms import settings_form
from model_garden_registry.api.judging import compare_answer, estimate_answer, export_answer
from model_garden_registry.api.reading import question_of
from model_garden_registry.errors import RegistryError
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.payloads.hardware import gpus_document
from model_garden_registry.registry.model_registry import ModelRegistry


def answer(
    registry: ModelRegistry, route: str, keys: Mapping[str, object], *, here: Hardware | None = None
) -> dict[str, Any]:
    """
    Return the document that the command line prints for the same question with ``--json``.

    Args:
        route: ``estimate/training``, ``estimate/inference``, ``fit``, ``plan``, ``gpus``, ``compare``,
            ``settings/training``, ``settings/inference``, or ``export/TARGET``.

        keys: Those of the request, as parsed from JSON; for an export with ``model_id``.

        here: The hardware of this machine, for a ``fit`` that names no GPU.

    Raises:
        InvalidQuestionError: A key or a value is not valid; it has the document that HTTP answers with status 422.

        RegistryError: There is no answer.
    """
    *_, found = steps(registry, question_of(route, keys), here)
    assert found is not None
    return found


def reply(
    registry: ModelRegistry, route: str, keys: Mapping[str, object], *, here: Hardware | None = None
) -> tuple[int, dict[str, Any]]:
    """Return what HTTP answers: status, and document; the arguments are those of ``answer``."""
    try:
        return 200, answer(registry, route, keys, here=here)
    except RegistryError as error:
        return failure_status(error), failure_document(error)


def steps(
    registry: ModelRegistry, question: AnyQuestion, here: Hardware | None = None
) -> Iterator[dict[str, Any] | None]:
    """
    Yield None at each pause in which something else can be done, then the document.

    Raises:
        RegistryError: There is no answer.
    """
    match question:
        case FitQuestion():
            yield from _with_result(fit_steps(registry, question, here))
        case PlanQuestion():
            yield from _with_result(plan_steps(registry, question))
        case TrainingEstimateQuestion() | InferenceEstimateQuestion():
            yield estimate_answer(registry, question)
        case ExportQuestion():
            yield export_answer(registry, question)
        case TrainingSettingsQuestion() | InferenceSettingsQuestion():
            yield settings_form(registry, question)
        case CompareQuestion():
            yield compare_answer(registry, question)
        case GpusQuestion():
            yield known_gpus()
        case _:
            assert_never(question)


@cache
def known_gpus() -> dict[str, Any]:
    """Return ``mgr.gpus/1``: the same for every registry."""
    return gpus_document(gpu_table())


def _with_result(work: Steps) -> Iterator[dict[str, Any] | None]:
    found = yield from work
    yield found
