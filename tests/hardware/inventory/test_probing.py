"""A Ray cluster, asked through a stand-in for Ray: what is asked, and what is made of the answers."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
from cluster_samples import nodes

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.hardware.driver import probe
from model_garden_registry.hardware.gpus import DriverState, Gpu, Hardware
from model_garden_registry.hardware.inventory import probing
from model_garden_registry.hardware.inventory.errors import ClusterError
from model_garden_registry.hardware.inventory.probing import probe_ray
from model_garden_registry.hardware.snapshots import hardware_document
from model_garden_registry.units import MIB

L4S = Hardware(
    source="nvml",
    gpus=tuple(Gpu(index=index, name="NVIDIA L4", uuid=f"GPU-{index}", total_bytes=23034 * MIB) for index in range(4)),
    cuda_visible_devices="",
)


def ray_node(identifier: str, gpus: float, **more: Any) -> dict[str, Any]:
    return {"NodeID": identifier, "NodeName": f"n{identifier}", "Alive": True, "Resources": {"GPU": gpus}, **more}


@dataclass
class Cluster:
    """A stand-in for the module `ray`."""

    listed: list[dict[str, Any]]
    answers: dict[str, Any] = field(default_factory=dict)
    refuses: Exception | None = None
    asked: list[Any] = field(default_factory=list)

    def init(self, **how: Any) -> None:
        self.asked.append(how)
        if self.refuses:
            raise self.refuses

    def shutdown(self) -> None:
        self.asked.append("shutdown")

    def nodes(self) -> list[dict[str, Any]]:
        return self.listed

    def remote(self, **how: Any) -> Callable[[Any], Cluster]:
        self.asked.append(how)
        return lambda _: self

    def options(self, *, scheduling_strategy: Any) -> Cluster:
        self.asked.append(scheduling_strategy)
        return Cluster([], {"": scheduling_strategy["node_id"]})

    def wait(self, references: list[Any], *, timeout: float, num_returns: int = 1) -> tuple[list[Any], list[Any]]:
        del timeout, num_returns
        done = [one for one in references if self.answers[one] is not None]
        return done, [one for one in references if one not in done]

    def get(self, reference: Any) -> Any:
        answer = self.answers[reference]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cluster]:
    def make(listed: list[dict[str, Any]], answers: dict[str, Any], **more: Any) -> Cluster:
        made = Cluster(listed, answers, **more)
        strategies = ModuleType("ray.util.scheduling_strategies")
        strategies.NodeAffinitySchedulingStrategy = dict  # type: ignore[attr-defined]
        monkeypatch.setattr(Cluster, "remote", _remote)
        monkeypatch.setitem(sys.modules, "ray", made)  # type: ignore[arg-type]
        monkeypatch.setitem(sys.modules, "ray.util", ModuleType("ray.util"))
        monkeypatch.setitem(sys.modules, "ray.util.scheduling_strategies", strategies)
        return made

    return make


def _remote(self: Cluster, **how: Any) -> Any:
    """Record how a task is made; calling it returns the id of the node that it is for."""
    if self.answers.get("") is not None:
        return self.answers[""]
    self.asked.append(how)
    return lambda _: self


def test_each_living_node_is_asked_by_one_task_that_takes_nothing(cluster: Callable[..., Cluster]) -> None:
    listed = [ray_node("a", 4), ray_node("b", 2), ray_node("c", 0), ray_node("d", 4, Alive=False)]
    ray = cluster(listed, dict.fromkeys("abc", hardware_document(L4S)))

    found = probe_ray("auto")

    assert nodes(found) == [
        ("na", 1, "4x NVIDIA L4 23034", None, None),
        ("nb", 1, "2x NVIDIA L4 23034", None, None),
        ("nc", 1, "none", None, 0),
    ]
    assert (found.source, found.as_of is not None) == ("probe", True)
    assert [node.hardware.cuda_visible_devices for node in found.nodes if node.hardware] == [None] * 3
    init, how, *strategies, last = ray.asked
    assert init["address"] == "auto"
    sent = [path.rpartition("/")[2] for path in init["runtime_env"]["py_modules"]]
    assert sent == ["model_garden_registry", "pynvml.py"]
    assert how == {"num_cpus": 0, "num_gpus": 0, "max_retries": 0}
    assert strategies == [{"node_id": name, "soft": False} for name in "abc"]
    assert last == "shutdown"


def test_a_node_without_an_answer_has_the_reason(cluster: Callable[..., Cluster]) -> None:
    silent = hardware_document(Hardware(source="nvml", state=DriverState.NO_LIBRARY))
    answers = {"a": None, "b": RuntimeError("worker died\ntraceback"), "c": silent, "d": {"gpus": 5}, "e": ValueError()}
    cluster([ray_node(name, 1) for name in answers], answers)

    assert [one[3] for one in nodes(probe_ray("auto", limit_seconds=5))] == [
        "did not answer within 5 seconds",
        "did not answer: worker died",
        "no-library",
        "not a hardware snapshot at /gpus: a list, found 5",
        "did not answer: ValueError",
    ]


def test_gpus_that_differ_are_all_kept(cluster: Callable[..., Cluster]) -> None:
    mixed = Hardware(source="nvml", gpus=(*L4S.gpus[:1], Gpu(index=1, name="T4", total_bytes=15360 * MIB)))
    cluster([ray_node("a", 1)], {"a": hardware_document(mixed)})
    assert [one[2] for one in nodes(probe_ray("auto"))] == ["1x NVIDIA L4 23034", "1x T4 15360"]


def test_no_cluster_is_one_line(cluster: Callable[..., Cluster]) -> None:
    cluster([], {}, refuses=ConnectionError("Could not find any running Ray instance.\nMore"))
    with pytest.raises(ClusterError) as caught:
        probe_ray("auto")
    assert str(caught.value) == "no answer from the cluster at auto: Could not find any running Ray instance."
    assert (caught.value.address, caught.value.why) == ("auto", "Could not find any running Ray instance.")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "[::1]:1", "127.0.0.1:999999"])
def test_where_nobody_listens_ray_is_not_asked(address: str, cluster: Callable[..., Cluster]) -> None:
    ray = cluster([], {})
    with pytest.raises(ClusterError, match="no answer from the cluster at"):
        probe_ray(address)
    assert ray.asked == []


def test_where_somebody_listens_ray_is_asked(cluster: Callable[..., Cluster]) -> None:
    cluster([], {})
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert probe_ray(f"127.0.0.1:{server.getsockname()[1]}").nodes == ()


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"\[ray\]"):
        probe_ray("auto")


def test_without_the_drivers_library_only_the_package_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "find_spec", lambda _: None)
    assert len([*probing._sent_modules()]) == 1


def test_the_task_reads_the_node_without_rays_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    read = lambda: Hardware(source="nvml", problem=os.environ.get("CUDA_VISIBLE_DEVICES"))  # noqa: E731
    monkeypatch.setattr(probe, "read_hardware", read)
    assert probing._hardware_here()["problem"] is None
