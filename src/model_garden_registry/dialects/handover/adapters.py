"""A serving engine's support for trained adapters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from model_garden_registry.families.tables import table

#: Layers that SGLang fuses: their names in training → in SGLang. Source: `get_normalized_target_modules`.
_FUSED = {
    "q_proj": "qkv_proj",
    "k_proj": "qkv_proj",
    "v_proj": "qkv_proj",
    "gate_proj": "gate_up_proj",
    "up_proj": "gate_up_proj",
    "q_a_proj": "fused_qkv_a_proj_with_mqa",
    "kv_a_proj_with_mqa": "fused_qkv_a_proj_with_mqa",
    "wq_b": "indexer.wq_b",
    "wk": "indexer.wk",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterLoading:
    """
    How an engine loads adapters.

    Args:
        version: The release that was read.

        passes_over_saved: Whether fully trained modules in an adapter are silently ignored, rather than refused.

        scales_by_root: Whether ``use_rslora`` is followed.

        passes_over_towers: Whether the vision tower's part of an adapter is ignored.

        targets: Names of layers that can have an adapter, as the engine fuses them; None: every linear layer.

        own_targets: Architectures with their own such layers.

        without_adapters: Architectures that it serves only without adapters.
    """

    version: str
    passes_over_saved: bool
    scales_by_root: bool
    passes_over_towers: bool
    targets: frozenset[str] | None
    own_targets: frozenset[str]
    without_adapters: frozenset[str]

    def unplaced(self, modules: Iterable[str], architecture: str | None) -> tuple[str, ...]:
        """Return the adapted layers for which a model of an architecture takes no adapter."""
        if self.targets is None or architecture in self.own_targets:
            return ()
        return tuple(name for name in modules if _fused(name) not in self.targets)


def _fused(name: str) -> str:
    leaf = name.rpartition(".")[2]
    return _FUSED.get(leaf, leaf)


@cache
def adapter_loading(engine: str) -> AdapterLoading | None:
    """
    Return how an engine loads adapters; None if it does not.

    Args:
        engine: ``vllm``, ``sglang`` or ``transformers``.
    """
    stated = table("adapters").get(engine)
    if stated is None:
        return None
    return AdapterLoading(
        version=stated["version"],
        passes_over_saved=stated["passes_over_saved"],
        scales_by_root=stated["scales_by_root"],
        passes_over_towers=stated["passes_over_towers"],
        targets=None if stated["targets"] is None else frozenset(stated["targets"]),
        own_targets=frozenset(stated["own_targets"]),
        without_adapters=frozenset(stated["without_adapters"]),
    )
