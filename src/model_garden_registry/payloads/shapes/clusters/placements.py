"""Which models go on which nodes of a cluster."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from model_garden_registry.entries.part import Number
from model_garden_registry.entries.tasks import Task
from model_garden_registry.findings import Verdict
from model_garden_registry.payloads.shapes.reports import SplitDocument
from model_garden_registry.payloads.shapes.shape import Shape, absent
from model_garden_registry.placement.placements import Quality, SolverName


class _OnDevices(Shape):
    pool: str
    gpu: str = Field(description="Name of the GPUs, or of the MIG slices.")
    is_slice: bool = Field(description="Whether they are MIG slices: each counts as a GPU.")
    gpu_gb: Number | None = Field(description="Memory of each; null if unknown.")


class PlaceDocument(_OnDevices):
    """Replicas of a model on GPUs of one kind in one pool."""

    entries: list[str] = Field(description="Names of the inventory's entries that they are on.")
    nodes: int = Field(description="On how many nodes.")
    replicas: int = Field(description="How many on all of these nodes.")
    gpus: int = Field(description="GPUs of a node that each replica takes.")
    span: int = Field(description="Nodes over which each replica is spread.")
    verdict: Verdict = Field(description="On exactly these GPUs.")
    split: SplitDocument | None
    changes: dict[str, Any] = Field(description="Settings that were chosen for these GPUs.")
    expected_gb: Number | None = Field(description="The likely peak on each GPU.")
    safe_gb: Number | None = Field(description="What each GPU should have.")


class OptionDocument(_OnDevices):
    """What the GPUs of one kind in one pool are to a model."""

    gpus: int | None = Field(description="GPUs of a node that a replica takes; null if it does not run there.")
    span: int = Field(description="Nodes over which a replica is spread.")
    at_once: int = Field(description="Replicas that fit there, with nothing else on the nodes.")
    more: int = Field(description="Replicas that fit there beside all that is placed.")
    verdict: Verdict | None = Field(description="Null if all these GPUs are in use, or the model cannot be judged.")
    reason: str | None = Field(description="Why it does not run there; null if it does.")


class PlacedModelDocument(Shape):
    """A model with its places: all replicas have one, or none has."""

    id: str
    asked: str = absent(description="The id as it was asked for, where it is not the model's own.")
    replicas: int = Field(description="How many were asked for.")
    is_placed: bool
    reason: str | None = Field(description="Why it is not placed; null if it is.")
    places: list[PlaceDocument] = Field(description="Empty for a model that needs no GPU.")
    options: list[OptionDocument]


class HostedDocument(Shape):
    """Replicas of a model on one node."""

    id: str
    replicas: int
    gpus: int = Field(description="GPUs of the node that each of them takes.")
    span: int = Field(description="Nodes over which each is spread: on this one is a part of it.")


class NodesDocument(_OnDevices):
    """Nodes of one entry of the inventory that have the same on their GPUs of one kind."""

    node: str = Field(description="Name of the entry.")
    count: int = Field(description="How many nodes.")
    gpus: int = Field(description="GPUs of each of them, of this kind.")
    free: int = Field(description="How many of these could be used.")
    left: int = Field(description="How many are left.")
    models: list[HostedDocument]


class StockDocument(_OnDevices):
    """The GPUs of one kind in one pool, counted."""

    nodes: int
    gpus: int = Field(description="GPUs of all nodes.")
    busy: int = Field(description="GPUs that were in use before.")
    used: int = Field(description="GPUs that are given to models.")
    left: int
    most_left: int = Field(description="GPUs that are left on the node with most of them.")


class LeftOutDocument(Shape):
    """Nodes on which nothing is placed."""

    pool: str
    node: str
    count: int
    reason: str


class PlacedOnDocument(Shape):
    """The inventory."""

    source: str
    as_of: str | None = Field(description="When the source knew it; null if it does not say.")


class PlacementDocument(Shape):
    """Which models go on which nodes of a cluster."""

    format: Literal["mgr.placement/1"]
    task: Task
    inventory: PlacedOnDocument
    solver: SolverName = Field(description="What packed the models.")
    quality: Quality = Field(description="Whether no packing is better, the search ended early, or it is first-fit's.")
    seconds: Number = Field(description="How long CP-SAT may search.")
    note: str | None = Field(description="What to know about the solver.")
    is_complete: bool = Field(description="Whether every model has a place.")
    gpus: int = Field(description="GPUs and MIG slices that are given to models.")
    idle_gb: Number = Field(description="Memory that no replica needs, of GPUs on nodes with at least one.")
    models: list[PlacedModelDocument] = Field(description="In the order in which they were asked for.")
    nodes: list[NodesDocument]
    pools: list[StockDocument]
    left_out: list[LeftOutDocument]
