"""The router of the registry: for this package's application, and for any other that includes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from model_garden_registry.api.bounds import LONGEST_ID
from model_garden_registry.entries.tasks import Task
from model_garden_registry.files.location import StrPath
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.payloads.hardware import snapshot_document
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.description.replies import (
    CategoriesReply,
    HardwareReply,
    ModelReply,
    ModelsReply,
    VerdictReply,
)
from model_garden_registry.server.description.responses import request_body, responses_of
from model_garden_registry.server.documents.asking import Ask, answered
from model_garden_registry.server.documents.endpoints import DocumentEndpoints
from model_garden_registry.server.documents.routes import add_documents, add_export, add_get
from model_garden_registry.server.guarded_route import route_with_keys
from model_garden_registry.server.live.answers import Answer
from model_garden_registry.server.live.hardware_cache import HardwareCache
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.snapshots import Snapshot
from model_garden_registry.server.questions.asked import ListQuestion
from model_garden_registry.server.questions.bodies import Refused
from model_garden_registry.server.questions.list_questions import list_question
from model_garden_registry.server.questions.validate_questions import read_question
from model_garden_registry.server.replies.bodies import json_body
from model_garden_registry.server.replies.envelopes import success
from model_garden_registry.server.replies.failures import refusal_response
from model_garden_registry.server.replies.replies import response_with

#: The path that the application's clients use.
PREFIX = "/api/v1/registry"


class _ModelId(Convertor[str]):
    """The rest of a path, with slashes and line breaks; the framework's own ``path`` stops at a line break."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("registry_model_id", _ModelId())


def registry_router(
    registry: ModelRegistry | LiveRegistry | StrPath | None = None, *, other_keys: Iterable[str] = ()
) -> APIRouter:
    """
    Return the router of a registry.

    An application includes it with ``app.include_router(registry_router())`` and needs nothing else. The file is read
    now and followed from then on; while it is missing or broken, the answer is 503.

    Args:
        registry: A registry, whose file is followed, or the path of one; without it, the file that ``find_registry``
            finds.

        other_keys: Keys of a query that the application itself reads, such as a password; other unknown keys are
            answered with 422.
    """
    live = registry if isinstance(registry, LiveRegistry) else LiveRegistry(registry)
    hardware = HardwareCache()
    endpoints, documents = _Endpoints(live, hardware), DocumentEndpoints(live, hardware)
    router = APIRouter(prefix=PREFIX, tags=["registry"], route_class=route_with_keys(other_keys))
    add_get(router, "/models", endpoints.list_models, ModelsReply)
    add_export(router, documents)
    add_get(router, "/models/{model_id:registry_model_id}", endpoints.show_model, ModelReply)
    router.add_api_route("/models/", endpoints.list_models, methods=["GET", "HEAD"], include_in_schema=False)
    add_get(router, "/categories", endpoints.list_categories, CategoriesReply)
    add_get(router, "/hardware", endpoints.read_hardware, HardwareReply)
    _add_question(router, "training", endpoints.validate_training)
    _add_question(router, "inference", endpoints.validate_inference)
    add_documents(router, documents)
    return router


def _add_question(router: APIRouter, task: Task, endpoint: Callable[..., Any]) -> None:
    router.add_api_route(
        f"/validate/{task}",
        endpoint,
        methods=["POST"],
        response_model=VerdictReply,
        responses=responses_of(endpoint.__name__),
        operation_id=endpoint.__name__,
        openapi_extra=request_body(endpoint.__name__),
    )


#: For a list of what fits, without any known GPU.
_NO_DRIVER = [
    {"type": "no_driver", "loc": ["query", "fits"], "msg": "there is no NVIDIA driver here; name a GPU with gpu"}
]


class _Endpoints:
    def __init__(self, live: LiveRegistry, hardware: HardwareCache) -> None:
        self._live = live
        self._hardware = hardware

    async def list_models(
        self, request: Request, question: Annotated[ListQuestion, Depends(list_question)]
    ) -> Response:
        """List models, as `mgr list --json` does."""
        query = request.scope["query_string"]

        async def ask(snapshot: Snapshot) -> Answer:
            return await snapshot.list(question, query, await self._machine(question))

        return await self._answered(request, ask)

    async def _machine(self, question: ListQuestion) -> Hardware | None:
        """Return the hardware of this machine, if the models of a list must fit on it."""
        if question.gpu is not None or not question.fits:
            return None
        here = await self._hardware.current()
        if here.state is DriverState.NO_LIBRARY:
            raise Refused(refusal_response(422, _NO_DRIVER))
        return here

    async def show_model(self, request: Request, model_id: Annotated[str, Path(max_length=LONGEST_ID)]) -> Response:
        """Show one model, as `mgr show --json` does. An id may be written with its slashes or with `%2F`."""
        return await self._answered(request, lambda snapshot: snapshot.model(model_id))

    async def list_categories(self, request: Request) -> Response:
        """List the categories by key."""
        return response_with((await self._live.current()).reading.categories, request)

    async def read_hardware(self, request: Request) -> Response:
        """Return the hardware of the server's machine, as `mgr hardware --json` does; read every few seconds."""
        return response_with(json_body(success(snapshot_document(await self._hardware.current()))), request)

    async def validate_training(self, request: Request) -> Response:
        """Return whether a model can be trained, as `mgr validate training --json` does."""
        return await self._validate(request, "training")

    async def validate_inference(self, request: Request) -> Response:
        """Return whether a model can be served, as `mgr validate inference --json` does."""
        return await self._validate(request, "inference")

    async def _validate(self, request: Request, task: Task) -> Response:
        question = await read_question(request, task)

        async def ask(snapshot: Snapshot) -> Answer:
            answer = await snapshot.verdict(task, question, None)
            if answer.body is None:
                answer = await snapshot.verdict(task, question, await self._hardware.current())
            return answer

        return await self._answered(request, ask)

    async def _answered(self, request: Request, ask: Ask) -> Response:
        return await answered(self._live, request, ask)
