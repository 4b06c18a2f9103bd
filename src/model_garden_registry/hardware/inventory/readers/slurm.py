"""
Slurm's nodes: ``scontrol show nodes --json`` (23.02 and later), or ``scontrol show nodes -o`` of any release.

Slurm knows the type of a GPU as its administrators wrote it, and no memory: that is from the table of known GPUs, or
unknown where a type means several sizes and nothing else of the node tells which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from model_garden_registry.errors import UnknownGpuError
from model_garden_registry.hardware.accelerators import known_instances
from model_garden_registry.hardware.gpu_names import parse_gpu_name
from model_garden_registry.hardware.inventory.declared import NO_GPUS, Declared, named_gpus, unknown
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.grouping import condensed
from model_garden_registry.hardware.inventory.inventories import MOST_ENTRIES, MOST_NODES, Inventory, InventoryNode
from model_garden_registry.hardware.inventory.node_names import expanded_names
from model_garden_registry.hardware.inventory.offers import Offer, offer
from model_garden_registry.hardware.inventory.readers.gres import GresError, gpus_of_gres, gpus_of_tres, used_gpus
from model_garden_registry.hardware.inventory.readers.slurm_text import Record, parse_records
from model_garden_registry.hardware.inventory.readers.values import check_once, one_line, set_number, texts
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.hardware.nodes import Node, text

#: States in which a node takes no job, in words, the most decisive first. A node that is powered down takes some.
_OUT = {
    "DOWN": "down",
    "ERROR": "in error",
    "NOT_RESPONDING": "not responding",
    "FUTURE": "not there yet",
    "INVALID_REG": "registered with other hardware than configured",
    "FAIL": "failing",
    "FAILING": "failing",
    "DRAIN": "drained",
    "DRAINED": "drained",
    "DRAINING": "drained",
    "MAINT": "in maintenance",
    "MAINTENANCE": "in maintenance",
    "RESERVED": "reserved",
}
#: Signs behind a state: only that of a node which does not respond keeps jobs away.
_SIGNS = "*~#!%$@^-"
_NOTHING = frozenset({"", "(null)", "N/A", "None"})
#: ``Reason=Bad DIMM [root@2024-01-01T00:00:00]``: who said it and when is not part of it.
_SIGNED = re.compile(r" ?\[[^\[\]@]*@[^\[\]]*\]$")
#: Of a reason only the beginning is shown.
_LONGEST = 200
#: What stands before a value: "GPU_SKU:", "gpu_type=".
_VALUE = re.compile(r"^.*[:=]")
#: A size in a feature: "vram40g", "gpu_mem:80GB".
_SIZE = re.compile(r"(?<![0-9.])([1-9][0-9]{0,2}) ?gi?b?(?![a-z0-9.])")


class _SlurmNode(NamedTuple):
    name: str
    gres: str
    states: frozenset[str]
    reason: str
    partitions: tuple[str, ...]
    features: tuple[str, ...]
    configured: str
    used: Mapping[str, int] | None


class _Told(NamedTuple):
    """GPUs of one type, and how a job asks for them."""

    gpus: Declared
    offered: Offer | None = None


def slurm_inventory(captured: object) -> Inventory:
    """
    Return the inventory of Slurm's output.

    Args:
        captured: Its text, or the plain values of its JSON.

    Raises:
        InventoryError: It is not Slurm's.

        HardwareFileError: A value is of the wrong kind.
    """
    if isinstance(captured, str):
        nodes = [_of_record(record) for record in parse_records(captured)]
        as_of = None
        if not nodes:
            raise InventoryError("there is no line that starts with NodeName=")
    else:
        root = Node(captured, "")
        root.require_object()
        if "sinfo" in root.value and "nodes" not in root.value:
            raise InventoryError("this is the output of sinfo; use scontrol show nodes --json", where="")
        nodes = [_of_json(node) for node in root.required("nodes").members(MOST_ENTRIES)]
        as_of = _moment(root)
    check_once(node.name for node in nodes)
    return Inventory(source="slurm", as_of=as_of, nodes=condensed(one for node in nodes for one in _entries(node)))


def _moment(root: Node) -> str | None:
    seconds = set_number(root.member("last_update").value)
    if not seconds or seconds >= 2**32:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _of_json(node: Node) -> _SlurmNode:
    used = node.optional("gres_used", text)
    return _SlurmNode(
        name=text(node.required("name", "hostname")),
        gres=node.optional("gres", text) or "",
        states=_states([*texts(node.member("state")), *texts(node.member("state_flags"))]),
        reason=node.optional("reason", text) or "",
        partitions=texts(node.member("partitions")),
        features=(*texts(node.member("active_features")), *texts(node.member("features"))),
        configured=node.optional("tres", text) or "",
        used=None if used is None or used in _NOTHING else _used(used),
    )


def _of_record(record: Record) -> _SlurmNode:
    values = {key: "" if value in _NOTHING else value for key, value in record.values.items()}
    if not values.get("NodeName"):
        raise InventoryError("NodeName has no value", line=record.line)
    configured = values.get("CfgTRES", "")
    return _SlurmNode(
        name=values["NodeName"],
        gres=values.get("Gres", ""),
        states=_states([values.get("State", "").partition(" ")[0]]),
        reason=values.get("Reason", ""),
        partitions=_words(values.get("Partitions", "")),
        features=(
            *_words(values.get("ActiveFeatures", "")),
            *_words(values.get("AvailableFeatures", "") or values.get("Feature", "")),
        ),
        configured=configured,
        used=_used_of_text(values, configured),
    )


def _used_of_text(values: Mapping[str, str], configured: str) -> Mapping[str, int] | None:
    """Return the GPUs in use: without accounting of GPUs they are known only where nothing runs at all."""
    if values.get("GresUsed"):
        return _used(values["GresUsed"])
    allocated = gpus_of_tres(values.get("AllocTRES", ""))
    if allocated or (gpus_of_tres(configured) and "AllocTRES" in values):
        return allocated
    return {} if values.get("CPUAlloc") == "0" else None


def _used(gres: str) -> Mapping[str, int] | None:
    try:
        return gpus_of_gres(gres)
    except GresError:
        return None


def _words(value: str) -> tuple[str, ...]:
    return tuple(filter(None, value.split(",")))


def _states(written: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for part in (part for state in written for part in state.upper().split("+")):
        found.add(part.rstrip(_SIGNS))
        if "*" in part:
            found.add("NOT_RESPONDING")
    return frozenset(found)


def _entries(node: _SlurmNode) -> Iterator[InventoryNode]:
    """Yield an entry for each type of GPU."""
    reason = _why_out(node)
    try:
        kinds = _kinds(node)
        count = len(expanded_names(node.name, MOST_NODES))
    except GresError as error:
        kinds, count = {"": 1}, 1
        used = None
        declared: list[tuple[str, _Told]] = [("", _Told(unknown(str(error))))]
    except ValueError:
        raise InventoryError(f"{node.name[:60]!r} stands for more than {MOST_NODES} nodes") from None
    else:
        declared = [(kind, _gpus(node, kind, number)) for kind, number in kinds.items()] or [("", _Told(NO_GPUS))]
        used = None if node.used is None else used_gpus(kinds, node.used)
    for kind, (gpus, offered) in declared:
        here = kinds.get(kind, 0)
        yield InventoryNode(
            name=node.name,
            count=count,
            pool=",".join(node.partitions) or DEFAULT_POOL,
            hardware=gpus.hardware,
            exact=gpus.exact,
            reason=reason or gpus.reason,
            free_gpus=0 if reason or not here else None if used is None else max(here - used.get(kind, 0), 0),
            offered=offered,
        )


def _why_out(node: _SlurmNode) -> str | None:
    """Return why a node takes no job, with the administrators' own words; None if it takes some."""
    state = next((words for state, words in _OUT.items() if state in node.states), None)
    said = _SIGNED.sub("", one_line(node.reason[:_LONGEST]))
    return f"{state}: {said}" if state and said not in _NOTHING else state


def _kinds(node: _SlurmNode) -> dict[str, int]:
    """Return the number of GPUs by type; where GRES has none, or no type, what accounting has."""
    kinds, counted = gpus_of_gres(node.gres), gpus_of_tres(node.configured)
    typed = {kind: count for kind, count in counted.items() if kind}
    if not kinds:
        rest = counted.get("", 0) - sum(typed.values())
        return {**typed, "": rest} if rest > 0 else typed
    return typed if [*kinds] == [""] and sum(typed.values()) == kinds[""] else kinds


def _gpus(node: _SlurmNode, kind: str, count: int) -> _Told:
    sizes = {int(size): feature for feature in node.features for size in _SIZE.findall(feature.casefold())}
    declared = named_gpus(kind, count, frozenset(sizes)) if kind else unknown(f"Slurm states no GPU type (gpu:{count})")
    if declared.hardware is not None:
        return _Told(declared, _offered(kind, _telling_size(kind, count, sizes)))
    named = _feature_naming_a_gpu(tuple(dict.fromkeys(node.features)))
    if named is None:
        return _Told(declared, _offered(kind, ()))
    features = (named.feature, *_telling_size(named.gpu, count, sizes))
    return _Told(named_gpus(named.gpu, count, frozenset(sizes)), _offered(kind, features))


def _offered(kind: str, features: Iterable[str]) -> Offer | None:
    """Return how a job asks for GPUs: by their type, on nodes with the features that told what it did not."""
    return offer(f"gpu:{kind}" if kind else "gpu", feature="&".join(dict.fromkeys(features)) or None)


def _telling_size(name: str, count: int, sizes: Mapping[int, str]) -> tuple[str, ...]:
    """Return the feature that told which of the sizes of a name GPUs have; none if their name alone did."""
    alone = named_gpus(name, count)
    told = (feature for size, feature in sizes.items() if named_gpus(name, count, frozenset({size})) != alone)
    return tuple(islice(told, 1))


class _Named(NamedTuple):
    gpu: str
    feature: str


@lru_cache(maxsize=4096)
def _feature_naming_a_gpu(features: Sequence[str]) -> _Named | None:
    """Return the only GPU that features name: ``l40s``, ``GPU_SKU:L40S``, ``p4d.24xlarge``; None if several do."""
    found: dict[str, str] = {}
    for feature in features:
        if name := _gpu_named(_VALUE.sub("", feature).strip('"')):
            found.setdefault(name, feature.strip('"'))
    return _Named(*next(iter(found.items()))) if len(found) == 1 else None


def _gpu_named(feature: str) -> str | None:
    instance = known_instances().get(feature.casefold())
    if instance is not None:
        return instance.gpu
    try:
        known_gpu(feature)
        return feature if parse_gpu_name(feature).words else None
    except UnknownGpuError:
        return None
