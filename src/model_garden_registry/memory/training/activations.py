"""Bytes that a training step saves for its backward pass, and its transient tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model_garden_registry.families.family import Family
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.layers import Linear, Place
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weights import unpacked_bytes
from model_garden_registry.memory.training.step import Step

#: Which layers read the same tensor; what attention gives to its output matrix is kept by attention itself.
READS = {
    **dict.fromkeys(("q", "q_gate", "k", "v", "q_a", "kv_a"), "attention input"),
    "q_b": "query",
    "kv_b": "key and value",
    "gate": "feed-forward input",
    "up": "feed-forward input",
    "down": "feed-forward product",
}


#: What dropout keeps of each element beside its output.
_DROPOUT_MASK_BYTES = 1
#: Gradients as wide as the queries: a fused kernel has those of queries, keys, values and output at once, eager
#: attention one beside its scores. Source: the operations that torch records for a step.
_ATTENTION_GRADIENTS, _EAGER_GRADIENTS = 4, 1


def reads(shape: Shape, linear: Linear) -> str | None:
    """Name the tensor that a layer reads; None for what its mixer keeps anyway: the input of an output matrix."""
    if linear.name in READS:
        return READS[linear.name]
    return None if linear.d_out == shape.hidden else "attention input"


class Retained(NamedTuple):
    """
    What one layer keeps for each token, in bytes.

    Args:
        attention: Up to and with attention, or what stands in its place, and its output matrix.

        feed_forward: In the feed-forward layer.

        has_product: Whether what the last matrix of the feed-forward layer reads is among it.
    """

    attention: float
    feed_forward: float
    has_product: bool = True

    @property
    def total(self) -> float:
        """Both together."""
        return self.attention + self.feed_forward


def retained_bytes(shape: Shape, step: Step, constants: Calibration) -> tuple[Retained, ...]:
    """
    Return what a layer saves for each token, for each group of layers.

    Source:
        docs/memory-model.md#training
    """
    trained = [group.linears for group in shape.groups] if step.adapted is None else step.adapted.by_group
    pairs = zip(shape.groups, trained, strict=True)
    return tuple(_retained(shape, group, linears, step, constants=constants) for group, linears in pairs)


def _retained(
    shape: Shape, group: Group, trained: tuple[Linear, ...], step: Step, *, constants: Calibration
) -> Retained:
    feed_forward = group.feed_forward
    norms = float(group.norms * shape.hidden * _norm_bytes(shape, step))
    if step.is_handwritten and step.stream == 2:
        norms += constants.handwritten_bytes * (shape.hidden + feed_forward.intermediate)
    # Half of the norms stand before attention, the others before the feed-forward layer.
    attention = (
        norms / 2 + _attention(shape, group.mixer, step) + _inputs(shape, group, trained, step, place="attention")
    )
    kept = min(_kept_activations(shape.family), 2) if step.fuses else _kept_activations(shape.family)
    has_product = step.adapted is None or any(linear.name == "down" for linear in trained)

    def matrices(place: Place, width: int) -> float:
        """Input and output of the activation function, the gate's partner, and what trained matrices read."""
        return kept * step.stream * width + _inputs(shape, group, trained, step, place=place)

    if not feed_forward.experts:
        return Retained(attention, norms / 2 + matrices("dense", feed_forward.intermediate), has_product)
    routed = feed_forward.active * matrices("expert", feed_forward.expert_intermediate)
    # The rows that are gathered for each expert, and its output, which the router's weights multiply.
    gathered = feed_forward.active * step.stream * shape.hidden * 2
    shared = matrices("shared", feed_forward.shared_intermediate) if feed_forward.shared_intermediate else 0.0
    return Retained(attention, norms / 2 + routed + gathered + shared, has_product)


def kept_bytes(shape: Shape, step: Step, retained: Sequence[Retained], *, layers: int) -> float:
    """
    Give what layers keep where nothing is computed again.

    Args:
        layers: How many, and of the groups that keep most, as far as there are so many.
    """
    scores = _kept_score_bytes(step) if step.is_eager else 0
    each = [
        (step.tokens * layer.total + scores * _scores(group, step), group.layers)
        for group, layer in zip(shape.groups, retained, strict=True)
    ]
    kept, left = 0.0, layers
    for size, count in sorted(each, reverse=True):
        kept += min(left, count) * size
        left -= min(left, count)
    return kept


def kept_copies(step: Step) -> float:
    """Give the copies of adapted experts that a layer keeps where nothing is computed again."""
    return float((step.expert_bytes or 2) * step.copied_experts)


def widest_bytes(shape: Shape, step: Step) -> float:
    """Give the widest tensor that a layer saves."""
    return float(step.stream * step.tokens * max(shape.hidden, *(group.feed_forward.width for group in shape.groups)))


def head_bytes(shape: Shape, step: Step) -> int:
    """Return what the norm before the head saves for each token, and its output where the head is trained."""
    # RMSNorm saves a float32 copy. Its output is the head's input, in two bytes, and what its own weight multiplies.
    return shape.hidden * (4 + (4 if step.adapted is None else 0))


def working_bytes(shape: Shape, step: Step, retained: Sequence[Retained], *, recomputes: bool) -> float:
    """
    Return what one layer needs at its peak while the backward pass is in it.

    The gradients of attention and those of the feed-forward layer are not there at the same time; a weight matrix that
    is unpacked may be there beside either.

    Args:
        recomputes: Whether what the layer keeps is computed at that moment, and counts as well.
    """
    working = max(
        _working(group, step, layer, shape.family, recomputes=recomputes)
        for group, layer in zip(shape.groups, retained, strict=True)
    )
    return working + unpacked_bytes(shape, step.stored) + _copied_bytes(shape, step)


def _copied_bytes(shape: Shape, step: Step) -> float:
    """
    Give the experts of a layer that are made one tensor with what adapters add, beside a gradient of the last matrix.

    Source:
        PEFT, `tuners/lora/layer.py` ParamWrapper: one `baddbmm` for each parameter, and the backward pass reads it.
    """
    return kept_copies(step) * (1 + 1 / shape.family.matrices)


def _working(group: Group, step: Step, retained: Retained, family: Family, *, recomputes: bool) -> float:
    """Return what one layer of a group needs while the backward pass is in it, beside a matrix that is unpacked."""
    scores = _scores(group, step) if step.is_eager else 0
    kept_scores = _kept_score_bytes(step)
    # One gradient as wide as each matrix; that of what the last one reads takes the place of that, where it was kept.
    matrices = family.matrices - retained.has_product
    in_feed_forward: float = step.tokens * matrices * step.stream * group.feed_forward.width
    gradients = _EAGER_GRADIENTS if step.is_eager else _ATTENTION_GRADIENTS
    in_attention: float = step.tokens * gradients * step.attention_bytes * group.mixer.q_width
    in_attention += (step.peak_score_bytes - kept_scores) * scores
    if recomputes:
        in_feed_forward += step.tokens * retained.total + kept_scores * scores
        in_attention += step.tokens * retained.attention + kept_scores * scores
    return max(in_feed_forward, in_attention)


def _scores(group: Group, step: Step) -> int:
    """Count the attention scores of one layer."""
    return step.batch * group.mixer.heads * step.sequence**2


def _kept_score_bytes(step: Step) -> int:
    """Give the bytes of a score that eager attention keeps: probabilities in float32, and in half precision."""
    return 4 if step.attention_bytes == 4 else 6


def _kept_activations(family: Family) -> int:
    """Count the tensors of a feed-forward layer's width that its activation function keeps."""
    if family.gated:
        return 3
    return 4 if family.activation == "stepwise" else 1


def _norm_bytes(shape: Shape, step: Step) -> int:
    """Give the bytes of an element that a norm keeps: RMSNorm a float32 copy, LayerNorm its input as it is."""
    least = 2 if shape.family.norm == "layer" else 4
    trained = 2 if step.adapted is None and least == 4 else 0
    return max(least, step.stream) + trained


def _attention(shape: Shape, mixer: TokenMixer, step: Step) -> float:
    """Count queries, keys, values and output, as the kernel keeps them."""
    keys = mixer.q_width + mixer.o_width if step.repeats_heads and mixer.heads else mixer.k_width + mixer.v_width
    normed = mixer.q_width + mixer.k_width if shape.family.head_norms and mixer.heads else 0
    return step.attention_bytes * (mixer.q_width + keys + mixer.o_width) + normed * _norm_bytes(shape, step)


def _inputs(shape: Shape, group: Group, trained: tuple[Linear, ...], step: Step, *, place: Place) -> float:
    """Give what trained matrices, and those of 8 bits, keep of their inputs, beyond what is kept anyway."""
    chosen = [linear for linear in trained if linear.place == place]
    copies = 0 if step.adapted is None else _copy_bytes(step)
    own = copies * sum(linear.d_in for linear in chosen)
    shared = [] if copies else chosen
    if step.keeps_inputs:
        shared = [linear for linear in group.linears if linear.place == place]
    read = {reads(shape, linear): linear.d_in for linear in shared}
    return own + step.stream * sum(width for tensor, width in read.items() if tensor)


def _copy_bytes(step: Step) -> int:
    """
    Give the bytes of an element of the copy that each adapter makes of its input; 0 where it reads what is there.

    Source:
        PEFT, `lora/layer.py` and `lora/bnb.py`: inputs are cast to the adapter's type, under autocast to 16 bits.
    """
    if step.drops_out:
        return (2 if step.autocasts else max(step.adapter_bytes, step.stream)) + _DROPOUT_MASK_BYTES
    if step.autocasts:
        return 0 if step.stream == 2 and (step.is_quantized or step.adapter_bytes == 2) else 2
    return step.adapter_bytes if step.adapter_bytes > step.stream else 0
