"""The routes, described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from model_garden_registry.payloads.shapes.catalogue import ComparisonDocument
from model_garden_registry.payloads.shapes.dialects import ExportDocument
from model_garden_registry.payloads.shapes.estimates import InferenceEstimate, TrainingEstimate
from model_garden_registry.payloads.shapes.fits import FitDocument, FitsDocument, PlanDocument
from model_garden_registry.payloads.shapes.hardware import GpusDocument
from model_garden_registry.server.description.replies import SettingsForm
from model_garden_registry.server.description.responses import request_body, responses_of
from model_garden_registry.server.documents.endpoints import DocumentEndpoints


def add_get(router: APIRouter, path: str, endpoint: Callable[..., Any], reply: Any) -> None:
    """Add a route for GET, with its responses, and for HEAD."""
    name = endpoint.__name__
    router.add_api_route(path, endpoint, response_model=reply, responses=responses_of(name), operation_id=name)
    router.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)


def add_documents(router: APIRouter, endpoints: DocumentEndpoints) -> None:
    """Add the routes that answer with a document of the command line, except for exports."""
    _add_question(router, "estimate/training", endpoints.estimate_training, TrainingEstimate)
    _add_question(router, "estimate/inference", endpoints.estimate_inference, InferenceEstimate)
    _add_question(router, "fit", endpoints.fit_models, FitDocument | FitsDocument)
    _add_question(router, "plan", endpoints.plan_gpus, PlanDocument)
    add_get(router, "/gpus", endpoints.list_gpus, GpusDocument)
    add_get(router, "/compare", endpoints.compare_models, ComparisonDocument)
    add_get(router, "/settings/training", endpoints.describe_training, SettingsForm)
    add_get(router, "/settings/inference", endpoints.describe_inference, SettingsForm)


def add_export(router: APIRouter, endpoints: DocumentEndpoints) -> None:
    """Add the route of exports, which has to stand before that of an entry: ids have slashes."""
    add_get(router, "/models/{model_id:registry_model_id}/export/{target}", endpoints.export_model, ExportDocument)


def _add_question(router: APIRouter, route: str, endpoint: Callable[..., Any], reply: Any) -> None:
    name = endpoint.__name__
    router.add_api_route(
        f"/{route}",
        endpoint,
        methods=["POST"],
        response_model=reply,
        responses=responses_of(name),
        operation_id=name,
        openapi_extra=request_body(name),
    )
