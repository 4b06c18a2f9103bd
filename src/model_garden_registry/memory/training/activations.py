"""Bytes that a training step saves for its backward pass, and its transient tensors."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.layers import Place
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weights import largest_linear
from model_garden_registry.memory.training.step import Step

#: Which layers read the same tensor; what attention gives to its output matrix is kept by attention itself.
READS = {
    **dict.fromkeys(("q", "k", "v", "q_a", "kv_a"), "attention input"),
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


class Retained(NamedTuple):
    """
    What one layer keeps for each token, in bytes.

    Args:
        attention: Up to and with attention and its output matrix.

        dense: A dense feed-forward layer; 0 where there is none.

        sparse: A feed-forward layer with experts; 0 where there is none.
    """

    attention: float
    dense: float
    sparse: float

    @property
    def widest(self) -> float:
        """Give what the larger kind of layer keeps."""
        return self.attention + max(self.dense, self.sparse)


def retained_bytes(shape: Shape, step: Step, constants: Calibration) -> Retained:
    """
    Return what a layer saves for each token.

    Source:
        docs/memory-model.md#training
    """
    norms = float(_norms(shape, step))
    if step.is_handwritten and step.stream == 2:
        norms += constants.handwritten_bytes * (shape.hidden + shape.intermediate)
    # Half of the norms stand before attention, the others before the feed-forward layer.
    attention = norms / 2 + _attention(shape, step) + _inputs(shape, step, "attention")
    dense = norms / 2 + _feed_forward(shape, step, "dense", shape.intermediate) if shape.dense_layers else 0.0
    if not shape.moe_layers:
        return Retained(attention, dense, 0.0)
    routed = shape.active_experts * _feed_forward(shape, step, "expert", shape.expert_intermediate)
    # The rows that are gathered for each expert, and its output, which the router's weights multiply.
    gathered = shape.active_experts * step.stream * shape.hidden * 2
    shared = _feed_forward(shape, step, "shared", shape.shared_intermediate) if shape.shared_intermediate else 0.0
    return Retained(attention, dense, norms / 2 + routed + gathered + shared)


def kept_bytes(shape: Shape, step: Step, retained: Retained, *, layers: int) -> float:
    """
    Give what layers keep where nothing is computed again.

    Args:
        layers: How many, and of the kind that keeps most, as far as there are so many.
    """
    most, least = max(retained.dense, retained.sparse), min(retained.dense, retained.sparse)
    wide = min(layers, shape.dense_layers if retained.dense == most else shape.moe_layers)
    feed_forward = wide * most + (layers - wide) * least
    scores = layers * _kept_score_bytes(step) * _scores(shape, step) if step.is_eager else 0
    return step.tokens * (layers * retained.attention + feed_forward) + scores


def head_bytes(shape: Shape, step: Step) -> int:
    """Return what the norm before the head saves for each token, and its output where the head is trained."""
    # RMSNorm saves a float32 copy. Its output is the head's input, in two bytes, and what its own weight multiplies.
    return shape.hidden * (4 + (4 if step.adapted is None else 0))


def working_bytes(shape: Shape, step: Step, retained: Retained, *, recomputes: bool) -> float:
    """
    Return what one layer needs at its peak while the backward pass is in it.

    The gradients of attention and those of the feed-forward layer are not there at the same time; a weight matrix that
    is unpacked may be there beside either.

    Args:
        recomputes: Whether what the layer keeps is computed at that moment, and counts as well.
    """
    scores = _scores(shape, step) if step.is_eager else 0
    kept_scores = _kept_score_bytes(step)
    in_feed_forward: float = step.tokens * _transient_bytes(shape, step)
    gradients = _EAGER_GRADIENTS if step.is_eager else _ATTENTION_GRADIENTS
    in_attention: float = step.tokens * gradients * step.attention_bytes * shape.q_width
    in_attention += (step.peak_score_bytes - kept_scores) * scores
    if recomputes:
        in_feed_forward += step.tokens * retained.widest + kept_scores * scores
        in_attention += step.tokens * retained.attention + kept_scores * scores
    return max(in_feed_forward, in_attention) + (2 * largest_linear(shape) if step.is_quantized else 0)


def _scores(shape: Shape, step: Step) -> int:
    """Count the attention scores of one layer."""
    return step.batch * shape.heads * step.sequence**2


def _kept_score_bytes(step: Step) -> int:
    """Give the bytes of a score that eager attention keeps: probabilities in float32, and in half precision."""
    return 4 if step.attention_bytes == 4 else 6


def _transient_bytes(shape: Shape, step: Step) -> float:
    """Return the gradients of the widest feed-forward layer, for each token: one as wide as each matrix."""
    routed = shape.active_experts * shape.expert_intermediate + shape.shared_intermediate
    width = max(shape.intermediate if shape.dense_layers else 0, routed if shape.moe_layers else 0)
    # The gradient of what the last matrix reads takes the place of that, where it was kept.
    keeps_product = step.adapted is None or any(linear.name == "down" for linear in step.adapted.linears)
    return (shape.family.matrices - keeps_product) * step.stream * width


def _norms(shape: Shape, step: Step) -> float:
    """Count the copy that each norm keeps of its input, and what a trained one keeps beside it."""
    return shape.family.norms * shape.hidden * _norm_bytes(shape, step)


def _norm_bytes(shape: Shape, step: Step) -> int:
    trained = 2 if step.adapted is None and shape.family.norm_bytes == 4 else 0
    return max(shape.family.norm_bytes, step.stream) + trained


def _attention(shape: Shape, step: Step) -> float:
    """Count queries, keys, values and output, as the kernel keeps them."""
    keys = shape.q_width + shape.o_width if step.repeats_heads else shape.k_width + shape.v_width
    heads = (shape.q_width + shape.k_width) * _norm_bytes(shape, step) if shape.family.normalizes_heads else 0
    return step.attention_bytes * (shape.q_width + keys + shape.o_width) + heads


def _feed_forward(shape: Shape, step: Step, place: Place, width: int) -> float:
    """Input and output of the activation function, the gate's partner, and what trained matrices read."""
    kept = min(shape.family.kept_activations, 2) if step.fuses else shape.family.kept_activations
    return kept * step.stream * width + _inputs(shape, step, place)


def _inputs(shape: Shape, step: Step, place: Place) -> float:
    """Give what trained matrices keep of their inputs, beyond what is kept anyway."""
    trained = shape.linears if step.adapted is None else step.adapted.linears
    chosen = [linear for linear in trained if linear.place == place]
    copies = 0 if step.adapted is None else _copy_bytes(step)
    if copies:
        return copies * sum(linear.d_in for linear in chosen)
    return step.stream * sum({READS[linear.name]: linear.d_in for linear in chosen if linear.name != "o"}.values())


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
