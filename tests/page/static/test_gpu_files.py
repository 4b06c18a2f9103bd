"""What runs on every known GPU, as files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kinds_of_models import some_of

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.page.static.gpu_files import Machine, gpu_files, machines_of


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """Return a registry of some shipped models."""
    path = tmp_path / "models.json"
    path.write_text(json.dumps(some_of(json.loads(bundled_registry().read_bytes()), each=20)), encoding="utf-8")
    return path


def files(registry: Path, machines: list[Machine], **how: Any) -> dict[str, Any]:
    return {name: json.loads(content) for made in gpu_files(registry, machines, **how) for name, content in made}


def test_every_known_gpu_has_files_of_its_own() -> None:
    """For one, two, four and eight of it; a laptop, or a machine whose GPU shares its memory, has one."""
    machines = machines_of(None)

    assert {machine.gpu for machine in machines} == {row.name for row in gpu_table()}
    assert len({machine.file for machine in machines}) == len(machines)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[1248]\.json", machine.file) for machine in machines)
    alone = {row.name for row in gpu_table() if row.is_laptop or row.is_integrated}
    assert {machine.gpu for machine in machines if machine.there > 1}.isdisjoint(alone)


def test_gpus_can_be_named() -> None:
    """As people name them; an unknown one is an error with near names."""
    assert [machine.file for machine in machines_of(["4090"])] == [f"rtx-4090-{count}.json" for count in (1, 2, 4, 8)]
    with pytest.raises(UnknownGpuError):
        machines_of(["RTX 4099"])


def test_a_file_has_both_tasks(registry: Path) -> None:
    """The models are in the order that the index has."""
    found = files(registry, [Machine("L4", 1), Machine("L4", 2)])

    index = found.pop("index.json")
    assert [*found] == ["l4-1.json", "l4-2.json"]
    assert found["l4-2.json"]["gpu"] == "L4"
    assert found["l4-2.json"]["there"] == 2
    assert index["gpus"] == {"L4": [1, 2]}
    for task in ("training", "inference"):
        assert len(index[task]) == len(found["l4-1.json"][task]["safe_gb"]) > 0


def test_gpus_that_differ_in_name_only_are_judged_once(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the results that each has alone."""
    alike = [Machine("RTX 3090 Ti", 1), Machine("RTX A5000", 1)]
    alone = files(registry, alike[1:])["rtx-a5000-1.json"]
    names: list[str] = []

    def known(name: str, *, count: int = 1) -> Any:
        names.append(name)
        return known_gpu(name, count=count)

    from model_garden_registry.page.static import gpu_files as module

    known_gpu: Callable[..., Any] = module.known_gpu
    monkeypatch.setattr(module, "known_gpu", known)
    together = files(registry, alike)

    assert "RTX A5000" not in names
    assert together["rtx-a5000-1.json"] == alone


def test_a_gpu_that_an_engine_treats_differently_is_judged_itself(registry: Path) -> None:
    """An A800 has the memory of an A100, and vLLM's batch on it is larger."""
    found = files(registry, [Machine("A100 SXM4 80GB", 1), Machine("A800 SXM4 80GB", 1)])

    one, other = (found[f"{name}-sxm4-80gb-1.json"]["inference"]["safe_gb"] for name in ("a100", "a800"))
    assert one != other


def test_processes_give_the_same_files(registry: Path) -> None:
    """In the same order."""
    machines = [machine for machine in machines_of(None) if machine.there == 1][::6]

    in_order = [name for made in gpu_files(registry, machines, processes=1) for name, _ in made]

    assert files(registry, machines, processes=2) == files(registry, machines, processes=1)
    assert in_order[-1] == "index.json"
