"""A Deployment and a Service of Kubernetes for a model that is served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.kubernetes import kubernetes
from model_garden_registry.dialects.launching.servers import server_of
from model_garden_registry.files.yaml_text import parse_yaml
from model_garden_registry.hardware.inventory.offers import offer

Ask = Callable[..., ExportRequest]


def documents(request: ExportRequest) -> tuple[Any, Any]:
    """Return both documents of a file as plain values."""
    deployment, service = kubernetes(request).text.split("---\n")
    return parse_yaml(deployment), parse_yaml(service)


def pod(request: ExportRequest) -> Any:
    """Return what runs."""
    return documents(request)[0]["spec"]["template"]["spec"]


def test_the_service_finds_the_deployment(ask: Ask) -> None:
    """By one label, whose value is the name of both."""
    deployment, service = documents(ask())

    labels = {"app.kubernetes.io/name": "org-model"}
    assert (deployment["kind"], deployment["apiVersion"]) == ("Deployment", "apps/v1")
    assert (service["kind"], service["apiVersion"]) == ("Service", "v1")
    assert deployment["metadata"]["name"] == service["metadata"]["name"] == "org-model"
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert deployment["spec"]["template"]["metadata"]["labels"] == labels
    assert service["spec"]["selector"] == labels
    (container,) = pod(ask())["containers"]
    assert service["spec"]["ports"] == [{"name": "http", "port": 8000, "targetPort": "http"}]
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]


@pytest.mark.parametrize(("overrides", "gpus"), [({}, 1), ({"tensor_parallel_size": 4}, 4)])
def test_it_has_the_gpus_of_the_split(ask: Ask, overrides: dict[str, Any], gpus: int) -> None:
    """And memory in which their processes meet."""
    found = pod(ask(**overrides))

    (container,) = found["containers"]
    assert container["resources"] == {"limits": {"nvidia.com/gpu": gpus}}
    assert container["volumeMounts"] == [{"name": "shm", "mountPath": "/dev/shm"}]
    assert found["volumes"] == [{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": f"{2 * gpus}Gi"}}]


@pytest.mark.parametrize(
    ("resource", "labels"),
    [
        ("nvidia.com/gpu", {"agentpool": "a", "nvidia.com/gpu.product": "NVIDIA-L4-SHARED"}),
        ("nvidia.com/mig-3g.20gb", {}),
    ],
)
def test_gpus_are_asked_for_in_the_words_of_the_cluster(ask: Ask, resource: str, labels: dict[str, str]) -> None:
    """On the nodes that have its labels; a label that none of them has would keep the pod waiting."""
    request = replace(ask(), gpus=("L4",), offered=offer(resource, labels=labels))

    found = pod(request)
    assert found["containers"][0]["resources"] == {"limits": {resource: 1}}
    assert found.get("nodeSelector", {}) == labels
    assert "affinity" not in found


def test_words_of_slurm_say_nothing_to_kubernetes(ask: Ask) -> None:
    request = replace(ask(), gpus=("L4",))
    assert pod(replace(request, offered=offer("gpu:l4"))) == pod(request)


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_the_command_is_the_engines(ask: Ask, engine: str) -> None:
    """Every word is a text, whatever it looks like."""
    (container,) = pod(ask(engine=engine))["containers"]
    server = server_of(ask(engine=engine))

    assert container["name"] == engine
    assert container["command"] == list(server.program)
    assert container["args"] == list(server.arguments)
    assert all(isinstance(word, str) for word in container["args"])


def test_it_has_time_to_come_up(ask: Ask) -> None:
    """As long as the download takes, and only then it is killed."""
    (container,) = pod(ask())["containers"]

    assert container["startupProbe"]["failureThreshold"] * container["startupProbe"]["periodSeconds"] == 760
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": "http"}


@pytest.mark.parametrize(("gated", "optional"), [(True, None), (False, True), (None, True)])
def test_a_token_comes_from_a_secret(ask: Ask, gated: bool | None, optional: bool | None) -> None:
    """Which has to be there for gated weights alone."""
    request = ask(changes={"gated": gated})

    (container,) = pod(request)["containers"]
    (variable,) = container["env"]
    secret = variable["valueFrom"]["secretKeyRef"]
    assert (variable["name"], secret["name"], secret.get("optional")) == ("HF_TOKEN", "hf-token", optional)
    assert any("kubectl create secret" in note for note in kubernetes(request).notes) == bool(gated)


def test_comments_say_where_it_runs(ask: Ask) -> None:
    """The same as the notes."""
    made = kubernetes(ask())

    assert made.text.startswith("# start it with: kubectl apply -f FILE\n")
    assert "# passes on 1 of each of: L4, L40S\n" in made.text
    assert made.notes[-1] == "passes on 1 of each of: L4, L40S"


def test_the_pod_runs_where_the_judged_gpus_are(ask: Ask) -> None:
    """By the label that NVIDIA's GPU Feature Discovery gives nodes: one name, or one of several."""
    product = "nvidia.com/gpu.product"
    one, several = (pod(replace(ask(), gpus=gpus)) for gpus in (("L4",), ("H100 80GB", "H100 NVL")))

    assert one["nodeSelector"] == {product: "NVIDIA-L4"}
    (term,) = several["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    values = ["NVIDIA-H100-80GB-HBM3", "NVIDIA-H100-PCIe", "NVIDIA-H100-NVL"]
    assert term == {"matchExpressions": [{"key": product, "operator": "In", "values": values}]}
    assert "nodeSelector" not in pod(replace(ask(), gpus=("a GPU of another table",)))


def test_copies_are_replicas(ask: Ask) -> None:
    """Each with GPUs of its own."""
    deployment, _ = documents(replace(ask(tensor_parallel_size=2), replicas=3))

    assert deployment["spec"]["replicas"] == 3


def test_several_machines_are_refused(ask: Ask) -> None:
    """A Deployment's pods do not know of each other."""
    with pytest.raises(UnsupportedExportError, match="files for Kubernetes are for one machine, and nodes is 2"):
        kubernetes(ask(nodes=2))
