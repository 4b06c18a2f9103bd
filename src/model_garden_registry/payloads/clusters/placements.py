"""Which models go on which nodes, as a JSON document."""

from __future__ import annotations

from typing import Any

from model_garden_registry.entries.settings.task_settings import FOR_HARDWARE
from model_garden_registry.payloads.reports import gigabytes
from model_garden_registry.payloads.settings import split_document
from model_garden_registry.placement.kinds import LeftOut
from model_garden_registry.placement.placements import Devices, Layout, Option, PlacedModel, Placement, Seat, Stock
from model_garden_registry.reports import Report


def placement_document(placement: Placement) -> dict[str, Any]:
    """Return ``mgr.placement/1``: the models with their places, and the nodes with what is on them."""
    return {
        "format": "mgr.placement/1",
        "task": placement.task,
        "inventory": {"source": placement.source, "as_of": placement.as_of},
        "solver": placement.solver,
        "quality": str(placement.quality),
        "seconds": placement.seconds,
        "note": placement.note or None,
        "is_complete": placement.is_complete,
        "gpus": placement.gpus,
        "idle_gb": gigabytes(placement.idle_bytes),
        "models": [_model(model) for model in placement.models],
        "nodes": [_nodes(layout) for layout in placement.layouts],
        "pools": [_stock(stock) for stock in placement.stocks],
        "left_out": [_left_out(one) for one in placement.left_out],
    }


def _model(model: PlacedModel) -> dict[str, Any]:
    return {
        "id": model.subject,
        **({} if model.asked is None else {"asked": model.asked}),
        "replicas": model.replicas,
        "is_placed": model.is_placed,
        "reason": model.problem,
        "places": [_seat(seat) for seat in model.seats],
        "options": [_option(option) for option in model.options],
    }


def _seat(seat: Seat) -> dict[str, Any]:
    estimate = seat.report.estimate
    return {
        **_devices(seat.devices),
        "entries": list(seat.entries),
        "nodes": seat.nodes,
        "replicas": seat.replicas,
        "gpus": seat.gpus,
        "span": seat.span,
        "verdict": str(seat.report.verdict),
        "split": split_document(seat.report.split),
        "changes": _changes(seat.report),
        "expected_gb": gigabytes(estimate.expected_bytes) if estimate else None,
        "safe_gb": gigabytes(estimate.safe_bytes) if estimate else None,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        **_devices(option.devices),
        "gpus": option.gpus,
        "span": option.span,
        "at_once": option.at_once,
        "more": option.more,
        "verdict": str(option.report.verdict) if option.report else None,
        "reason": option.problem,
    }


def _nodes(layout: Layout) -> dict[str, Any]:
    return {
        **_devices(layout.devices),
        "node": layout.node,
        "count": layout.count,
        "gpus": layout.gpus,
        "free": layout.free,
        "left": layout.left,
        "models": [
            {"id": one.subject, "replicas": one.replicas, "gpus": one.gpus, "span": one.nodes} for one in layout.hosted
        ],
    }


def _stock(stock: Stock) -> dict[str, Any]:
    return {
        **_devices(stock.devices),
        "nodes": stock.nodes,
        "gpus": stock.gpus,
        "busy": stock.busy,
        "used": stock.used,
        "left": stock.left,
        "most_left": stock.most_left,
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {"pool": one.pool, "node": one.name, "count": one.count, "reason": one.reason}


def _devices(devices: Devices) -> dict[str, Any]:
    size = devices.device_bytes
    return {
        "pool": devices.pool,
        "gpu": devices.name,
        "is_slice": devices.is_sliced,
        "gpu_gb": gigabytes(size) if size else None,
    }


def _changes(report: Report) -> dict[str, Any]:
    """Return the settings that were chosen for the GPUs: with them the entry's own settings have this verdict."""
    settings = report.settings
    origins = settings.origins if settings else {}
    return {path: getattr(settings, path) for path, origin in origins.items() if origin.detail == FOR_HARDWARE}
