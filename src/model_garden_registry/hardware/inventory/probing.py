"""The nodes of a running Ray cluster, asked for their hardware. The only owner of ray (extra ``ray``)."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from model_garden_registry.errors import HardwareFileError, MissingExtraError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.declared import NO_GPUS
from model_garden_registry.hardware.inventory.errors import ClusterError
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode
from model_garden_registry.hardware.inventory.merging import node_of_snapshot, snapshot_inventory
from model_garden_registry.hardware.inventory.readers.ray import RayNode, ray_nodes, unique_names
from model_garden_registry.hardware.snapshots import parse_hardware

#: A node that has not answered by then has no reason to answer later: a driver is given 8 seconds.
LIMIT_SECONDS = 120.0
#: A host that listens answers within this time.
_CONNECTION_SECONDS = 10.0
_HOST_AND_PORT = re.compile(r"(?:ray://)?\[?([^\[\]/]+?)\]?:([0-9]{1,6})")
#: Of another library's message only the beginning is shown.
_LONGEST = 200


def probe_ray(address: str, *, limit_seconds: float = LIMIT_SECONDS) -> Inventory:
    """
    Return the inventory of a running Ray cluster: one task on each node reads its hardware.

    It takes no CPU and no GPU. Nodes need not have this package, which is sent with the tasks.

    Args:
        address: As Ray takes it: ``auto``, ``HOST:PORT``, ``ray://HOST:PORT``.

        limit_seconds: For the answers of all nodes together; a node without one is unknown.

    Raises:
        ClusterError: There is no cluster, or it does not answer.

        MissingExtraError: Ray is not installed.
    """
    with _connected(address) as ray:
        nodes = list(ray_nodes(ray.nodes()))
        alive = [node for node in nodes if node.problem is None]
        answers = _asked(ray, alive, limit_seconds)
    names = unique_names(alive)
    found = (_node(node, name, answers[node.identifier]) for node, name in zip(alive, names, strict=True))
    return snapshot_inventory(found, as_of=datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """
    Connect to a cluster for a while.

    Raises:
        ClusterError: There is none.

        MissingExtraError: Ray is not installed.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtraError("ray", "ray") from None
    _check_reachable(address)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"py_modules": [*_sent_modules()]},
        )
    except Exception as error:  # noqa: BLE001  (Ray has no common class of its errors of connection)
        raise ClusterError(address, _first_line(error)) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """
    Refuse a host and port without a server: Ray would try for minutes.

    Raises:
        ClusterError: There is no server.
    """
    match = _HOST_AND_PORT.fullmatch(address)
    if match is None:
        return
    try:
        with socket.create_connection((match[1], int(match[2])), timeout=_CONNECTION_SECONDS):
            return
    except (OSError, OverflowError) as error:
        raise ClusterError(address, _first_line(error)) from None


def _sent_modules() -> Iterator[str]:
    """Yield the paths of this package, and of the library that asks the driver."""
    yield str(Path(__file__).parents[2])
    library = find_spec("pynvml")
    if library is not None and library.origin is not None:
        yield library.origin


def _asked(ray: Any, nodes: Sequence[RayNode], limit_seconds: float) -> Mapping[str, object]:
    """Return the document of each node by its id, or why there is none."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, num_gpus=0, max_retries=0)(_hardware_here)
    pending = {
        node.identifier: task.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id=node.identifier, soft=False)
        ).remote()
        for node in nodes
    }
    ray.wait([*pending.values()], num_returns=len(pending), timeout=limit_seconds)
    return {identifier: _answer(ray, reference, limit_seconds) for identifier, reference in pending.items()}


def _answer(ray: Any, reference: Any, limit_seconds: float) -> object:
    done, _ = ray.wait([reference], timeout=0)
    if not done:
        return f"did not answer within {limit_seconds:g} seconds"
    try:
        return ray.get(reference)
    except Exception as error:  # noqa: BLE001  (what the node raised, and what Ray makes of it)
        return f"did not answer: {_first_line(error)}"


def _hardware_here() -> dict[str, Any]:
    """
    Return the snapshot of the node that this runs on.

    Ray hides GPUs from tasks that ask for none: its variable is not the node's.
    """
    import os

    os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    from model_garden_registry.hardware.driver.probe import read_hardware
    from model_garden_registry.hardware.snapshots import hardware_document

    return hardware_document(read_hardware())


def _node(node: RayNode, name: str, answer: object) -> InventoryNode:
    """Return a node from its answer; without GPUs in Ray it has none to give, whatever is in it."""
    offered = node.resources.get("GPU", 0)
    if not offered:
        return InventoryNode(name=name, count=1, pool=node.pool, hardware=NO_GPUS.hardware, exact=True, free_gpus=0)
    if isinstance(answer, str):
        return InventoryNode(name=name, count=1, pool=node.pool, hardware=None, exact=False, reason=answer)
    try:
        hardware = parse_hardware(answer)
    except HardwareFileError as error:
        return InventoryNode(name=name, count=1, pool=node.pool, hardware=None, exact=False, reason=str(error))
    return node_of_snapshot(name, _offered(hardware, int(offered)), pool=node.pool)


def _offered(hardware: Hardware, number: int) -> Hardware:
    """Return hardware with the GPUs that Ray gives away: fewer than there are if it was started so."""
    kinds = {(gpu.name, gpu.total_bytes, gpu.compute_capability) for gpu in hardware.gpus}
    is_part = 0 < number < len(hardware.gpus) and len(kinds) == 1
    return replace(hardware, gpus=hardware.gpus[:number]) if is_part else hardware


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_LONGEST]
