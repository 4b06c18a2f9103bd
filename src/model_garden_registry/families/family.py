"""The layers of the networks of one ``model_type``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from model_garden_registry.families.tables import table

#: The `model_type` used as an example in descriptions.
EXAMPLE = "llama"

#: Fields that a language model alone lacks.
_BLIND: Mapping[str, Any] = {"tower": (), "vision": {}, "hooked_tower": False, "refused_targets": ()}

#: Name of a module → the matrices in it.
Modules = Mapping[str, tuple[str, ...]]

#: Kinds of state that a mixer without a cache keeps per sequence.
StateKind = Literal["mamba1", "mamba2", "gated_delta", "kda", "short_conv", "linear_attention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """
    One record of ``storage/families.json``, with omitted fields filled in.

    Args:
        checked: The release of transformers that was checked, or that the code comes with the checkpoints.

        attention: Linear layers of attention, by their name in the checkpoint → the matrices in each:
            ``q k v o``, ``q_a q_b kv_a kv_b`` of latent attention, ``gate`` of an output gate.

        feed_forward: The same for dense layers, shared experts and experts: ``gate up down``.

        expert_modules: Names of experts in checkpoints of transformers 4, where they differ.

        fused_experts: Parameters that hold all experts of a layer, as PEFT's ``target_parameters`` names them.

        refused_targets: Those of them that PEFT refuses by name alone, because the tower has modules of the same names.

        peft_converts: Whether PEFT turns names of expert layers into those parameters, gate and up as one of twice
            the rank, and then reaches no other feed-forward layer.

        mixers: Linear layers of mixers without a cache, by kind and name → input and output width as expressions.

        mixer_weights: All further weights of such a mixer, as an expression.

        states: The state of such a mixer, by kind.

        state_dtype: Type of the state that published config.json files ask for; None if they ask for none.

        other: Further linear layers of the language model: routers, gates of shared experts.

        tower: Linear layers of the vision tower and its projector.

        hooked_tower: Whether transformers reaches the tower's patch embeddings by ``get_input_embeddings``, so that
            gradient checkpointing makes their output require a gradient.

        targets: Layers that get an adapter by default.

        target_parameters: Parameters that get one if experts are fused.

        gated: Whether a feed-forward layer has a gate matrix.

        activation: ``stepwise`` if the activation function is written out in Python.

        norm: Kind of the norms of a layer.

        norms: Norms of the network's width per layer.

        sdpa: Whether transformers runs it with torch's scaled dot product attention; False also if nothing is known
            of code that comes with the checkpoints.

        head_norms: Whether queries and keys are normalised.

        tied: Whether the configuration class ties the head to the embeddings by default.

        word: The word of ``base_architecture``.

        also_words: Further words of entries that state no ``model_type``.

        large_images: Whether its image processor makes thousands of tokens from a large image.

        refused: Why no entry can be made of its config.json, as the end of a sentence; empty if one can.

        counted: Whether its shape gives all its weights, within half a per cent of the real class.

        keys: Keys of its config.json that count layers, heads or experts, beside the usual ones.

        layer_kinds: How its config.json states the kind of each layer; the first whose key is there counts.

        shape: Numbers of the architecture, by dotted path → expressions over config.json, where they are not
            the usual keys; of several, the first whose condition (``flag ? expression``) is true.

        vision: Facts of its tower: ``tower``, the type if config.json names none; ``projector``,
            weights between tower and language model as an expression over the tower's numbers, ``text`` for the width
            of the language model, and ``numbers``, those of config.json outside of the tower with their defaults.

        further: Weights outside of layers, embeddings and head, as an expression over config.json.

        group_keys: Numbers of a group of layers, by kind → keys of config.json; of several the first that is stated.
    """

    model_type: str | None
    checked: str = ""
    attention: Modules
    feed_forward: Modules
    expert_modules: Modules = field(default_factory=dict)
    fused_experts: Modules = field(default_factory=dict)
    refused_targets: tuple[str, ...] = ()
    peft_converts: bool = False
    mixers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mixer_weights: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, StateKind] = field(default_factory=dict)
    state_dtype: Literal["float32"] | None = None
    other: tuple[str, ...] = ()
    tower: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    target_parameters: tuple[str, ...] = ()
    gated: bool = True
    activation: Literal["fused", "stepwise"] = "fused"
    norm: Literal["rms", "layer"] = "rms"
    norms: int = 2
    sdpa: bool = True
    head_norms: bool = False
    tied: bool = False
    word: str = ""
    also_words: tuple[str, ...] = ()
    hooked_tower: bool = False
    large_images: bool = False
    counted: bool = False
    refused: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    layer_kinds: tuple[Mapping[str, Any], ...] = ()
    group_keys: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    shape: Mapping[str, str | list[str]] = field(default_factory=dict)
    further: str = "0"
    vision: Mapping[str, Any] = field(default_factory=dict)

    @property
    def matrices(self) -> int:
        """Matrices of a feed-forward layer: three if it is gated."""
        return 3 if self.gated else 2

    @property
    def modules(self) -> frozenset[str]:
        """Names of all layers that can get an adapter, embeddings and head included."""
        by_place = (self.attention, self.feed_forward, self.expert_modules, *self.mixers.values())
        named = [name for modules in by_place for name in modules]
        return frozenset((*named, *self.other, *self.tower, *ends("embeddings"), *ends("heads")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """
    Default numbers of the class of a part of config.json.

    Args:
        checked: The release of transformers that was checked; empty if nothing is known.

        numbers: By their keys; None: the class has no default.
    """

    checked: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower(Defaults):
    """
    The weights of a vision tower of one type.

    Args:
        weights: An expression over its numbers, by our names for those that an entry states; ``patches`` are those
            of an image, ``KEY_count`` the items of a list, ``KEY_stated`` the value of that very key. Empty if
            unknown.

        lists: Default lists of its class.
    """

    weights: str = ""
    lists: Mapping[str, Any] = field(default_factory=dict)


def known_model_types() -> frozenset[str]:
    """Return every ``model_type`` that has a record."""
    return frozenset(table("families")["families"])


def readable_model_types() -> frozenset[str]:
    """Return every known ``model_type``, those of language models inside other models too."""
    content = table("families")
    return frozenset((*content["families"], *content["text_halves"]))


def other_model_types() -> Mapping[str, str]:
    """Return the kind of models that get no entry, by their ``model_type``."""
    others: Mapping[str, str] = table("families")["others"]
    return others


def class_defaults(model_type: object) -> Defaults:
    """Return the class defaults of a language model inside another model; empty if unknown."""
    record = table("families")["defaults"].get(model_type) if isinstance(model_type, str) else None
    return Defaults(**(record or {}))


def tower_of_type(model_type: str) -> Tower:
    """Return the facts of a vision tower; empty if its type is unknown."""
    towers = table("families")["towers"]
    record = towers.get(model_type, {})
    return Tower(**(towers[record] if isinstance(record, str) else record))


@cache
def family_of(model_type: str | None) -> Family:
    """Return the record of a ``model_type``; without a record it is taken for Llama, under all the usual names."""
    content = table("families")
    record = content["families"].get(content["text_halves"].get(model_type, model_type))
    known = model_type if record is not None else None
    blind = _BLIND if model_type in content["text_halves"] else {}
    return _family(known, {**content["usual"], **(record or {}), **blind})


@cache
def families_of_word(word: str) -> tuple[Family, ...]:
    """Return the families that a word of ``base_architecture`` stands for."""
    found = [family_of(name) for name in table("families")["families"]]
    return tuple(family for family in found if word in (family.word, *family.also_words))


def ends(which: Literal["embeddings", "heads"]) -> tuple[str, ...]:
    """Return the names of the embedding matrix or the head in checkpoints."""
    return tuple(table("families")["ends"][which])


def usual_keys() -> tuple[str, ...]:
    """Return the keys of config.json that count layers, heads or experts in many families."""
    return tuple(table("families")["usual_keys"])


def organisations() -> Mapping[str, str]:
    """Return the registry's words for organisations on Hugging Face, by their names in lower case."""
    words: Mapping[str, str] = table("families")["organisations"]
    return words


def base_architecture(model_type: str) -> str:
    """Return the word for a family of architectures."""
    return family_of(model_type).word or model_type.replace("_", "-")


def _family(model_type: str | None, record: Mapping[str, Any]) -> Family:
    parsed = dict(record)
    for place in ("attention", "feed_forward", "expert_modules", "fused_experts"):
        if place in record:
            parsed[place] = {name: tuple(matrices.split()) for name, matrices in record[place].items()}
    for name in ("other", "tower", "targets", "target_parameters", "refused_targets", "also_words", "layer_kinds"):
        if name in record:
            parsed[name] = tuple(record[name])
    if model_type is not None:
        parsed.setdefault("word", model_type.replace("_", "-"))
    return Family(model_type=model_type, **parsed)
