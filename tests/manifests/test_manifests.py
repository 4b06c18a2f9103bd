"""
Kubernetes manifests against Kubernetes' own schemas, strictly: unknown keys are refused.

Run by ``nox -s manifests``: it needs kubernetes-validate.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.files.yaml_text import parse_yaml

validator = pytest.importorskip("kubernetes_validate")

SHIPPED = Path(__file__).resolve().parents[2] / "docs" / "deployment" / "kubernetes.yaml"


def check(text: str) -> list[str]:
    """Return the kinds of the documents in a manifest, each of which is valid."""
    documents: list[Any] = [parse_yaml(document) for document in text.split("---\n")]
    for document in documents:
        validator.validate(document, validator.latest_version(), strict=True)
    return [document["kind"] for document in documents]


def test_the_shipped_manifest_is_valid() -> None:
    """All that a server needs."""
    kinds = check(SHIPPED.read_text(encoding="utf-8"))

    assert kinds == ["ConfigMap", "Deployment", "Service", "PodDisruptionBudget"]


@pytest.mark.parametrize("asked", [{}, {"hardware": "L4"}, {"hardware": "H100", "replicas": 3}, {"engine": "sglang"}])
def test_an_exported_manifest_is_valid(asked: dict[str, Any]) -> None:
    """With one product of GPUs, several, or none."""
    machine = {"hardware": known_gpu(asked["hardware"])} if "hardware" in asked else {}

    assert check(load_registry().export("Qwen/Qwen3-8B", "kubernetes", **(asked | machine)).text) == [
        "Deployment",
        "Service",
    ]


def test_a_wrong_manifest_is_found() -> None:
    """So that the tests above can fail."""
    deployment: Any = parse_yaml(SHIPPED.read_text(encoding="utf-8").split("---\n")[1])
    wrong = copy.deepcopy(deployment)
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}

    with pytest.raises(validator.ValidationError):
        validator.validate(wrong, validator.latest_version(), strict=True)
