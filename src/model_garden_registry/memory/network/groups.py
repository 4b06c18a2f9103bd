"""Groups of identical layers: as an entry lists them, or derived from the totals that it states."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from model_garden_registry.entries.architecture import FeedForwardKind, LayerGroup, Mixer
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.family import Family
from model_garden_registry.memory.network.layers import Linear, Place, Stated
from model_garden_registry.memory.network.mixers import TokenMixer, mixer_of


class FeedForward(NamedTuple):
    """
    The feed-forward part of one layer; zeros if there is none.

    Args:
        intermediate: Width of a dense feed-forward layer.

        experts: Routed experts.

        active: Experts per token.

        expert_intermediate: Width of one expert.

        shared_intermediate: Width of the shared experts together.

        latent: Width that the routed experts work in; 0: the width of the network.
    """

    intermediate: int = 0
    experts: int = 0
    active: int = 0
    expert_intermediate: int = 0
    shared_intermediate: int = 0
    latent: int = 0

    @property
    def routed(self) -> int:
        """Width that a token passes in the routed experts."""
        return self.active * self.expert_intermediate + self.shared_intermediate

    @property
    def width(self) -> int:
        """Width that a token passes."""
        return self.intermediate or self.routed

    def linears(self, hidden: int, layers: int, *, is_gated: bool) -> tuple[Linear, ...]:
        """
        Return the matrices; a gate is one more matrix next to the up projection.

        Args:
            layers: Layers that have such a feed-forward layer.
        """
        places: tuple[tuple[Place, int, int, int], ...] = (
            ("dense", hidden, self.intermediate, layers),
            ("expert", self.latent or hidden, self.expert_intermediate, layers * self.experts),
            ("shared", hidden, self.shared_intermediate, layers),
        )
        kinds = ("gate", "up") if is_gated else ("up",)
        return tuple(
            linear
            for place, around, width, count in places
            if width
            for linear in (
                *(Linear(place, kind, around, width, count) for kind in kinds),
                Linear(place, "down", width, around, count),
            )
        )


class Group(NamedTuple):
    """
    Layers that are identical.

    Args:
        layers: How many.

        mixer: The mixer of each.

        feed_forward: The feed-forward part of each.

        norms: Norms of the network's width in each.

        linears: The matrices of all of them.
    """

    layers: int
    mixer: TokenMixer
    feed_forward: FeedForward
    norms: int
    linears: tuple[Linear, ...]

    @property
    def caches(self) -> bool:
        """Whether the layers have a key and value cache of their own."""
        return self.mixer.cached_width > 0

    @property
    def parameters(self) -> int:
        """Weights of the matrices, and of the mixers' other parameters."""
        return sum(linear.parameters for linear in self.linears) + self.layers * self.mixer.further


def groups_of(stated: Stated, family: Family) -> tuple[Group, ...]:
    """
    Return the layers of a network in groups.

    Raises:
        MissingShapeError: They lack a number that cannot be derived.
    """
    listed = stated.architecture.layers
    if listed and sum(group.count for group in listed) != stated.layers:
        raise MissingShapeError(stated.model_id, "layers that add up to num_hidden_layers")
    return tuple(_group(stated, family, group) for group in (listed or _summed(stated)))


def _group(stated: Stated, family: Family, group: LayerGroup) -> Group:
    mixer, feed_forward = mixer_of(stated, family, group), _feed_forward(stated, group)
    matrices = feed_forward.linears(stated.hidden, group.count, is_gated=family.gated)
    # A layer that is only a mixer or only a feed-forward layer has the norms of that half.
    halves = (group.mixer != "none") + (group.feed_forward != "none")
    norms = family.norms if halves == 2 else (family.norms * halves + 1) // 2
    return Group(group.count, mixer, feed_forward, norms, (*mixer.linears, *matrices))


def _feed_forward(stated: Stated, group: LayerGroup) -> FeedForward:
    match group.feed_forward:
        case "none":
            return FeedForward()
        case "dense":
            width = group.intermediate_size or stated.architecture.intermediate_size
            return FeedForward(intermediate=stated.needed(width, "intermediate_size"))
        case _:
            return _experts(stated)


def _experts(stated: Stated) -> FeedForward:
    moe = stated.architecture.moe
    if moe is None:
        raise MissingShapeError(stated.model_id, "moe")
    # Experts without a width of their own are as wide as the network's feed-forward layer (Mixtral).
    width = moe.moe_intermediate_size or stated.needed(
        stated.architecture.intermediate_size, "moe.moe_intermediate_size"
    )
    return FeedForward(
        experts=moe.num_experts,
        active=min(moe.num_experts_per_tok, moe.num_experts),
        expert_intermediate=width,
        shared_intermediate=moe.shared_expert_intermediate_size or (moe.n_shared_experts or 0) * width,
        latent=moe.moe_latent_size or 0,
    )


def _summed(stated: Stated) -> Iterator[LayerGroup]:
    """
    Yield groups from the totals that an entry states: layers with a window first, dense layers first.

    The totals do not say which dense layers have a window, and no formula depends on it.
    """
    architecture, layers = stated.architecture, stated.layers
    plain: Mixer = "latent" if architecture.mla else "full"
    window, moe = architecture.sliding_window, architecture.moe
    windowed = min(window.num_layers, layers) if window else 0
    dense = layers if moe is None else min(moe.first_k_dense_replace or 0, layers)
    cuts = sorted({0, dense, layers - windowed, layers})
    for start, end in pairwise(cuts):
        seen = window if window and start >= layers - windowed else None
        mixer: Mixer = "window" if seen and plain == "full" else plain
        yield _alike(end - start, mixer, "dense" if start < dense else "moe", seen.window if seen else None)


@lru_cache(maxsize=1024)
def _alike(count: int, mixer: Mixer, feed_forward: FeedForwardKind, window: int | None) -> LayerGroup:
    """Return a group that states nothing else; cached, as many networks have equal ones."""
    return LayerGroup(count=count, mixer=mixer, feed_forward=feed_forward, window=window)
