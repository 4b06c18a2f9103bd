"""A placement, as values: which models are on which nodes, how many replicas fit at once, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal

from model_garden_registry.entries.settings.merging import Layer
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.placement.kinds import LeftOut
from model_garden_registry.reports import Report

#: What packs the models.
SolverName = Literal["cpsat", "first-fit"]


class Quality(StrEnum):
    """What is known of a packing."""

    OPTIMAL = "optimal"
    BEST_FOUND = "best-found"
    FIRST_FIT = "first-fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """
    The GPUs of one kind in the nodes of one pool.

    Args:
        name: Their name.

        is_sliced: Whether they are MIG slices.

        device_bytes: Memory of each; 0 if unknown.
    """

    pool: str
    name: str
    is_sliced: bool
    device_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """
    What the nodes of a pool with GPUs of one kind are to a model.

    Args:
        gpus: How many GPUs of a node a replica takes; None if it does not run there.

        span: How many nodes a replica spans.

        at_once: How many replicas fit on these nodes, with nothing else on them.

        more: How many more replicas fit on them, beside all that is placed.

        problem: Why it does not run there.

        report: The verdict behind it; None if there is none, because all GPUs are in use.
    """

    devices: Devices
    gpus: int | None
    span: int = 1
    at_once: int = 0
    more: int = 0
    problem: str | None = None
    report: Report | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """
    Replicas of a model on GPUs of one kind in one pool.

    Args:
        entries: The names of the entries of the inventory whose nodes they are on.

        nodes: On how many nodes they are.

        replicas: How many on all of them together.

        gpus: How many GPUs of a node each of them takes.

        span: How many nodes each of them spans.

        offered: How a job asks for the GPUs; None if the inventory does not say.

        report: The verdict on exactly these GPUs of a node.
    """

    devices: Devices
    entries: tuple[str, ...]
    nodes: int
    replicas: int
    gpus: int
    span: int
    offered: Offer | None = None
    report: Report = field(repr=False)

    @property
    def total_gpus(self) -> int:
        """How many GPUs they take together."""
        return self.replicas * self.gpus * self.span


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedModel:
    """
    A model, and where it is.

    Args:
        subject: Its id.

        asked: The id as the user wrote it, where that is another.

        replicas: How many replicas were asked for.

        is_placed: Whether all of them have a place; else none has.

        seats: Their places; empty for a model that needs no GPU.

        options: What each kind of node is to it.

        problem: Why it is not placed.
    """

    subject: str
    asked: str | None
    replicas: int
    is_placed: bool
    seats: tuple[Seat, ...] = ()
    options: tuple[Option, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """
    Replicas of one model on one node, or a part of one.

    Args:
        subject: The id of the model.

        gpus: How many GPUs of the node each replica takes.

        nodes: How many nodes each replica spans: on this one is a part of it.
    """

    subject: str
    replicas: int
    gpus: int
    nodes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    Nodes of one entry of an inventory that have the same on their GPUs of one kind.

    Args:
        node: The name of the entry.

        count: How many nodes.

        gpus: How many GPUs each of them has, of this kind.

        free: How many of these could be used.

        hosted: What is on them.

        offered: How a job asks for the GPUs; None if the inventory does not say.
    """

    devices: Devices
    node: str
    count: int
    gpus: int
    free: int
    hosted: tuple[Hosted, ...]
    offered: Offer | None = None

    @property
    def used(self) -> int:
        """How many GPUs of each node are given to models."""
        return sum(one.replicas * one.gpus for one in self.hosted)

    @property
    def left(self) -> int:
        """How many GPUs of each node could still be used."""
        return self.free - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """
    The GPUs of one kind in a pool, counted.

    Args:
        nodes: How many nodes.

        gpus: How many GPUs they have together.

        busy: How many of them were in use before.

        used: How many are given to models.

        most_left: How many are left at most on one node.
    """

    devices: Devices
    nodes: int
    gpus: int
    busy: int
    used: int
    most_left: int

    @property
    def left(self) -> int:
        """How many are left."""
        return self.gpus - self.busy - self.used


@dataclass(frozen=True, kw_only=True)
class Placement:
    """
    Which models go on which nodes.

    Args:
        source: The source of the inventory.

        as_of: The moment when the source knew it.

        models: The models, in the order in which they were asked for.

        layouts: The nodes with what is on them.

        left_out: Nodes on which nothing is placed, each with its reason.

        solver: What packed the models.

        quality: What is known of the result.

        seconds: How long CP-SAT was allowed to search.

        idle_bytes: Memory that no replica needs, on nodes with at least one: their GPUs of the same kind.

        note: What the user should know about the solver; empty if nothing.

        overrides: Settings other than the models' own.
    """

    task: Task
    source: str
    as_of: str | None
    models: tuple[PlacedModel, ...]
    layouts: tuple[Layout, ...] = field(repr=False)
    left_out: tuple[LeftOut, ...]
    solver: SolverName
    quality: Quality
    seconds: float
    idle_bytes: int
    note: str = ""
    overrides: tuple[Layer, ...] = field(default=(), repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether every model has a place."""
        return all(model.is_placed for model in self.models)

    @property
    def gpus(self) -> int:
        """How many GPUs and MIG slices are given to models."""
        return sum(one.count * one.used for one in self.layouts)

    @cached_property
    def stocks(self) -> tuple[Stock, ...]:
        """The GPUs of each kind in each pool, in the order of the pools' names, largest GPUs first."""
        each: dict[Devices, list[Layout]] = {}
        for layout in self.layouts:
            each.setdefault(layout.devices, []).append(layout)
        ordered = sorted(each, key=lambda one: (one.pool, -one.device_bytes, one.name))
        return tuple(_stock(devices, each[devices]) for devices in ordered)


def _stock(devices: Devices, layouts: list[Layout]) -> Stock:
    return Stock(
        devices=devices,
        nodes=sum(one.count for one in layouts),
        gpus=sum(one.count * one.gpus for one in layouts),
        busy=sum(one.count * (one.gpus - one.free) for one in layouts),
        used=sum(one.count * one.used for one in layouts),
        most_left=max(one.left for one in layouts),
    )
