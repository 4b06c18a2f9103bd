"""The keys of a query, as the keys of a question."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic_core import from_json

from model_garden_registry.api.asked import GpuName, ModelId
from model_garden_registry.api.bounds import MOST_ASKED_GPUS, MOST_COMPARED, MOST_MACHINES
from model_garden_registry.api.invalid_questions import InvalidQuestionError, wrong_part
from model_garden_registry.api.strict_keys import repeated_key
from model_garden_registry.dialects.exporting import Form
from model_garden_registry.entries.tasks import InferenceEngine, Method, Task, TrainingStack
from model_garden_registry.registry.clusters.placing import MOST_REPLICAS

Keys = dict[str, Any]


async def compare_keys(
    *,
    id: Annotated[  # noqa: A002  (a name of the interface)
        list[ModelId],
        Query(
            min_length=2,
            max_length=MOST_COMPARED,
            description="Ids of the models, or former ones; repeated.",
            examples=[["Qwen/Qwen3-4B", "Qwen/Qwen3-8B"]],
        ),
    ],
    gpu: Annotated[
        list[GpuName],
        Query(
            default_factory=list,
            max_length=MOST_MACHINES,
            description=f"Also the verdict on this GPU, or several of it; may be repeated, at most {MOST_MACHINES}.",
            examples=[["L4", "a100-80gb:2"]],
        ),
    ],
) -> Keys:
    """Read the query of a comparison."""
    return _given(id=id, gpu=gpu or None)


_Model = Annotated[
    ModelId | None, Query(description="The model whose defaults are stated.", examples=["Qwen/Qwen3-8B"])
]


async def training_settings_keys(
    *,
    model_id: _Model = None,
    method: Annotated[Method | None, Query(description="The method whose defaults are stated.")] = None,
    stack: Annotated[TrainingStack | None, Query(description="The training stack whose defaults are stated.")] = None,
) -> Keys:
    """Read the query of the settings for training."""
    return _given(model_id=model_id, method=method, stack=stack)


async def inference_settings_keys(
    *,
    model_id: _Model = None,
    engine: Annotated[
        InferenceEngine | None, Query(description="The serving engine whose defaults are stated.")
    ] = None,
) -> Keys:
    """Read the query of the settings for serving."""
    return _given(model_id=model_id, engine=engine)


async def export_keys(
    *,
    config: Annotated[
        str | None,
        Query(
            min_length=1,
            description="Settings that override the entry's, as a JSON object.",
            examples=['{"batch_size": 1, "lora_config": {"r": 8}}'],
        ),
    ] = None,
    task: Annotated[
        Task | None, Query(description="For a tool with both tasks; without it the first that the model supports.")
    ] = None,
    form: Annotated[Form | None, Query(description="How it is written; without it the tool's usual form.")] = None,
    method: Annotated[Method | None, Query(description="What is trained.")] = None,
    stack: Annotated[TrainingStack | None, Query(description="Training stack.")] = None,
    engine: Annotated[InferenceEngine | None, Query(description="Serving engine.")] = None,
    gpu: Annotated[
        GpuName | None,
        Query(description="The GPU, or several of it, that the model is split for.", examples=["L4:2"]),
    ] = None,
    gpus: Annotated[int | None, Query(ge=1, le=MOST_ASKED_GPUS, description="How many of `gpu` there are.")] = None,
    replicas: Annotated[
        int | None,
        Query(ge=1, le=MOST_REPLICAS, description="Copies of a server, for a tool that starts several; 1 without it."),
    ] = None,
) -> Keys:
    """
    Read the query of an export.

    Raises:
        InvalidQuestionError: ``config`` is no JSON object.
    """
    settings = None if config is None else _object(config)
    return _given(
        config=settings,
        task=task,
        form=form,
        method=method,
        stack=stack,
        engine=engine,
        gpu=gpu,
        gpus=gpus,
        replicas=replicas,
    )


def _object(text: str) -> object:
    try:
        found: object = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise wrong_part("json_invalid", ["query", "config"], f"Not JSON: {error}") from None
    if isinstance(found, dict) and (wrong := repeated_key(text.encode())):
        raise InvalidQuestionError(wrong)
    return found


def _given(**keys: object) -> Keys:
    return {name: value for name, value in keys.items() if value is not None}
