"""The manifest and the image that docs/deployment ships: they say what the server does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import ModelRegistry, __version__
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.cli.commands.service.serve import serve
from model_garden_registry.files.yaml_text import parse_yaml

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "deployment"
CONFIG, DEPLOYMENT, SERVICE, BUDGET = (
    parse_yaml(document) for document in (FOLDER / "kubernetes.yaml").read_text(encoding="utf-8").split("---\n")
)


def at(document: Any, *keys: str | int) -> Any:
    """Return a value below keys."""
    for key in keys:
        document = document[key]
    return document


POD = at(DEPLOYMENT, "spec", "template", "spec")
CONTAINER = at(POD, "containers", 0)


def test_the_service_finds_the_pods() -> None:
    """And so does the budget of disruptions."""
    labels = {"app.kubernetes.io/name": "mgr"}

    assert at(DEPLOYMENT, "spec", "selector", "matchLabels") == labels
    assert at(DEPLOYMENT, "spec", "template", "metadata", "labels") == labels
    assert at(SERVICE, "spec", "selector") == at(BUDGET, "spec", "selector", "matchLabels") == labels
    assert at(SERVICE, "spec", "ports", 0, "targetPort") == at(CONTAINER, "ports", 0, "name")


def test_the_command_has_options_of_the_server() -> None:
    """And listens where it is asked: a pod's port is not on the loopback address."""
    command, *options = CONTAINER["args"]
    values = dict(zip(options[::2], options[1::2], strict=True))

    assert command == serve.__name__
    assert values["--host"] == "0.0.0.0"
    assert int(values["--port"]) == at(CONTAINER, "ports", 0, "containerPort")
    assert values["--registry"].startswith(at(CONTAINER, "volumeMounts", 0, "mountPath"))


@pytest.mark.parametrize(
    ("probe", "path"), [("startupProbe", "/ready"), ("readinessProbe", "/ready"), ("livenessProbe", "/health")]
)
def test_probes_ask_what_they_are_for(probe: str, path: str) -> None:
    """A server whose new file is broken is ready and alive: it has the last good one."""
    assert at(CONTAINER, probe, "httpGet") == {"path": path, "port": "http"}


def test_the_pod_has_no_rights() -> None:
    """No user, no file system, no account."""
    assert POD["automountServiceAccountToken"] is False
    assert at(POD, "securityContext", "runAsNonRoot") is True
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_memory_is_enough_for_two_readings() -> None:
    """By what was measured: one that is served, and one that takes its place."""
    measured = json.loads((ROOT / "docs" / "capacity.json").read_bytes())["memory_mib"]
    limit, asked = (at(CONTAINER, "resources", name, "memory") for name in ("limits", "requests"))

    least = measured["server"] + 2 * measured["registry"]
    assert least <= int(asked.removesuffix("Mi")) <= int(limit.removesuffix("Mi"))


def test_the_overlay_is_one(tmp_path: Path) -> None:
    """It changes nothing until somebody writes into it."""
    overlay = tmp_path / "overlay.json"
    overlay.write_text(at(CONFIG, "data", "overlay.json"), encoding="utf-8")

    assert list(ModelRegistry([bundled_registry(), overlay])) == list(ModelRegistry(bundled_registry()))


def test_the_image_is_of_this_release_and_runs_the_server() -> None:
    """As the user that the manifest has too."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")

    assert CONTAINER["image"] == f"mgr:{__version__}"
    assert f"docker build -t mgr:{__version__} " in text
    assert re.search(r"^USER (\d+):\1$", text, re.MULTILINE)[1] == str(at(POD, "securityContext", "runAsUser"))  # type: ignore[index]
    assert '["/mgr/bin/mgr"]' in text


def test_the_image_that_is_built_is_the_one_that_the_pods_take() -> None:
    """The commands of the page push it, and write its name into the manifest."""
    page = (FOLDER.parent / "deployment.md").read_text(encoding="utf-8")
    built, pushed = (re.search(rf"docker {word} (?:-t )?(\S+)", page)[1] for word in ("build", "push"))  # type: ignore[index]
    old, new = re.search(r"^sed -i 's\|(.+)\|(.+)\|' docs/deployment/kubernetes.yaml$", page, re.MULTILINE).groups()  # type: ignore[union-attr]
    manifest = (FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")

    assert built == pushed
    assert re.findall(r"image: (\S+)", manifest.replace(old, new)) == [built]
