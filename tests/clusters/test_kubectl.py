"""
What a real kubectl prints of nodes and ResourceSlices that a stub of the API serves.

Run by ``nox -s kubernetes``: it needs kubectl.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from cluster_samples import LABELS, SLICES, nodes

from model_garden_registry.files.yaml_text import yaml_text
from model_garden_registry.hardware.inventory.reading import Manager
from model_garden_registry.inventory_files import read_cluster

if not shutil.which("kubectl"):
    pytest.skip("kubectl is not installed", allow_module_level=True)


def node(name: str, labels: dict[str, str], count: str) -> dict[str, Any]:
    resources = {"cpu": "8", "memory": "64Gi", "nvidia.com/gpu": count}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {"capacity": resources, "allocatable": resources},
    }


NODES = [node(f"t4-{number}", LABELS["t4_gce"], "2") for number in (1, 2)] + [
    node("shared", LABELS["a10g_time_sliced"], "2"),
    node("bare", {}, "8"),
]
PODS = [
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"nodeName": "t4-1", "containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": "2"}}}]},
        "status": {"phase": "Running"},
    }
]
RESOURCE = {"verbs": ["get", "list"], "shortNames": []}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "groups": [
            {
                "name": "resource.k8s.io",
                "versions": [{"groupVersion": "resource.k8s.io/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": "resource.k8s.io/v1", "version": "v1"},
            }
        ],
    },
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {**RESOURCE, "name": "nodes", "singularName": "node", "namespaced": False, "kind": "Node"},
            {**RESOURCE, "name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod"},
        ],
    },
    "/apis/resource.k8s.io/v1": {
        "kind": "APIResourceList",
        "groupVersion": "resource.k8s.io/v1",
        "resources": [
            {**RESOURCE, "name": "resourceslices", "singularName": "", "namespaced": False, "kind": "ResourceSlice"}
        ],
    },
    "/api/v1/nodes": {"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": NODES},
    "/api/v1/pods": {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": PODS},
    "/apis/resource.k8s.io/v1/resourceslices": {
        "kind": "ResourceSliceList",
        "apiVersion": "resource.k8s.io/v1",
        "metadata": {},
        "items": [yaml.safe_load(SLICES.read_bytes())],
    },
}


class Api(BaseHTTPRequestHandler):
    """As much of the API as kubectl asks for lists."""

    def do_GET(self) -> None:
        answer = ANSWERS.get(self.path.partition("?")[0])
        content = json.dumps(answer or {"kind": "Status", "status": "Failure", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def captured(api: str, tmp_path: Path, *what: str) -> Path:
    call = ["kubectl", "--server", api, f"--cache-dir={tmp_path / 'cache'}", "--kubeconfig=/dev/null", "get", *what]
    done = subprocess.run(call, check=True, capture_output=True, timeout=60)
    (tmp_path / "captured").write_bytes(done.stdout)
    return tmp_path / "captured"


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    ("manager", "what", "right"),
    [
        (
            "kubernetes",
            ["nodes,pods", "-A"],
            [
                ("t4-1", 1, "2x T4 15360", None, 0),
                ("t4-2", 1, "2x T4 15360", None, 2),
                ("shared", 1, "1x A10G 23028", None, 1),
                ("bare", 1, "?", "it has no label that names its GPUs: install GPU Feature Discovery", 8),
            ],
        ),
        ("dra", ["resourceslices"], [("node0", 1, "1x T4 15360", None, None)]),
    ],
)
def test_output_of_kubectl_is_read(
    manager: Manager, what: list[str], right: list[object], form: str, api: str, tmp_path: Path
) -> None:
    assert nodes(read_cluster(manager, captured(api, tmp_path, *what, "-o", form))) == right


def test_the_command_reads_a_pipe(api: str, tmp_path: Path) -> None:
    text = captured(api, tmp_path, "nodes", "-o", "json").read_bytes()
    call = [sys.executable, "-m", "model_garden_registry", "inventory", "from", "kubernetes", "-"]
    done = subprocess.run(call, input=text, check=True, capture_output=True)
    assert [one["name"] for one in json.loads(done.stdout)["nodes"]] == ["t4-[1-2]", "shared", "bare"]


#: Texts that Go's reader of YAML takes for numbers, booleans or nothing where they are not quoted.
ODD = [
    *("0X1F", "0x1f", "0B11", "0O17", "0o17", "017", "1_e5", "0_x1F", "1_000", "1e5", "1.", ".5"),
    *("true", "No", "y", "null", "2026-01-01", ""),
]


def test_texts_that_are_written_stay_texts_for_kubectl(tmp_path: Path) -> None:
    """What a node is called must not become a number: the API takes texts alone."""
    labels = {f"l{number}": text for number, text in enumerate(ODD)}
    file = tmp_path / "node.yaml"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"nodeSelector": labels}}
    file.write_text(yaml_text(pod), encoding="utf-8")
    call = ["kubectl", "label", "--local", "-f", str(file), "q=r", "-o", "json"]
    read = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    assert read["spec"]["nodeSelector"] == labels
