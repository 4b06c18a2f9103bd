"""The GPUs of a launched file: all that pass with its settings."""

from __future__ import annotations

from collections.abc import Collection

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.entries.settings.task_settings import InferenceSettings

#: Number of GPUs listed in a comment.
_SHOWN = 12


def gpu_count(request: ExportRequest) -> int:
    """Return the number of GPUs of each machine that the settings divide the model over."""
    return request.settings.gpus_of_node


def check_one_machine(request: ExportRequest, launcher: str) -> None:
    """
    Refuse a model on several machines.

    Raises:
        UnsupportedExportError: The settings spread the model over machines, which no file for this launcher says.
    """
    if request.settings.nodes > 1:
        others = "slurm or ray-serve-llm" if isinstance(request.settings, InferenceSettings) else "slurm"
        why = f"files for {launcher} are for one machine, and nodes is {request.settings.nodes}; take {others}"
        raise UnsupportedExportError(request.target, request.model_id, why)


def check_replicas(request: ExportRequest) -> None:
    """
    Refuse copies of a training run.

    Raises:
        UnsupportedExportError: Copies are asked for, and the model is trained.
    """
    if request.replicas > 1 and not isinstance(request.settings, InferenceSettings):
        raise UnsupportedExportError(request.target, request.model_id, "only a server has replicas")


def passing_gpus(request: ExportRequest) -> tuple[str, ...]:
    """Return the known GPUs that pass in the number that the settings need, least memory first."""
    count = gpu_count(request) * request.settings.nodes
    return tuple(choice.gpu for choice in request.choices() if choice.count == count)


def check_named(request: ExportRequest, names: Collection[str], launcher: str) -> None:
    """
    Refuse a file without any GPU.

    Raises:
        UnsupportedExportError: The launcher has no GPU that passes; tells how many GPUs would pass.
    """
    if names:
        return
    count = gpu_count(request)
    others = sorted({choice.count for choice in request.choices()} - {count})
    cure = f"some pass as {' or '.join(map(str, others))} of them" if others else "mgr plan says why none passes"
    why = f"no GPU that {launcher} has runs it as {count} of them; {cure}"
    raise UnsupportedExportError(request.target, request.model_id, why)


def gpus_note(request: ExportRequest) -> tuple[str, ...]:
    """Return a note on which GPUs pass, for a file that cannot name them."""
    passing = passing_gpus(request)
    if not passing:
        return ("no known GPU passes as many as it asks for; mgr plan says which would",)
    more = f", and {len(passing) - _SHOWN} more that mgr plan lists" if len(passing) > _SHOWN else ""
    return (f"passes on {gpu_count(request)} of each of: {', '.join(passing[:_SHOWN])}{more}",)
