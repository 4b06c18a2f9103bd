"""What runs on which hardware: models in buckets, and hardware for a model."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from model_garden_registry.checks.buckets import Bucket
from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.payloads.shapes.hardware import MachineDocument
from model_garden_registry.payloads.shapes.reports import RemedyDocument, ServedWith, SplitDocument, TrainedWith
from model_garden_registry.payloads.shapes.shape import Shape, absent


class UsedGpusDocument(Shape):
    """How many GPUs one model uses."""

    used: int | None = Field(description="GPUs that take part; null without settings.")
    there: int = Field(description="GPUs that CUDA would see.")


class _Batch(TrainedWith):
    batch_size: int | None = Field(description="Sequences per step and GPU.")
    max_seq_length: int | None = Field(description="Tokens of each sequence.")


class _Judged(Shape):
    verdict: Verdict
    split: SplitDocument | None
    gpu_gb: Number | None = Field(description="Memory of each GPU; null if unknown.")
    expected_gb: Number | None = Field(description="The likely peak on each GPU.")
    safe_gb: Number | None = Field(description="What each GPU should have.")
    share: Number | None = Field(description="`safe_gb` as a share of `gpu_gb`.")


class _Fit(_Judged):
    id: str
    parameters: str = Field(description="Size in words.")
    bucket: Bucket
    pool: str = absent("The pool of the cluster; missing on a machine.")
    reason: str | None = Field(description="The first failure in one sentence.")
    gpu: str = Field(description="Names of the GPUs that were judged.")
    gpus: UsedGpusDocument
    coarse: bool | None = Field(description="Whether the shape was guessed from the number of parameters.")
    remedies: list[RemedyDocument] = Field(description="The best remedy, if any.")


class TrainingFit(_Fit, _Batch):
    """Whether one model can be trained on given hardware."""


class InferenceFit(_Fit, ServedWith):
    """Whether one model can be served on given hardware."""


class _Fits(Shape):
    format: Literal["mgr.fit/1"]
    pool: str = absent("The pool of the cluster, whose `hardware` is one kind of its nodes; missing on a machine.")
    hardware: MachineDocument
    counts: dict[Bucket, int] = Field(description="How many models are in each bucket.")


class TrainingFits(_Fits):
    """Which models can be trained on given hardware, best first."""

    task: Literal["training"]
    models: list[TrainingFit]


class InferenceFits(_Fits):
    """Which models can be served on given hardware, best first."""

    task: Literal["inference"]
    models: list[InferenceFit]


FitDocument: TypeAlias = TrainingFits | InferenceFits


class FitsDocument(Shape):
    """Which models run on several machines."""

    format: Literal["mgr.fits/1"]
    task: Task
    fits: list[FitDocument]


class _Choice(_Judged):
    pool: str = absent("The pool of the cluster; missing for the table of known GPUs.")
    gpu: str = Field(description="Name of the GPU in the table of known GPUs, or in the pool.")
    count: int = Field(description="How many of them; of a pool, all in one node.")
    total_gb: Number = Field(description="Memory of all of them together.")


class TrainingChoice(_Choice, _Batch):
    """Hardware on which one model can be trained."""


class InferenceChoice(_Choice, ServedWith):
    """Hardware on which one model can be served."""


class RefusedPoolDocument(Shape):
    """A pool of a cluster in which no node runs a model."""

    pool: str
    reason: str | None = Field(description="Why the largest of its nodes does not run it.")


class _Plan(Shape):
    format: Literal["mgr.plan/1"]
    id: str
    total: int = Field(description="How many choices there are, whatever --limit says.")
    refused: str | None = Field(description="Why the largest of the others does not run it; null if all do.")
    refused_pools: list[RefusedPoolDocument] = absent("Pools in which no node runs it; missing if there are none.")


class TrainingPlan(_Plan):
    """Hardware on which one model can be trained, least memory first."""

    task: Literal["training"]
    choices: list[TrainingChoice]


class InferencePlan(_Plan):
    """Hardware on which one model can be served, least memory first."""

    task: Literal["inference"]
    choices: list[InferenceChoice]


PlanDocument: TypeAlias = TrainingPlan | InferencePlan
