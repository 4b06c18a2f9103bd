"""An endpoint for each route."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from model_garden_registry.api.asked import (
    AnyQuestion,
    FitQuestion,
    InferenceEstimateQuestion,
    PlanQuestion,
    TrainingEstimateQuestion,
)
from model_garden_registry.api.bounds import LONGEST_GPU, LONGEST_ID
from model_garden_registry.api.reading import question_of
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.server.documents.asking import answered
from model_garden_registry.server.documents.queries import (
    Keys,
    compare_keys,
    export_keys,
    inference_settings_keys,
    training_settings_keys,
)
from model_garden_registry.server.live.hardware_cache import HardwareCache
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.questions.bodies import question_in, read_body


class DocumentEndpoints:
    """
    The endpoints.

    Args:
        live: The registry in use.

        hardware: The hardware of this machine.
    """

    def __init__(self, live: LiveRegistry, hardware: HardwareCache) -> None:
        self._live = live
        self._hardware = hardware

    async def estimate_training(self, request: Request) -> Response:
        """Return the memory for training a model, part by part, as `mgr estimate training --json` does."""
        return await self._answered(request, question_in(await read_body(request), TrainingEstimateQuestion))

    async def estimate_inference(self, request: Request) -> Response:
        """Return the memory for serving a model, part by part, as `mgr estimate inference --json` does."""
        return await self._answered(request, question_in(await read_body(request), InferenceEstimateQuestion))

    async def fit_models(self, request: Request) -> Response:
        """Return which models run on given GPUs, or on those of the server's machine, as `mgr fit --json` does."""
        question = question_in(await read_body(request), FitQuestion)
        is_named = question.gpu is not None or question.inventory is not None
        here = None if is_named else await self._hardware.current()
        return await self._answered(request, question, here)

    async def plan_gpus(self, request: Request) -> Response:
        """Return which known GPUs, or GPUs of a cluster, run a model, and how many, as `mgr plan --json` does."""
        return await self._answered(request, question_in(await read_body(request), PlanQuestion))

    async def list_gpus(self, request: Request) -> Response:
        """Return the GPUs that can be named."""
        return await self._answered(request, question_of("gpus", {}))

    async def compare_models(self, request: Request, keys: Annotated[Keys, Depends(compare_keys)]) -> Response:
        """Return models side by side, as `mgr compare --json` does."""
        return await self._answered(request, question_of("compare", keys, place="query"))

    async def describe_training(
        self, request: Request, keys: Annotated[Keys, Depends(training_settings_keys)]
    ) -> Response:
        """Return the settings for training as a JSON schema, for a form: types, bounds, allowed values, defaults."""
        return await self._answered(request, question_of("settings/training", keys, place="query"))

    async def describe_inference(
        self, request: Request, keys: Annotated[Keys, Depends(inference_settings_keys)]
    ) -> Response:
        """Return the settings for serving as a JSON schema, for a form: types, bounds, allowed values, defaults."""
        return await self._answered(request, question_of("settings/inference", keys, place="query"))

    async def export_model(
        self,
        request: Request,
        model_id: Annotated[str, Path(max_length=LONGEST_ID)],
        target: Annotated[str, Path(max_length=LONGEST_GPU, examples=["axolotl"])],
        keys: Annotated[Keys, Depends(export_keys)],
    ) -> Response:
        """Return a model with its settings as a file or command of another tool, as `mgr export --json` does."""
        question = question_of(f"export/{target}", {**keys, "model_id": model_id}, place="query")
        return await self._answered(request, question)

    async def _answered(self, request: Request, question: AnyQuestion, here: Hardware | None = None) -> Response:
        return await answered(self._live, request, lambda snapshot: snapshot.document(question, here))
