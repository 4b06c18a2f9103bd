"""GPU counts that an engine accepts for a model: splits that it refuses whatever their memory."""

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

#: Weights per block of scales, in each direction. Source: DeepSeek-V3, `weight_block_size` of its config.json.
_BLOCK = 128
#: Weights per group, if the entry does not say.
_GROUP = 128
#: The vocabulary is padded to a multiple of this. Source: vLLM, SGLang, `DEFAULT_VOCAB_PADDING_SIZE`.
_WORDS = 64
#: Matrices split along their input, and unmerged matrices split along their output, with their names in messages.
_DIVIDED_IN = {"o": "the output of attention", "down": "the feed-forward layer"}
_ALONE = {"q_b": "what makes the queries", "kv_b": "what makes keys and values"}


class SplitRefusal(NamedTuple):
    """
    Why an engine refuses a split.

    Args:
        text: One sentence.

        is_format: Whether the cause is the number format of the weights.
    """

    text: str
    is_format: bool = False


class _Split(NamedTuple):
    """A model to be divided over a number of GPUs."""

    entry: ModelInfo
    shape: Shape
    settings: InferenceSettings
    splits: Splits
    size: int

    @property
    def expert_gpus(self) -> int:
        """Number of GPUs that the width of an expert is divided over."""
        return 1 if self.settings.enable_expert_parallel else self.size * self.settings.data_parallel_size

    @property
    def experts(self) -> Iterator[Linear]:
        """The expert matrices whose input is divided among GPUs."""
        return (linear for linear in self.shape.linears if linear.place == "expert" and linear.name == "down")


def refused_split(entry: ModelInfo, settings: InferenceSettings, size: int) -> SplitRefusal | None:
    """
    Return why the engine of the settings cannot divide a model over this many GPUs; None if it can.

    Heads, widths and the vocabulary must divide evenly, and scales must stay whole blocks or groups.

    Args:
        size: ``tensor_parallel_size``; every other setting is unchanged.

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
    Return whether the split needs smaller scale blocks for the experts.

    Only kernels that compute in 8 bits take those; GPUs that unpack the weights cannot.

    Source:
        vLLM, `refine_fp8_moe_block_shape`, `MarlinExperts._supports_quant_scheme`
    """
    split = _split(entry, settings, settings.tensor_parallel_size)
    if split is None or not split.splits.least_expert_block or published_format(entry.quantization) != "fp8-block":
        return False
    return any(linear.d_in // split.expert_gpus % _BLOCK for linear in split.experts)


def _split(entry: ModelInfo, settings: InferenceSettings, size: int) -> _Split | None:
    """Return the model to be divided; None if nothing is known of the engine's splits or of the shape."""
    splits = engine_of(settings.engine, settings.engine_version).splits
    try:
        shape = shape_of(entry)
    except MissingShapeError:
        return None
    return _Split(entry, shape, settings, splits, size) if splits else None


def _uneven(split: _Split) -> Iterator[str]:
    """Yield what a size does not divide evenly: heads, widths of layers, the vocabulary."""
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
    # With fewer key heads than GPUs, heads are copied.
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
    """Yield the matrices whose scales a size would cut."""
    quantization, size = split.entry.quantization, split.size
    name, stated = published_format(quantization), quantization.group_size
    refused = f"{split.settings.tool} refuses tensor_parallel_size {size}"
    # 8-bit weights often have one scale per channel, which no split cuts.
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
    Yield the widths of matrices with scales that are divided as whole blocks.

    The merged outputs (queries with keys and values, gate with up) are not among them: vLLM accepts any split of
    these, and the matrix that follows has the same width.
    """
    for group in groups:
        yield from _divided_inputs(group.linears)
        yield from ((_ALONE[linear.name], linear.d_out) for linear in group.linears if linear.name in _ALONE)


def _cut_experts(split: _Split) -> Iterator[str]:
    """Yield the experts whose blocks a size would cut, and for which the engine makes no smaller blocks."""
    gpus, least = split.expert_gpus, split.splits.least_expert_block
    for linear in split.experts:
        width = linear.d_in // gpus
        if width % _BLOCK and (least is None or gcd(_BLOCK, width, linear.d_out) < least):
            cure = "; where moe_backend is named, it fills them up" if split.splits.pads_experts else ""
            share = f"experts of {linear.d_in} / {gpus} = {width}"
            yield f"{split.settings.tool} refuses {gpus} GPUs: {share}, no multiple of the block of {_BLOCK}{cure}"


def _cut_expert_groups(split: _Split, weights: int) -> Iterator[str]:
    """Yield the experts whose groups a size would cut: libraries need whole groups, or halves."""
    splits, gpus, is_packed = split.splits, split.expert_gpus, split.entry.quantization.type == "compressed-tensors"
    for linear in split.experts:
        width = linear.d_in // gpus
        least = (weights if splits.whole_expert_groups else None) if is_packed else splits.least_expert_group
        if least and gcd(weights, width, linear.d_out) < min(least, weights):
            share = f"experts of {linear.d_in} / {gpus} = {width}"
            yield f"{split.settings.tool} refuses {gpus} GPUs: {share}, no multiple of a group of {least}"


def _share(what: str, width: int, size: int) -> str:
    return f"{what} has {width} / {size} = {width // size}"
