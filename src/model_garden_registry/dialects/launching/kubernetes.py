"""A Deployment and a Service of Kubernetes for serving a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from model_garden_registry.dialects.exporting import Exported, ExportRequest
from model_garden_registry.dialects.launching.choosing import check_one_machine, gpu_count, gpus_note
from model_garden_registry.dialects.launching.judged_gpus import driver_names
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.dialects.launching.servers import Server, server_of, start_seconds
from model_garden_registry.files.yaml_text import yaml_comments, yaml_text
from model_garden_registry.hardware.inventory.offers import Offer

#: Whole GPUs, and the label of a node with their name.
_GPU = "nvidia.com/gpu"
_PRODUCT = "nvidia.com/gpu.product"
#: Seconds between two health probes.
_PERIOD = 10
#: Shared memory of one server's processes. Source: vLLM, docs/deployment/k8s, which has 2 GiB for tensor parallelism.
_SHARED_GIB_PER_GPU = 2


def kubernetes(request: ExportRequest) -> Exported:
    """
    Return a Deployment and a Service.

    Raises:
        UnsupportedExportError: The engine is not a server, or cannot express a setting.

        MissingExtraError: PyYAML is not installed.
    """
    check_one_machine(request, "Kubernetes")
    server = server_of(request)
    name = resource_name(request.job_name)
    labels = {"app.kubernetes.io/name": name}
    notes = ("start it with: kubectl apply -f FILE", *server.started.notes, *_gated(request), *gpus_note(request))
    documents = (_deployment(request, server, name, labels), _service(server, name, labels))
    return Exported(text=yaml_comments(notes) + "---\n".join(map(yaml_text, documents)), notes=notes)


def _gated(request: ExportRequest) -> tuple[str, ...]:
    secret = "kubectl create secret generic hf-token --from-literal=token=$HF_TOKEN"
    return (f"the weights are gated, first: {secret}",) if request.entry.gated else ()


def _deployment(request: ExportRequest, server: Server, name: str, labels: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": request.replicas,
            "strategy": {"type": "Recreate"},  # a second copy would wait for the first one's GPUs
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": _pod(request, server)},
        },
    }


def _pod(request: ExportRequest, server: Server) -> Mapping[str, Any]:
    gpus = gpu_count(request)
    health = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": _PERIOD, "timeoutSeconds": 5}
    container = {
        "name": server.name,
        "image": server.started.image,
        "command": list(server.program),
        "args": list(server.arguments),
        "env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": _secret(request)}}],
        "ports": [{"name": "http", "containerPort": server.port}],
        "resources": {"limits": {_resource(request): gpus}},
        "startupProbe": health | {"failureThreshold": -(-start_seconds(request.entry) // _PERIOD)},
        "readinessProbe": health,
        "livenessProbe": health,
        "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
    }
    shared = {"medium": "Memory", "sizeLimit": f"{_SHARED_GIB_PER_GPU * gpus}Gi"}
    return {**_nodes(request), "containers": [container], "volumes": [{"name": "shm", "emptyDir": shared}]}


def _is_known(offered: Offer | None) -> TypeGuard[Offer]:
    return offered is not None and not offered.is_slurms


def _resource(request: ExportRequest) -> str:
    return request.offered.resource if _is_known(request.offered) else _GPU


def _nodes(request: ExportRequest) -> Mapping[str, Any]:
    """
    Return which nodes a pod may run on.

    Those with the labels by which the cluster finds them, else those with one of the judged GPUs; empty if none was
    named.

    Source:
        NVIDIA GPU Feature Discovery: the name in NVML, with dashes for blanks
    """
    if _is_known(request.offered):
        return {"nodeSelector": dict(request.offered.labels)} if request.offered.labels else {}
    products = [name.replace(" ", "-") for name in driver_names(request.gpus)]
    if not products:
        return {}
    if len(products) == 1:
        return {"nodeSelector": {_PRODUCT: products[0]}}
    term = {"matchExpressions": [{"key": _PRODUCT, "operator": "In", "values": products}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    return {"affinity": {"nodeAffinity": required}}


def _secret(request: ExportRequest) -> Mapping[str, Any]:
    secret: dict[str, Any] = {"name": "hf-token", "key": "token"}
    return secret if request.entry.gated else secret | {"optional": True}


def _service(server: Server, name: str, labels: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": labels, "ports": [{"name": "http", "port": server.port, "targetPort": "http"}]},
    }
