"""Output of cluster managers, as printed by the real programs or published: what several tests read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.inventory.inventories import Inventory, InventoryNode

SAMPLES = Path(__file__).resolve().parent / "hardware" / "inventory" / "samples"
SLURM_JSON = SAMPLES / "slurm_24.11.5_scontrol_show_nodes.json"
SLURM_TEXT = SAMPLES / "slurm_24.11.5_scontrol_o_show_nodes.txt"
SINFO = SAMPLES / "slurm_24.11.5_sinfo.json"
KUBECTL = SAMPLES / "kubectl_1.32_get_nodes_from_stub.json"
SLICES = SAMPLES / "k8s_resourceslice_t4.yaml"
RAY = SAMPLES / "ray_2.60.0_ray_nodes.json"
LABELS: dict[str, dict[str, str]] = json.loads((SAMPLES / "gfd_labels.json").read_bytes())


def sample(path: Path) -> Any:
    """Return the plain values of a JSON sample."""
    return json.loads(path.read_bytes())


def gpus(hardware: Hardware | None) -> str:
    """Return the GPUs, or slices, of a node in short: ``8x H100 80GB 81559``, the memory in MiB."""
    if hardware is None:
        return "?"
    return " or ".join(_meaning(each) for each in hardware.alternatives or (hardware.gpus,))


def _meaning(gpus: Any) -> str:
    devices = [device for gpu in gpus for device in (gpu.slices or (gpu,))]
    texts = [f"{device.name} {device.total_bytes // 2**20}" for device in devices]
    return ", ".join(f"{texts.count(text)}x {text}" for text in dict.fromkeys(texts)) or "none"


def told(node: InventoryNode) -> tuple[object, ...]:
    """Return a node as name, count, GPUs, reason and free GPUs."""
    return (node.name, node.count, gpus(node.hardware), node.reason, node.free_gpus)


def nodes(inventory: Inventory) -> list[tuple[object, ...]]:
    """Return the nodes of an inventory, each as ``told`` does."""
    return [told(node) for node in inventory.nodes]
