"""The readers by the program whose output they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, get_args

from model_garden_registry.errors import HardwareFileError
from model_garden_registry.hardware.inventory.documents import LONGEST_LINE
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.hardware.inventory.readers.dra import dra_inventory
from model_garden_registry.hardware.inventory.readers.kubernetes import kubernetes_inventory
from model_garden_registry.hardware.inventory.readers.ray import ray_inventory
from model_garden_registry.hardware.inventory.readers.slurm import slurm_inventory

#: What output can be read.
Manager: TypeAlias = Literal["slurm", "kubernetes", "dra", "ray"]

_READERS: Mapping[Manager, Callable[[object], Inventory]] = {
    "slurm": slurm_inventory,
    "kubernetes": kubernetes_inventory,
    "dra": dra_inventory,
    "ray": ray_inventory,
}


def read_captured(manager: Manager, captured: object) -> Inventory:
    """
    Return the inventory of captured output.

    Args:
        manager: Whose output it is.

        captured: Its plain values; a text only of ``scontrol`` without ``--json``.

    Raises:
        InventoryError: It is not that; ``where`` or ``line`` says what is wrong.
    """
    try:
        return _with_names(_READERS[manager](captured))
    except HardwareFileError as error:
        problem = InventoryError(f"{error.expected}, found {error.found}", where=error.where)
    except InventoryError as error:
        problem = error
    other = manager_of(captured)
    if other in (None, manager):
        raise problem from None
    raise InventoryError(f"{problem.problem}; did you mean: mgr inventory from {other}", where=problem.where)


def _with_names(inventory: Inventory) -> Inventory:
    """Return an inventory; refuse one that its document could not give back."""
    for node in inventory.nodes:
        for what, name in (("name", node.name), ("pool", node.pool)):
            if not name.strip() or len(name) > LONGEST_LINE:
                found = f"of {len(name)} characters" if name.strip() else "without a character"
                raise InventoryError(f"a node has a {what} {found}")
    return inventory


def manager_of(captured: object) -> Manager | None:
    """Return whose output plain values are, by their keys; None if it is not clear."""
    match captured:
        case {"nodes": list(), "meta": _} | {"nodes": list(), "last_update": _}:
            return "slurm"
        case {"items": [first, *_]} | [first, *_]:
            pass
        case first:
            pass
    if not isinstance(first, dict):
        return None
    if first.get("kind") == "ResourceSlice":
        return "dra"
    if "NodeID" in first or "node_id" in first:
        return "ray"
    return "kubernetes" if first.get("kind") in ("Node", "NodeList", "List") else None


#: All of them, for options.
MANAGERS: tuple[Manager, ...] = get_args(Manager)
