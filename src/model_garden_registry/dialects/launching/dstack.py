"""A dstack service, which serves a model, or a dstack task, which trains it."""

from __future__ import annotations

import shlex
from typing import Any

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import Exported, ExportRequest
from model_garden_registry.dialects.launching.choosing import (
    check_named,
    check_one_machine,
    check_replicas,
    gpu_count,
    passing_gpus,
)
from model_garden_registry.dialects.launching.gpu_names import AskedGpus, bounded_names
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.dialects.launching.servers import server_of
from model_garden_registry.dialects.launching.started import Started, disk_gb
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.files.yaml_text import yaml_comments, yaml_text

#: Source: dstack 0.22.5, `is_valid_dstack_resource_name`.
_NAME_CHARACTERS = 41
#: Default disk of a machine, and the part of it for the system and the image, in GB.
#: Source: dstack 0.22.5, `DEFAULT_DISK`.
_DISK_GB, _SYSTEM_GB = 100, 60
#: Shared memory for processes on several GPUs. Source: dstack, mkdocs/docs/examples/inference/vllm.
_SHARED_MEMORY = "16GB"
#: Text that dstack replaces in commands. Source: dstack 0.22.5, `VariablesInterpolator`.
_REPLACED = ("${{", "$$")
_PYTHON = "3.12"


def dstack(request: ExportRequest) -> Exported:
    """
    Return a service or a task with the GPUs that pass, any of which will do.

    Raises:
        UnsupportedExportError: dstack has no GPU that passes, or the tool cannot express a setting.

        MissingExtraError: PyYAML is not installed.
    """
    check_one_machine(request, "dstack")
    check_replicas(request)
    serves = isinstance(request.settings, InferenceSettings)
    started = server_of(request).started if serves else trainer_of(request)
    asked = bounded_names("dstack", passing_gpus(request))
    check_named(request, asked.names, "dstack")
    _check_command(request, started)
    content: dict[str, Any] = {
        "type": "service" if serves else "task",
        "name": resource_name(request.job_name, _NAME_CHARACTERS),
        **({"image": started.image} if started.image else {"python": _PYTHON}),
        **({"env": ["HF_TOKEN"]} if request.entry.gated else {}),
        "commands": [*_installs(started), started.command],
        **(_service(request, started) if serves else {}),
        "resources": _resources(request, asked),
    }
    notes = ("start it with: dstack apply -f FILE", *started.notes, *_left_out(asked))
    return Exported(text=yaml_comments(notes) + yaml_text(content), notes=notes)


def _check_command(request: ExportRequest, started: Started) -> None:
    found = next((text for text in _REPLACED if text in started.command), None)
    if found is not None:
        why = f"dstack would replace {found} in the command"
        raise UnsupportedExportError(request.target, request.model_id, why)


def _installs(started: Started) -> list[str]:
    return [f"uv pip install {shlex.join(started.packages)}"] if started.packages else []


def _service(request: ExportRequest, started: Started) -> dict[str, Any]:
    # dstack's own probe is a chat request, which fails for a model without a chat template.
    copies = {"replicas": request.replicas} if request.replicas > 1 else {}
    return {
        "port": started.port,
        "model": request.model_id,
        "probes": [{"type": "http", "url": "/health"}],
        **copies,
    }


def _resources(request: ExportRequest, asked: AskedGpus) -> dict[str, Any]:
    count = gpu_count(request)
    gpu: dict[str, Any] = {"name": list(asked.names), "count": count}
    if asked.above_gb is not None:
        gpu["memory"] = f"{asked.above_gb + 1}GB.."
    disk = disk_gb(request, _SYSTEM_GB)
    shared = {"shm_size": _SHARED_MEMORY} if count > 1 else {}
    return {"gpu": gpu, **shared, **({"disk": f"{disk}GB.."} if disk > _DISK_GB else {})}


def _left_out(asked: AskedGpus) -> tuple[str, ...]:
    if not asked.left_out:
        return ()
    return (f"left out, since the memory limit applies to all names: {', '.join(asked.left_out)}",)
