"""Questions, as values: what each route takes, with its limits."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from model_garden_registry.api.bounds import (
    GPU_PATTERN,
    LONGEST_GPU,
    LONGEST_ID,
    LONGEST_LIST,
    MOST_ASKED_GPUS,
    MOST_COMPARED,
    MOST_MACHINES,
)
from model_garden_registry.dialects.exporting import Form
from model_garden_registry.entries.tasks import InferenceEngine, Method, Task, TrainingStack
from model_garden_registry.registry.clusters.placing import MOST_REPLICAS

GpuName: TypeAlias = Annotated[str, Field(max_length=LONGEST_GPU, pattern=GPU_PATTERN)]
ModelId: TypeAlias = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
_GpuNames: TypeAlias = Annotated[list[GpuName], Field(min_length=1, max_length=LONGEST_LIST)]
_Machines: TypeAlias = Annotated[list[GpuName], Field(min_length=1, max_length=MOST_MACHINES)]

Config: TypeAlias = Annotated[
    dict[str, Any] | None,
    Field(
        description="Settings that override the entry's, by leaf name, dotted path or nested objects.",
        examples=[{"batch_size": 1, "lora_config": {"r": 8}}],
    ),
]

#: JSON schema for: a count needs a name.
COUNTED: dict[str, Any] = {
    "allOf": [
        {
            "anyOf": [
                {"properties": {"gpus": {"type": "null"}}},
                {"properties": {"gpu": {"type": ["string", "array"]}}, "required": ["gpu"]},
            ]
        }
    ]
}


#: JSON schema for: GPUs or a cluster, not both.
_ONE_SOURCE: dict[str, Any] = {
    "anyOf": [{"properties": {name: {"type": "null"}}} for name in ("gpu", "inventory")],
}
#: The same, and a count needs a name.
JUDGED: dict[str, Any] = {"allOf": [*COUNTED["allOf"], _ONE_SOURCE]}

#: The nodes of a cluster, in a body; read and bounded by ``api.naming``.
InventoryKeys: TypeAlias = Annotated[
    dict[str, Any] | None,
    Field(
        description="Judge the pools of a cluster instead, `mgr.inventory/1`: a model passes in a pool if it passes on "
        f"one kind of its nodes. At most {MOST_MACHINES} pools, and {MOST_MACHINES} kinds of nodes.",
        examples=[{"nodes": [{"name": "dgx[01-16]", "count": 16, "pool": "train", "hardware": "8x H100-80GB"}]}],
    ),
]


class Keys(BaseModel):
    """What is asked; unknown keys are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


_K = TypeVar("_K", bound="Keys")


def one_source(question: _K) -> _K:
    """
    Return a question that names GPUs or a cluster.

    Raises:
        PydanticCustomError: It names both.
    """
    if getattr(question, "inventory", None) is not None and getattr(question, "gpu", None) is not None:
        raise PydanticCustomError("two_sources", "gpu and inventory contradict each other")
    return question


class _Counted(Keys):
    model_config = ConfigDict(json_schema_extra=COUNTED)

    @model_validator(mode="after")
    def _name_what_is_counted(self) -> Self:
        if getattr(self, "gpus", None) is not None and getattr(self, "gpu", None) is None:
            raise PydanticCustomError("gpu_missing", "gpus states a number, but gpu names no GPU")
        return self


class OneModel(_Counted):
    """A model, and how it is to be used."""

    model_id: ModelId = Field(description="Id of the model, or a former one.", examples=["unsloth/tinyllama-bnb-4bit"])
    config: Config = None
    gpu: GpuName | None = Field(None, description="The GPU to judge.", examples=["RTX 4090", "L4:2"])
    gpus: int | None = Field(None, ge=1, le=MOST_ASKED_GPUS, description="How many of `gpu` there are.", examples=[2])


class TrainingEstimateQuestion(OneModel):
    """How much memory it takes to train a model; with a GPU also whether it runs, and what fits at most."""

    task: ClassVar[Task] = "training"
    method: Method | None = Field(None, description="What is trained.", examples=["lora"])
    stack: TrainingStack | None = Field(None, description="Training stack.", examples=["trl"])


class InferenceEstimateQuestion(OneModel):
    """How much memory it takes to serve a model; with a GPU also whether it runs, and what fits at most."""

    task: ClassVar[Task] = "inference"
    engine: InferenceEngine | None = Field(None, description="Serving engine.", examples=["vllm"])


class _EitherTask(Keys):
    task: Task = Field(description="What the models are to be used for.", examples=["training"])
    config: Config = None
    method: Method | None = Field(None, description="What is trained; only for training.", examples=["lora"])
    stack: TrainingStack | None = Field(None, description="Training stack; only for training.", examples=["trl"])
    engine: InferenceEngine | None = Field(None, description="Serving engine; only for inference.", examples=["vllm"])
    limit: int | None = Field(None, ge=1, description="At most this many rows.", examples=[15])

    @model_validator(mode="after")
    def _have_only_what_the_task_has(self) -> Self:
        others = ("engine",) if self.task == "training" else ("method", "stack")
        for name in others:
            if getattr(self, name) is not None:
                raise PydanticCustomError("other_task", f"{name} is not a setting of {self.task}")
        return self


class FitQuestion(_EitherTask, _Counted):
    """Which models run on given GPUs, best first."""

    model_config = ConfigDict(json_schema_extra=JUDGED)

    words: ModelId | Annotated[list[ModelId], Field(max_length=LONGEST_LIST)] | None = Field(
        None,
        description="Ids of models; or words that must all occur in id, name, provider, architecture or tags, with `*` "
        "and `?` as wildcards.",
        examples=[["qwen3*", "instruct"]],
    )
    gpu: GpuName | _Machines | None = Field(
        None,
        description="Judge these GPUs instead of those of the machine that the server runs on; several as a list, or "
        f"with commas, at most {MOST_MACHINES}.",
        examples=["RTX 4090", "L4:2", ["L4", "H100:2"]],
    )
    gpus: int | None = Field(None, ge=1, le=MOST_ASKED_GPUS, description="How many of each `gpu` there are.")
    inventory: InventoryKeys = None

    @model_validator(mode="after")
    def _name_gpus_or_a_cluster(self) -> Self:
        return one_source(self)


class PlanQuestion(_EitherTask):
    """Which known GPUs, or GPUs of a cluster, run a model, and how many of each."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_ONE_SOURCE]})

    model_id: ModelId = Field(description="Id of the model, or a former one.", examples=["Qwen/Qwen3-8B"])
    gpu: GpuName | _GpuNames | None = Field(
        None,
        description="Only these GPUs, without counts; several as a list, or with commas.",
        examples=["L4", ["L4", "H100"]],
    )
    inventory: InventoryKeys = None

    @model_validator(mode="after")
    def _name_gpus_or_a_cluster(self) -> Self:
        return one_source(self)


class GpusQuestion(Keys):
    """Which GPUs can be named."""


class CompareQuestion(Keys):
    """How models differ."""

    id: list[ModelId] = Field(
        min_length=2, max_length=MOST_COMPARED, description="Ids of the models, or former ones; repeated."
    )
    gpu: GpuName | _Machines | None = Field(
        None, description=f"Also the verdict on these GPUs, at most {MOST_MACHINES}.", examples=[["L4"]]
    )


class TrainingSettingsQuestion(Keys):
    """Which settings there are for training."""

    task: ClassVar[Task] = "training"
    model_id: ModelId | None = Field(None, description="The model whose defaults are stated.")
    method: Method | None = Field(None, description="The method whose defaults are stated.")
    stack: TrainingStack | None = Field(None, description="The training stack whose defaults are stated.")


class InferenceSettingsQuestion(Keys):
    """Which settings there are for serving."""

    task: ClassVar[Task] = "inference"
    model_id: ModelId | None = Field(None, description="The model whose defaults are stated.")
    engine: InferenceEngine | None = Field(None, description="The serving engine whose defaults are stated.")


class ExportQuestion(_Counted):
    """A model, written for another tool."""

    target: str = Field(min_length=1, max_length=LONGEST_GPU, description="The tool.", examples=["axolotl"])
    model_id: ModelId = Field(description="Id of the model, or a former one.")
    config: Config = None
    task: Task | None = Field(None, description="For a tool with both tasks; without it the first one supported.")
    form: Form | None = Field(None, description="How it is written; without it the tool's usual form.")
    method: Method | None = Field(None, description="What is trained.")
    stack: TrainingStack | None = Field(None, description="Training stack.")
    engine: InferenceEngine | None = Field(None, description="Serving engine.")
    gpu: GpuName | None = Field(None, description="The GPU that the model is split for.", examples=["L4:2"])
    gpus: int | None = Field(None, ge=1, le=MOST_ASKED_GPUS, description="How many of `gpu` there are.")
    replicas: int = Field(
        1, ge=1, le=MOST_REPLICAS, description="Copies of a server, for a tool that starts several.", examples=[2]
    )


AnyQuestion: TypeAlias = (
    TrainingEstimateQuestion
    | InferenceEstimateQuestion
    | FitQuestion
    | PlanQuestion
    | GpusQuestion
    | CompareQuestion
    | TrainingSettingsQuestion
    | InferenceSettingsQuestion
    | ExportQuestion
)
#: By the name of the route; an export's has its target behind it.
ROUTES: dict[str, type[AnyQuestion]] = {
    "estimate/training": TrainingEstimateQuestion,
    "estimate/inference": InferenceEstimateQuestion,
    "fit": FitQuestion,
    "plan": PlanQuestion,
    "gpus": GpusQuestion,
    "compare": CompareQuestion,
    "settings/training": TrainingSettingsQuestion,
    "settings/inference": InferenceSettingsQuestion,
    "export": ExportQuestion,
}
