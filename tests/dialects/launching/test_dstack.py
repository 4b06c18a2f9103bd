"""A service of dstack, which serves a model, or a task, which trains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.dstack import dstack
from model_garden_registry.dialects.launching.servers import server_of
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.files.yaml_text import parse_yaml

Ask = Callable[..., ExportRequest]


def said(request: ExportRequest) -> dict[str, Any]:
    """Return what a file says."""
    found = parse_yaml(dstack(request).text)
    assert isinstance(found, dict)
    return found


def test_a_model_is_served(ask: Ask) -> None:
    """In the engine's image; it is looked at by its own page, not by a chat."""
    request = ask()

    assert said(request) == {
        "type": "service",
        "name": "org-model",
        "image": "vllm/vllm-openai:v0.33.0",
        "commands": [server_of(request).started.command],
        "port": 8000,
        "model": "org/model",
        "probes": [{"type": "http", "url": "/health"}],
        "resources": {"gpu": {"name": ["L4", "L40S"], "count": 1}},
    }


def test_a_model_is_trained(ask: Ask) -> None:
    """In dstack's own image, into which the stack is installed."""
    request = ask("training", stack="axolotl")

    found = said(request)
    assert (found["type"], found["python"]) == ("task", "3.12")
    assert found["commands"] == [
        f"uv pip install axolotl=={request.training.stack_version}",
        trainer_of(request).command,
    ]
    assert not {"image", "port", "model", "probes"} & set(found)


def test_several_gpus_share_memory(ask: Ask) -> None:
    """Their processes exchange data there."""
    assert said(ask(tensor_parallel_size=2))["resources"] == {
        "gpu": {"name": ["L40S"], "count": 2},
        "shm_size": "16GB",
    }


def test_one_bound_of_memory_tells_gpus_of_one_name_apart(ask: Ask) -> None:
    """What it cannot say is said to be left out."""
    large = [("A100 SXM4 80GB", 1), ("A100 PCIe 80GB", 1)]

    assert said(ask(passing=large))["resources"]["gpu"] == {"name": ["A100"], "count": 1, "memory": "41GB.."}
    made = dstack(ask(passing=[*large, ("L4", 1), ("A10", 1), ("T4", 1)]))
    assert "# left out, since the memory limit applies to all names: A100\n" in made.text


def test_without_a_gpu_there_is_no_file(ask: Ask) -> None:
    """A GPU that dstack has not is none."""
    with pytest.raises(UnsupportedExportError, match="no GPU that dstack has runs it as 1 of them"):
        dstack(ask(passing=[("GTX 1080 Ti", 1)]))


def test_gated_weights_ask_for_a_token(ask: Ask) -> None:
    """Which is never in the file: dstack takes it from where it is started."""
    assert said(ask(changes={"gated": True}))["env"] == ["HF_TOKEN"]


def test_large_weights_ask_for_a_disk(ask: Ask) -> None:
    """Where dstack's own would not hold them."""
    large = {
        "architecture": {"model_type": "llama"},
        "quantization": {"method": "mixed", "type": "modelopt", "weights_gb": 400},
    }

    assert said(ask(changes=large))["resources"]["disk"] == "460GB.."


@pytest.mark.parametrize("text", ["${{ secrets.TOKEN }}", "$$"])
def test_what_dstack_would_replace_is_refused(ask: Ask, text: str) -> None:
    """An id of a registry of somebody else's could read a secret."""
    with pytest.raises(UnsupportedExportError, match="dstack would replace"):
        dstack(ask(changes={"id": f"org/{text}"}))


def test_a_name_is_one_of_dstack(ask: Ask) -> None:
    """It takes 41 characters."""
    assert len(said(ask(changes={"id": "organisation/" + "x" * 60}))["name"]) == 41


def test_copies_of_a_service_are_replicas(ask: Ask) -> None:
    """One is the default."""
    assert said(replace(ask(), replicas=3))["replicas"] == 3
