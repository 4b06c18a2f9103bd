"""Over how many GPUs an engine divides a model at all: what it refuses whatever their memory."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.splits import Splits
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import GROUPED, published_format

#: Weights that share a scale in each direction of a block. Source: DeepSeek-V3, `weight_block_size` of its config.json.
_BLOCK = 128
#: Weights of a group, where an entry does not say.
_GROUP = 128
#: Words that a vocabulary is filled up to a multiple of. Source: vLLM, SGLang, `DEFAULT_VOCAB_PADDING_SIZE`.
_WORDS = 64
#: Matrices whose input is divided, and matrices whose output is and that stand alone, by what they are in sentences.
_DIVIDED_IN = {"o": "the output of attention", "down": "the feed-forward layer"}
_ALONE = {"q_b": "what makes the queries", "kv_b": "what makes keys and values"}


class SplitRefusal(NamedTuple):
    """
    Why an engine does not take a split.

    Args:
        text: One sentence.

        is_format: Whether it is the number format of the weights that cannot be divided so.
    """

    text: str
    is_format: bool = False


class _Split(NamedTuple):
    """A model that is to be divided over so many GPUs."""

    entry: ModelInfo
    shape: Shape
    settings: InferenceSettings
    splits: Splits
    size: int

    @property
    def expert_gpus(self) -> int:
        """Over how many GPUs the width of an expert is divided."""
        return 1 if self.settings.enable_expert_parallel else self.size * self.settings.data_parallel_size

    @property
    def experts(self) -> Iterator[Linear]:
        """The matrices of experts that read what GPUs divide."""
        return (linear for linear in self.shape.linears if linear.place == "expert" and linear.name == "down")


def refused_split(entry: ModelInfo, settings: InferenceSettings, size: int) -> SplitRefusal | None:
    """
    Return why the engine of the settings does not divide a model over so many GPUs; None where it does.

    Heads, widths and the vocabulary must be divided evenly, and scales as whole blocks or groups.

    Args:
        size: ``tensor_parallel_size``; every other setting stays.

    Source:
        storage/engines.json, `splits`; vLLM, `ModelConfig.verify_with_parallel_config`, `QKVParallelLinear`,
        `VocabParallelEmbedding`, `MambaMixer2`, `validate_fp8_block_shape`, `resolve_fp8_moe_weight_block_shape`,
        `AutoAWQLinearMethod`, `MarlinLinearKernel.can_implement`, `CompressedTensorsWNA16MoEMethod`, `MoeWNA16Method`
    """
    splits = engine_of(settings.engine, settings.engine_version).splits
    if splits is None or size * settings.data_parallel_size == 1:
        return None
    heads = entry.architecture.num_attention_heads if entry.architecture else None
    if heads and heads % size:
        return SplitRefusal(f"tensor_parallel_size {size} does not divide {heads} attention heads")
    split = _split(entry, settings, size)
    if split is None:
        return None
    if text := next(_uneven(split), None):
        return SplitRefusal(text)
    text = next(_cut_scales(split), None)
    return None if text is None else SplitRefusal(text, is_format=True)


def refines_experts(entry: ModelInfo, settings: InferenceSettings) -> bool:
    """
    Return whether the split makes smaller blocks of the scales of experts.

    Only kernels that compute in 8 bits take those: GPUs that unpack the weights do not.

    Source:
        vLLM, `refine_fp8_moe_block_shape`, `MarlinExperts._supports_quant_scheme`
    """
    split = _split(entry, settings, settings.tensor_parallel_size)
    if split is None or not split.splits.least_expert_block or published_format(entry.quantization) != "fp8-block":
        return False
    return any(linear.d_in // split.expert_gpus % _BLOCK for linear in split.experts)


def _split(entry: ModelInfo, settings: InferenceSettings, size: int) -> _Split | None:
    """Put together what is to be divided; None where the engine or the shape says nothing of it."""
    splits = engine_of(settings.engine, settings.engine_version).splits
    try:
        shape = shape_of(entry)
    except MissingShapeError:
        return None
    return _Split(entry, shape, settings, splits, size) if splits else None


def _uneven(split: _Split) -> Iterator[str]:
    """Give what a size does not divide evenly: heads, the widths of layers, the vocabulary."""
    refused = f"tensor_parallel_size {split.size} does not divide"
    for group in split.shape.groups:
        yield from (f"{refused} {text}" for text in _uneven_group(group, split.size))
    yield from (f"{refused} {text}" for text in _uneven_states(split.entry, split.size))
    for linear in split.experts:
        if linear.d_in % split.expert_gpus:
            yield f"{split.expert_gpus} GPUs do not divide experts of {linear.d_in}"
    if -(-split.shape.vocab // _WORDS) * _WORDS % split.size:
        yield f"{refused} a vocabulary of {split.shape.vocab}"


def _uneven_group(group: Group, size: int) -> Iterator[str]:
    mixer, feed_forward = group.mixer, group.feed_forward
    if mixer.heads % size:
        yield f"{mixer.heads} attention heads"
    # Fewer heads of keys than GPUs are copied.
    if mixer.kv_heads and not mixer.is_latent and mixer.kv_heads % size and size % mixer.kv_heads:
        yield f"{mixer.kv_heads} heads of keys and values, and is no multiple of them"
    for width in (feed_forward.intermediate, feed_forward.shared_intermediate):
        if width % size:
            yield f"a feed-forward layer of {width}"


def _uneven_states(entry: ModelInfo, size: int) -> Iterator[str]:
    for group in (entry.architecture.layers if entry.architecture else None) or ():
        if group.num_heads and group.num_heads % size:
            yield f"{group.num_heads} heads of a mixer with a state"
        if group.n_groups and group.n_groups > 1 and group.n_groups % size:
            yield f"{group.n_groups} groups of a state space"


def _cut_scales(split: _Split) -> Iterator[str]:
    """Give the matrices whose scales a size would cut."""
    quantization, size = split.entry.quantization, split.size
    name, stated = published_format(quantization), quantization.group_size
    refused = f"{split.settings.tool} refuses tensor_parallel_size {size}"
    # Eight bits often have a scale for each channel, which nothing cuts.
    if split.splits.whole_groups and name in GROUPED and (stated or name != "w8a16-int8"):
        weights = stated or _GROUP
        for what, width in _divided_inputs(split.shape.linears):
            if width // size % weights:
                yield f"{refused}: {_share(what, width, size)}, no multiple of the group of {weights}"
        yield from _cut_expert_groups(split, weights)
    if split.splits.whole_blocks and name == "fp8-block":
        for what, width in _divided_widths(split.shape.groups):
            if width // size % _BLOCK:
                yield f"{refused}: {_share(what, width, size)}, no multiple of the block of {_BLOCK}"
        yield from _cut_experts(split)


def _divided_inputs(linears: tuple[Linear, ...]) -> Iterator[tuple[str, int]]:
    for linear in linears:
        if linear.name in _DIVIDED_IN and linear.place != "expert":
            yield _DIVIDED_IN[linear.name], linear.d_in


def _divided_widths(groups: tuple[Group, ...]) -> Iterator[tuple[str, int]]:
    """
    Give the widths of matrices with scales that are divided as whole blocks.

    What several matrices make together, queries with keys and values or gate with up, is no such width: vLLM lets it
    pass, and the matrix behind it has the same.
    """
    for group in groups:
        yield from _divided_inputs(group.linears)
        yield from ((_ALONE[linear.name], linear.d_out) for linear in group.linears if linear.name in _ALONE)


def _cut_experts(split: _Split) -> Iterator[str]:
    """Give the experts whose blocks a size would cut, and that the engine makes no smaller blocks for."""
    gpus, least = split.expert_gpus, split.splits.least_expert_block
    for linear in split.experts:
        width = linear.d_in // gpus
        if width % _BLOCK and (least is None or gcd(_BLOCK, width, linear.d_out) < least):
            cure = "; where moe_backend is named, it fills them up" if split.splits.pads_experts else ""
            share = f"experts of {linear.d_in} / {gpus} = {width}"
            yield f"{split.settings.tool} refuses {gpus} GPUs: {share}, no multiple of the block of {_BLOCK}{cure}"


def _cut_expert_groups(split: _Split, weights: int) -> Iterator[str]:
    """Give the experts whose groups a size would cut: whole in one library, in halves of them in others."""
    splits, gpus, is_packed = split.splits, split.expert_gpus, split.entry.quantization.type == "compressed-tensors"
    for linear in split.experts:
        width = linear.d_in // gpus
        least = (weights if splits.whole_expert_groups else None) if is_packed else splits.least_expert_group
        if least and gcd(weights, width, linear.d_out) < min(least, weights):
            share = f"experts of {linear.d_in} / {gpus} = {width}"
            yield f"{split.settings.tool} refuses {gpus} GPUs: {share}, no multiple of a group of {least}"


def _share(what: str, width: int, size: int) -> str:
    return f"{what} has {width} / {size} = {width // size}"
