"""The numbers of a network that the formulas need, all present, from what an entry states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from model_garden_registry.entries.architecture import Architecture, VisionTower
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT, ById
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.family import Family, family_of
from model_garden_registry.memory.network.groups import Group, groups_of
from model_garden_registry.memory.network.layers import Linear, read_stated, together
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.weight_formats import FormatName, published_format
from model_garden_registry.units import GB

#: What an entry without an architecture states.
_NOTHING = Architecture()


class Published(NamedTuple):
    """
    What an entry says of its quantised weights beside their format.

    Args:
        format_name: Their format.

        group_size: Weights that share a scale; None: as usual.

        file_bytes: All weights as published; None: as bits and parameters make them.
    """

    format_name: FormatName
    group_size: int | None
    file_bytes: float | None


@dataclass(frozen=True, eq=False)
class Shape:
    """
    A network in numbers: groups of layers that are alike, between an embedding matrix and a head.

    There is one of each network, so that what follows from it is kept by identity.

    Args:
        groups: All layers, in groups.

        caches: What the layers of each kind keep of a sequence: how many there are, and their mixer without its
            matrices.

        layers: How many there are.

        family: What its layers are made of.

        linears: The linear layers of the language model, without the head; equal ones of several groups together.

        linear_parameters: Their weights: what quantisation acts on.

        expert_parameters: Those of them in routed experts.

        parameters: All weights, tied ones once.

        tower: The vision tower, as far as the entry describes it.

        tower_parameters: Weights of the vision tower.

        predicting_layers: Layers beside these that predict further tokens.

        published_bytes: Bytes of one weight as published, before quantisation.

        published: What the entry says of its quantised weights beside their format.
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
    tower: VisionTower | None
    tower_parameters: int
    predicting_layers: int
    published_bytes: int
    has_vision: bool
    published: Published | None = None

    @property
    def head_parameters(self) -> int:
        """Weights of an output head of its own; 0 where it is the embedding matrix."""
        return 0 if self.is_tied else self.vocab * self.hidden

    @property
    def end_parameters(self) -> int:
        """Weights of the embedding matrix and of the head."""
        return self.vocab * self.hidden + self.head_parameters

    @cached_property
    def has_experts(self) -> bool:
        """Whether some layers have experts."""
        return any(group.feed_forward.experts for group in self.groups)

    @cached_property
    def has_states(self) -> bool:
        """Whether some layers keep a state."""
        return any(group.mixer.state for group in self.groups)

    @cached_property
    def stateful_parameters(self) -> int:
        """Weights of the matrices of mixers that keep a state instead of a cache."""
        return sum(
            linear.parameters
            for group in self.groups
            if group.mixer.state and not group.caches
            for linear in group.linears
            if linear.place == "attention"
        )

    @cached_property
    def idle_parameters(self) -> int:
        """Weights of the experts that a token does not pass."""
        return sum(
            linear.parameters * (group.feed_forward.experts - group.feed_forward.active) // group.feed_forward.experts
            for group in self.groups
            for linear in group.linears
            if linear.place == "expert"
        )


def shape_of(entry: ModelInfo) -> Shape:
    """
    Return the network of an entry in numbers.

    Raises:
        MissingShapeError: It lacks a number that nothing else tells.
    """
    return _shape_of(ById(entry))


@lru_cache(maxsize=MOST_KEPT)
def _shape_of(asked: ById[ModelInfo]) -> Shape:
    """Hash no entry twice: every formula asks for its shape."""
    entry = asked.value
    shape = _shape(entry.architecture or _NOTHING, entry.id, entry.is_vision_model)
    told = entry.quantization
    if told.group_size is None and told.weights_gb is None:
        return shape
    file_bytes = None if told.weights_gb is None else told.weights_gb * GB
    return _published(shape, Published(published_format(told), told.group_size, file_bytes))


def count_parameters(architecture: Architecture) -> int:
    """
    Count all weights that an architecture tells, whatever number of them it states.

    Raises:
        MissingShapeError: It lacks a number that nothing else tells.
    """
    return _shape(architecture.model_copy(update={"parameters": None}), "", False).parameters  # noqa: FBT003


def states_shape(entry: ModelInfo) -> bool:
    """Return whether an entry states the shape that exact numbers need."""
    try:
        shape_of(entry)
    except MissingShapeError:
        return False
    return True


@lru_cache(maxsize=MOST_KEPT)
def _shape(stated: Architecture, model_id: str, takes_images: bool) -> Shape:  # noqa: FBT001  (a cache's key)
    """Count once for each architecture: settings change more often than models."""
    numbers, family = read_stated(model_id, stated), family_of(stated.model_type)
    groups = groups_of(numbers, family)
    hidden, vocab = numbers.hidden, numbers.vocab
    linears = together(linear for group in groups for linear in group.linears)
    counted = sum(linear.parameters for linear in linears)
    ends = vocab * hidden * (1 if stated.tie_word_embeddings else 2)
    tower = (stated.vision.parameters or 0) if stated.vision else 0
    further = sum(group.layers * group.mixer.further for group in groups)
    # Where experts work in another width, a matrix leads into it and one out of it.
    further += sum(2 * group.layers * group.feed_forward.latent * hidden for group in groups)
    # The norms of each layer and one before the head; the router scores every expert from the whole stream.
    norms = (sum(group.layers * group.norms for group in groups) + 1) * hidden
    router = sum(group.layers * group.feed_forward.experts for group in groups) * hidden
    parameters = stated.parameters or counted + ends + tower + further + norms + router
    # A layout that is not known here may count more than the entry states; what is not linear stays what it is.
    linear_parameters = max(0, min(counted, parameters - ends - tower))
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
    # In whatever order an entry lists its groups, it is the same network.
    return tuple((layers, mixer) for mixer, layers in sorted(counts.items(), key=str))
