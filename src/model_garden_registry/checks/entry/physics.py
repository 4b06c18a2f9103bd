"""Numbers that the shape of the model, or what engines can run, rules out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from model_garden_registry.catalogue.sizes import SIZE_CLASSES, size_class
from model_garden_registry.catalogue.tags import APPLICATION_TAGS, TAGS
from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.checks.entry.limits import (
    beyond_positions,
    indivisible_heads,
    parallel_bitsandbytes,
    unknown_parsers,
    unserved_rank,
)
from model_garden_registry.errors import closing
from model_garden_registry.findings import Code, Severity
from model_garden_registry.near_names import close_names
from model_garden_registry.units import parse_parameter_count

if TYPE_CHECKING:
    from model_garden_registry.entries.architecture import LayerGroup
    from model_garden_registry.entries.model import ModelInfo

#: A size in words is rounded; a larger difference is another model, or a wrong name.
_ROUNDING = 0.02


def physics_flaws(entry: ModelInfo) -> Iterator[Flaw]:
    """Check one entry with every rule that needs no memory estimate."""
    yield from _size_in_words(entry)
    yield from _size_tag(entry)
    yield from _layers(entry)
    yield from _name(entry)
    yield from _lengths(entry)
    yield from _parallelism(entry)
    yield from _rank(entry)
    for name, message in unknown_parsers(entry):
        yield Flaw(Code.DEFAULTS_REFUSED, Severity.FAIL, ("inference_defaults", name), message)


def _size_in_words(entry: ModelInfo) -> Iterator[Flaw]:
    counted = entry.architecture.parameters if entry.architecture else None
    if counted is None:
        return
    stated = parse_parameter_count(entry.parameters)
    if abs(stated - counted) > _ROUNDING * counted:
        message = f"parameters says {entry.parameters}, the architecture counts {counted / 1e9:.3g}B"
        yield Flaw(Code.PARAMETERS_MISMATCH, Severity.WARNING, ("parameters",), message)


def _size_tag(entry: ModelInfo) -> Iterator[Flaw]:
    size = size_class(parse_parameter_count(entry.parameters))
    for index, tag in enumerate(entry.tags):
        if tag in SIZE_CLASSES and tag != size:
            message = f"tag {tag!r}, but {entry.parameters} parameters are {size}"
            yield Flaw(Code.TAG_MISMATCH, Severity.WARNING, ("tags", str(index)), message)


def vocabulary_flaws(entry: ModelInfo) -> Iterator[Flaw]:
    """Check that the tags of a shipped entry are in the vocabulary; a user's own file may have any tags."""
    known = (*TAGS, *APPLICATION_TAGS)
    for index, tag in enumerate(entry.tags):
        if tag not in known:
            message = f"tag {tag!r} is not in the vocabulary{closing(close_names(tag, known))}"
            yield Flaw(Code.TAG_UNKNOWN, Severity.WARNING, ("tags", str(index)), message)


def _layers(entry: ModelInfo) -> Iterator[Flaw]:
    """Check that listed layers agree with the totals beside them."""
    shape = entry.architecture
    groups = shape.layers if shape else None
    if shape is None or groups is None:
        return

    def counted(fits: Callable[[LayerGroup], bool]) -> int:
        return sum(group.count for group in groups if fits(group))

    window, moe = shape.sliding_window, shape.moe
    dense = counted(lambda group: group.feed_forward == "dense")
    sums = [
        ("num_hidden_layers", shape.num_hidden_layers, counted(lambda _: True)),
        ("sliding_window.num_layers", window and window.num_layers, counted(lambda group: group.mixer == "window")),
        ("moe.first_k_dense_replace", moe and moe.first_k_dense_replace, dense if moe else None),
    ]
    for name, stated, listed in sums:
        if stated is not None and listed is not None and stated != listed:
            message = f"{name} is {stated}, but layers lists {listed}"
            yield Flaw(Code.LAYERS_MISMATCH, Severity.FAIL, ("architecture", "layers"), message)
    for name, part, has_it in (
        ("mla", shape.mla, counted(lambda group: group.mixer == "latent")),
        ("moe", moe, counted(lambda group: group.feed_forward == "moe")),
    ):
        if bool(part) != bool(has_it):
            message = f"{name} is {'stated' if part else 'not stated'}, but {'some' if has_it else 'no'} layers have it"
            yield Flaw(Code.LAYERS_MISMATCH, Severity.FAIL, ("architecture", "layers"), message)


def _name(entry: ModelInfo) -> Iterator[Flaw]:
    name = entry.id.casefold()
    if ("4bit" in name or "4-bit" in name) and not entry.is_quantized:
        yield Flaw(Code.NAME_SAYS_4BIT, Severity.FAIL, ("id",), "the id says 4-bit, but quantization does not")


def _lengths(entry: ModelInfo) -> Iterator[Flaw]:
    served = entry.inference_defaults.max_model_len
    if message := beyond_positions(entry, "max_model_len", served):
        yield Flaw(Code.CONTEXT_TOO_LONG, Severity.FAIL, ("inference_defaults", "max_model_len"), message)
    if entry.training_defaults is None:
        return
    trained = entry.training_defaults.hyperparameters.max_seq_length
    if message := beyond_positions(entry, "max_seq_length", trained):
        where = ("training_defaults", "hyperparameters", "max_seq_length")
        yield Flaw(Code.CONTEXT_TOO_LONG, Severity.WARNING, where, message)


def _parallelism(entry: ModelInfo) -> Iterator[Flaw]:
    size = entry.inference_defaults.tensor_parallel_size
    where = ("inference_defaults", "tensor_parallel_size")
    if message := indivisible_heads(entry, size):
        yield Flaw(Code.HEADS_INDIVISIBLE, Severity.FAIL, where, message)
    else:
        yield from _refused(entry, where)
    gpus = entry.requirements_for("inference").min_gpus
    if size > gpus:
        message = f"tensor_parallel_size {size} needs {size} GPUs, but min_gpus is {gpus}"
        yield Flaw(Code.GPUS_FEW, Severity.FAIL, where, message)
    if message := parallel_bitsandbytes(entry, size):
        yield Flaw(Code.BNB_TENSOR_PARALLEL, Severity.WARNING, where, message)


def _refused(entry: ModelInfo, where: tuple[str, ...]) -> Iterator[Flaw]:
    """Check that the engine of an entry takes the split that the entry states."""
    from model_garden_registry.entries.settings.merging import own_settings  # late: likewise for a broken file
    from model_garden_registry.memory.serving.division import refused_split

    if entry.inference_defaults.tensor_parallel_size == 1:
        return
    settings = own_settings(entry, "inference")
    if refused := refused_split(entry, settings, settings.tensor_parallel_size):
        code = Code.GROUP_INDIVISIBLE if refused.is_format else Code.HEADS_INDIVISIBLE
        yield Flaw(code, Severity.FAIL, where, refused.text)


def _rank(entry: ModelInfo) -> Iterator[Flaw]:
    if entry.training_defaults and (message := unserved_rank(entry.training_defaults.lora_config.r)):
        yield Flaw(Code.RANK_UNSERVABLE, Severity.WARNING, ("training_defaults", "lora_config", "r"), message)
