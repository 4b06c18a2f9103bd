"""A SkyPilot task that serves or trains a model."""

from __future__ import annotations

import shlex
from typing import Any

from model_garden_registry.dialects.exporting import Exported, ExportRequest
from model_garden_registry.dialects.launching.choosing import (
    check_named,
    check_one_machine,
    check_replicas,
    gpu_count,
    passing_gpus,
)
from model_garden_registry.dialects.launching.gpu_names import passing_names
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.dialects.launching.servers import server_of, start_seconds
from model_garden_registry.dialects.launching.started import Started, disk_gb
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.files.yaml_text import yaml_comments, yaml_text

#: Default disk of a machine, and the part of it for the system and the image, in GB.
#: Source: SkyPilot 0.14.1, `DEFAULT_DISK_SIZE_GB`.
_DISK_GB, _SYSTEM_GB = 256, 100
#: The environment for packages, apart from SkyPilot's own, with a Python that all stacks accept.
_PLACE = "~/training"
_PYTHON = "3.12"


def skypilot(request: ExportRequest) -> Exported:
    """
    Return a task with the GPUs that pass, any of which will do.

    Raises:
        UnsupportedExportError: SkyPilot has no GPU that passes, or the tool cannot express a setting.

        MissingExtraError: PyYAML is not installed.
    """
    check_one_machine(request, "SkyPilot")
    check_replicas(request)
    serves = isinstance(request.settings, InferenceSettings)
    started = server_of(request).started if serves else trainer_of(request)
    names = passing_names("skypilot", passing_gpus(request))
    check_named(request, names, "SkyPilot")
    name = resource_name(request.job_name)
    content = {"name": name, "resources": _resources(request, started, names)}
    if request.entry.gated:  # the download needs a token, from --secret HF_TOKEN
        content["secrets"] = {"HF_TOKEN": None}
    content |= _service(request) if serves else {"setup": _setup(started)}
    content["run"] = started.command if serves else f"source {_PLACE}/bin/activate\n{started.command}"
    start = f"sky serve up -n {name} FILE, or on one machine: sky launch FILE" if serves else "sky launch FILE"
    notes = (f"start it with: {start}", *started.notes)
    return Exported(text=yaml_comments(notes) + yaml_text(content), notes=notes)


def _resources(request: ExportRequest, started: Started, names: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {"accelerators": dict.fromkeys(names, gpu_count(request))}
    if started.image is not None:
        found |= {"image_id": f"docker:{started.image}"}
    if started.port is not None:
        found |= {"ports": started.port}
    disk = disk_gb(request, _SYSTEM_GB)
    return found | ({"disk_size": disk} if disk > _DISK_GB else {})


def _service(request: ExportRequest) -> dict[str, Any]:
    probe = {"path": "/health", "initial_delay_seconds": start_seconds(request.entry)}
    return {"service": {"readiness_probe": probe, "replicas": request.replicas}}


def _setup(started: Started) -> str:
    packages = shlex.join(started.packages)
    return f"uv venv --python {_PYTHON} {_PLACE}\nsource {_PLACE}/bin/activate\nuv pip install {packages}\n"
