"""Bytes that a training step keeps for its backward pass, and what it needs for a moment."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.memory.adapters import Adapted
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.shape import Place, Shape

#: Which layers read the same tensor; what attention gives to its output matrix is kept by attention itself.
READS = {
    **dict.fromkeys(("q", "k", "v", "q_a", "kv_a"), "attention input"),
    "q_b": "query",
    "kv_b": "key and value",
    "gate": "feed-forward input",
    "up": "feed-forward input",
    "down": "feed-forward product",
}


class Step(NamedTuple):
    """
    One training step as numbers.

    Args:
        batch: Sequences.

        sequence: Tokens in each of them.

        stream: Bytes of an element of the residual stream: 2, or 4 where norms compute in float32.

        adapted: The layers with adapters; None where all weights are trained.

        adapter_bytes: Bytes of an adapter's weight.

        is_quantized: Whether linear layers must be unpacked.

        is_eager: Whether attention writes its scores out.

        shares_heads: Whether the attention kernel reads keys and values once for all heads that share them.

        autocasts: Whether the forward pass runs under autocast.

        compiles: Whether chains of element-wise operations keep one result.
    """

    batch: int
    sequence: int
    stream: int
    adapted: Adapted | None
    adapter_bytes: int
    is_quantized: bool
    is_eager: bool
    shares_heads: bool
    autocasts: bool
    compiles: bool

    @property
    def tokens(self) -> int:
        """Tokens of the whole batch, padding included."""
        return self.batch * self.sequence


def retained_bytes(shape: Shape, step: Step, constants: Calibration) -> tuple[float, float]:
    """
    Give what one layer keeps for each token, in a dense layer and in a layer with experts.

    Source:
        docs/memory-model.md#training
    """
    common = _norms(shape, step, constants) + _attention(shape, step)
    common += _inputs(shape, step, "attention")
    dense = common + _feed_forward(shape, step, "dense", shape.intermediate)
    if not shape.moe_layers:
        return dense, 0.0
    routed = shape.active_experts * _feed_forward(shape, step, "expert", shape.expert_intermediate)
    gathered = shape.active_experts * step.stream * shape.hidden * 2
    shared = _feed_forward(shape, step, "shared", shape.shared_intermediate) if shape.shared_intermediate else 0.0
    return dense, common + routed + gathered + shared


def feed_forward_width(shape: Shape) -> int:
    """Give the width that a token passes in the widest feed-forward layer, all its experts together."""
    routed = shape.active_experts * shape.expert_intermediate + shape.shared_intermediate
    return max(shape.intermediate if shape.dense_layers else 0, routed if shape.moe_layers else 0)


def score_count(shape: Shape, step: Step) -> int:
    """Give the attention scores of one layer."""
    return step.batch * shape.heads * step.sequence**2


def _norms(shape: Shape, step: Step, constants: Calibration) -> float:
    trained = 2 * 2 * shape.hidden if step.adapted is None else 0
    return constants.layer_streams * shape.hidden + trained


def _attention(shape: Shape, step: Step) -> float:
    """Count queries, keys, values and output, as the kernel keeps them."""
    keys = shape.k_width + shape.v_width if step.shares_heads else shape.q_width + shape.o_width
    return step.stream * (shape.q_width + keys + shape.o_width)


def _feed_forward(shape: Shape, step: Step, place: Place, width: int) -> float:
    """Input and output of the activation function, the gate's partner, and what trained matrices read."""
    kept = 2 if step.compiles else shape.matrices
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
    if step.autocasts:
        return 0 if step.stream == 2 and (step.is_quantized or step.adapter_bytes == 2) else 2
    return step.adapter_bytes if step.adapter_bytes > step.stream else 0
