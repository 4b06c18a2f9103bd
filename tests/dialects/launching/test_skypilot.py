"""A task of SkyPilot: a model that is served, or trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.servers import server_of
from model_garden_registry.dialects.launching.skypilot import skypilot
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.files.yaml_text import parse_yaml

Ask = Callable[..., ExportRequest]


def said(request: ExportRequest) -> dict[str, Any]:
    """Return what a file says."""
    found = parse_yaml(skypilot(request).text)
    assert isinstance(found, dict)
    return found


def test_a_model_is_served(ask: Ask) -> None:
    """In the engine's image, by its command, and looked after by SkyServe."""
    request = ask()

    assert said(request) == {
        "name": "org-model",
        "resources": {
            "accelerators": {"L4": 1, "L40S": 1},
            "image_id": "docker:vllm/vllm-openai:v0.33.0",
            "ports": 8000,
        },
        "service": {"readiness_probe": {"path": "/health", "initial_delay_seconds": 760}, "replicas": 1},
        "run": server_of(request).started.command,
    }
    assert skypilot(request).text.startswith("# start it with: sky serve up -n org-model FILE, ")


def test_a_model_is_trained(ask: Ask) -> None:
    """With the stack installed apart from SkyPilot's own Python."""
    request = ask("training", stack="axolotl")

    found = said(request)
    assert found["resources"] == {"accelerators": {"L4": 1, "L40S": 1}}
    assert found["setup"].splitlines() == [
        "uv venv --python 3.12 ~/training",
        "source ~/training/bin/activate",
        f"uv pip install axolotl=={request.training.stack_version}",
    ]
    assert found["run"] == f"source ~/training/bin/activate\n{trainer_of(request).command}"
    assert "service" not in found
    assert skypilot(request).text.startswith("# start it with: sky launch FILE\n")


def test_the_number_of_gpus_is_that_of_the_split(ask: Ask) -> None:
    """And only GPUs of which so many pass are listed."""
    assert said(ask(tensor_parallel_size=2))["resources"]["accelerators"] == {"L40S": 2}


def test_a_name_that_may_give_a_gpu_that_does_not_pass_is_not_listed(ask: Ask) -> None:
    """A100 is 40 GB in most clouds."""
    request = ask(passing=[("A100 SXM4 80GB", 1), ("A100 PCIe 80GB", 1)])

    assert said(request)["resources"]["accelerators"] == {"A100-80GB": 1, "A100-80GB-SXM": 1}


def test_without_a_gpu_there_is_no_file(ask: Ask) -> None:
    """A GPU that SkyPilot has not is none."""
    with pytest.raises(UnsupportedExportError, match="no GPU that SkyPilot has runs it as 1 of them"):
        skypilot(ask(passing=[("GTX 1080 Ti", 1)]))


def test_gated_weights_ask_for_a_token(ask: Ask) -> None:
    """Which is never in the file."""
    assert said(ask(changes={"gated": True}))["secrets"] == {"HF_TOKEN": None}
    assert "secrets" not in said(ask(changes={"gated": False}))


def test_large_weights_ask_for_a_disk(ask: Ask) -> None:
    """Where SkyPilot's own would not hold them."""
    large = {
        "architecture": {"model_type": "llama"},
        "quantization": {"method": "mixed", "type": "modelopt", "weights_gb": 400},
    }

    assert said(ask(changes=large))["resources"]["disk_size"] == 500
    assert "disk_size" not in said(ask())["resources"]


def test_copies_of_a_server_are_replicas(ask: Ask) -> None:
    """A training run has none, and neither is on several machines."""
    assert said(replace(ask(), replicas=3))["service"]["replicas"] == 3
    with pytest.raises(UnsupportedExportError, match="only a server has replicas"):
        skypilot(replace(ask("training"), replicas=2))
    with pytest.raises(UnsupportedExportError, match=r"nodes is 2; take slurm$"):
        skypilot(ask("training", nodes=2))
