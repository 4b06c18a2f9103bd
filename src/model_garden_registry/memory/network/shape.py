"""The numbers that the formulas need, all present, from what an entry states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.entries.architecture import Architecture, VisionTower
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT, ById
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.family import Family, family_of
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.network.groups import Group, groups_of
from model_garden_registry.memory.network.layers import Linear, read_stated, together
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.weight_formats import FormatName, published_format
from model_garden_registry.units import GB

#: The architecture of an entry that states none.
_NOTHING = Architecture()


class Published(NamedTuple):
    """
    What an entry states of its quantised weights beside their format.

    Args:
        format_name: Their format.

        group_size: Weights that share a scale; None: the format's default.

        file_bytes: All weights as published; None: computed from bits and parameters.
    """

    format_name: FormatName
    group_size: int | None
    file_bytes: float | None


@dataclass(frozen=True, eq=False)
class Shape:
    """
    A network as numbers: groups of identical layers between an embedding matrix and a head.

    There is one object per network, so that derived values can be cached by identity.

    Args:
        groups: All layers, in groups.

        caches: The layers of each kind that keep something of a sequence: how many there are, and their mixer without
            its matrices.

        layers: Number of layers.

        family: The family record that describes its layers.

        linears: The linear layers of the language model, without the head; equal ones of several groups are merged.

        linear_parameters: Their weights: what quantisation applies to.

        expert_parameters: The share of these in routed experts.

        parameters: All weights, tied ones once.

        counted: The same, counted from the layers whatever number the entry states.

        tower: The vision tower, as far as the entry describes it.

        tower_parameters: Weights of the vision tower.

        predicting_layers: Extra layers that predict further tokens (MTP).

        published_bytes: Bytes of one weight as published, before quantisation.

        published: What the entry states of its quantised weights beside their format.
    """

    groups: tuple[Group, ...]
    caches: tuple[tuple[int, TokenMixer], ...]
    layers: int
    hidden: int
    vocab: int
    family: Family
    is_tied: bool
    linears: tuple[Linear, ...]
    linear_parameters: int
    expert_parameters: int
    parameters: int
    counted: int
    tower: VisionTower | None
    tower_parameters: int
    predicting_layers: int
    published_bytes: int
    has_vision: bool
    published: Published | None = None

    @property
    def head_parameters(self) -> int:
        """Weights of a separate output head; 0 if it is tied to the embedding matrix."""
        return 0 if self.is_tied else self.vocab * self.hidden

    @property
    def end_parameters(self) -> int:
        """Weights of the embedding matrix and of the head."""
        return self.vocab * self.hidden + self.head_parameters

    @lazy
    def has_experts(self) -> bool:
        """Whether some layers have experts."""
        return any(group.feed_forward.experts for group in self.groups)

    @lazy
    def has_states(self) -> bool:
        """Whether some layers keep a state."""
        return any(group.mixer.state for group in self.groups)

    @lazy
    def stateful_parameters(self) -> int:
        """Weights of the matrices of mixers that keep a state instead of a cache."""
        return sum(
            linear.parameters
            for group in self.groups
            if group.mixer.state and not group.caches
            for linear in group.linears
            if linear.place == "attention"
        )

    @lazy
    def idle_parameters(self) -> int:
        """Weights of the experts that a token does not use."""
        return sum(
            linear.parameters * (group.feed_forward.experts - group.feed_forward.active) // group.feed_forward.experts
            for group in self.groups
            for linear in group.linears
            if linear.place == "expert"
        )


def shape_of(entry: ModelInfo) -> Shape:
    """
    Return the network of an entry as numbers.

    Raises:
        MissingShapeError: It lacks a number that cannot be derived.
    """
    return _shape_of(ById(entry))


@lru_cache(maxsize=MOST_KEPT)
def _shape_of(asked: ById[ModelInfo]) -> Shape:
    """Cache by identity: every formula asks for the shape, and hashing an entry is slow."""
    entry = asked.value
    try:
        shape = _shape(entry.architecture or _NOTHING, entry.is_vision_model)
    except MissingShapeError as missing:
        raise MissingShapeError(entry.id, missing.field) from None
    told = entry.quantization
    if told.group_size is None and told.weights_gb is None:
        return shape
    file_bytes = None if told.weights_gb is None else told.weights_gb * GB
    return _published(shape, Published(published_format(told), told.group_size, file_bytes))


def count_parameters(architecture: Architecture) -> int:
    """
    Count all weights from the architecture, whatever number of parameters it states.

    Raises:
        MissingShapeError: It lacks a number that cannot be derived.
    """
    return _shape(architecture, False).counted  # noqa: FBT003


def states_shape(entry: ModelInfo) -> bool:
    """Return whether an entry states the shape that exact numbers need."""
    try:
        shape_of(entry)
    except MissingShapeError:
        return False
    return True


@lru_cache(maxsize=MOST_KEPT)
def _shape(stated: Architecture, takes_images: bool) -> Shape:  # noqa: FBT001  (a cache's key)
    """Compute once for each architecture: settings change more often than models, and many models are copies."""
    numbers, family = read_stated("", stated), family_of(stated.model_type)
    groups = groups_of(numbers, family)
    hidden, vocab = numbers.hidden, numbers.vocab
    linears = together(linear for group in groups for linear in group.linears)
    linear_parameters = sum(linear.parameters for linear in linears)
    ends = vocab * hidden * (1 if stated.tie_word_embeddings else 2)
    tower = (stated.vision.parameters or 0) if stated.vision else 0
    further = sum(group.layers * group.mixer.further for group in groups)
    # Experts that work in a latent width have one matrix into it and one out of it.
    further += sum(2 * group.layers * group.feed_forward.latent * hidden for group in groups)
    # The norms of each layer and the final norm; the router scores every expert from the full residual stream.
    norms = (sum(group.layers * group.norms for group in groups) + 1) * hidden
    router = sum(group.layers * group.feed_forward.experts for group in groups) * hidden
    counted = linear_parameters + ends + tower + further + norms + router
    parameters = stated.parameters or counted
    # An unknown layout may count more than the entry states; what is not linear is kept as it is.
    linear_parameters = max(0, min(linear_parameters, parameters - ends - tower))
    expert_parameters = sum(linear.parameters for linear in linears if linear.place == "expert")
    return Shape(
        groups=groups,
        caches=_caches(groups),
        layers=sum(group.layers for group in groups),
        hidden=hidden,
        vocab=vocab,
        family=family,
        is_tied=bool(stated.tie_word_embeddings),
        linears=linears,
        linear_parameters=linear_parameters,
        expert_parameters=min(expert_parameters, linear_parameters),
        parameters=parameters,
        counted=counted,
        tower=stated.vision,
        tower_parameters=tower,
        predicting_layers=stated.mtp_layers or 0,
        published_bytes=4 if stated.dtype == "float32" else 2,
        has_vision=stated.vision is not None or takes_images,
    )


@lru_cache(maxsize=MOST_KEPT)
def _published(shape: Shape, published: Published) -> Shape:
    return replace(shape, published=published)


def _caches(groups: tuple[Group, ...]) -> tuple[tuple[int, TokenMixer], ...]:
    counts: dict[TokenMixer, int] = {}
    for group in groups:
        if group.mixer.cached_width or group.mixer.state:
            bare = group.mixer._replace(linears=(), further=0)
            counts[bare] = counts.get(bare, 0) + group.layers
    # The order in which an entry lists its groups does not matter.
    kinds = sorted(counts.items(), key=str) if len(counts) > 1 else counts.items()
    return tuple((layers, mixer) for mixer, layers in kinds)
