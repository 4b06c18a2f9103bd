"""What is wrong with a placement: nodes lost or made up, GPUs used twice, and what ``validate`` refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from model_garden_registry import ModelRegistry
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.placement.placements import Placement


def part_of(hardware: Hardware, gpus: int) -> Hardware:
    """Return so many of a node's GPUs; of a MIG slice, the first."""
    return hardware if hardware.gpus[0].slices else replace(hardware, gpus=hardware.gpus[:gpus])


def faults(placement: Placement, there: Inventory, registry: ModelRegistry, **asked: Any) -> Iterable[str]:
    """Yield what is wrong with a placement."""
    by_name = {node.name: node for node in there.nodes}
    counted: Counter[str] = Counter()
    for layout in placement.layouts:
        counted[layout.node] += layout.count
        gpus = len(known_gpu_of(by_name[layout.node]))
        free = by_name[layout.node].free_gpus
        if layout.gpus != gpus or layout.free > gpus or (free is not None and layout.free > free):
            yield f"{layout} has not as many GPUs"
        if layout.left < 0:
            yield f"{layout} uses a GPU twice"
    if counted != Counter({node.name: node.count for node in there.nodes if node.is_placeable}):
        yield f"nodes are lost or made up: {counted}"
    for model in placement.models:
        hosted = sum(
            layout.count * one.replicas / one.nodes
            for layout in placement.layouts
            for one in layout.hosted
            if one.subject == model.subject
        )
        if not hosted == sum(seat.replicas for seat in model.seats) == (model.replicas if model.is_placed else 0):
            yield f"{model.subject} has {hosted} replicas"
        for seat in model.seats:
            for name in seat.entries:
                hardware = by_name[name].hardware
                assert hardware is not None
                over = {"nodes": seat.span} if seat.span > 1 else {}
                report = registry.validate(
                    model.subject, placement.task, hardware=part_of(hardware, seat.gpus), overrides=over, **asked
                )
                if not (report.is_valid and report.split and report.split.gpus <= seat.gpus * seat.span):
                    yield f"validate refuses {seat}: {report.error_message}"


def known_gpu_of(node: InventoryNode) -> tuple[object, ...]:
    """Return the devices of a node."""
    assert node.hardware is not None
    return node.hardware.gpus[0].slices or node.hardware.gpus
