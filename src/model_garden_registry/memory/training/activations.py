"""Saved activations of a training step, and its transient tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model_garden_registry.families.family import Family
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.layers import Linear, Place
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.states import State
from model_garden_registry.memory.network.weights import unpacked_bytes
from model_garden_registry.memory.training.step import Step

#: The tensor that each layer reads; attention itself saves its output, which the output matrix reads.
READS = {
    **dict.fromkeys(("q", "q_gate", "k", "v", "q_a", "kv_a"), "attention input"),
    "q_b": "query",
    "kv_b": "key and value",
    "gate": "feed-forward input",
    "up": "feed-forward input",
    "down": "feed-forward product",
}


#: Bytes per element of a dropout mask, beside the output.
_DROPOUT_MASK_BYTES = 1
#: Gradients as wide as the queries: a fused kernel has those of queries, keys, values and output at once, eager
#: attention one beside its scores. Source: the operations that torch records for a step.
_ATTENTION_GRADIENTS, _EAGER_GRADIENTS = 4, 1
#: Gradients as wide as the rows of all experts of a token. Source: transformers, `grouped_mm_experts_forward`.
_ROW_GRADIENTS = 3
#: Kinds of state whose layers have a convolution, the delta rule and a gated norm.
_DELTA_RULES = ("gated_delta", "kda")
#: Tokens per chunk of the delta rule. Source: flash-linear-attention, `chunk_gated_delta_rule`.
DELTA_CHUNK = 64
#: Bytes per element of Mamba-2's states during its backward pass, with one state per chunk: two copies
#: in float32, two in half precision. Source: mamba-ssm, `_mamba_chunk_scan_combined_bwd`.
_STATE_COPIES = 12


def reads(shape: Shape, linear: Linear) -> str | None:
    """Return the name of the tensor that a layer reads; None if its mixer saves it anyway, as for output matrices."""
    if linear.name in READS:
        return READS[linear.name]
    return None if linear.d_out == shape.hidden else "attention input"


class Retained(NamedTuple):
    """
    Saved activations of one layer, in bytes per token.

    Args:
        attention: Attention or the mixer in its place, with its output matrix.

        feed_forward: The feed-forward layer.

        has_product: Whether the input of the feed-forward layer's last matrix is among it.
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
    Return the saved activations of a layer per token, for each group of layers.

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
    # Half of the norms come before attention, the others before the feed-forward layer.
    attention = (
        norms / 2 + _attention(shape, group.mixer, step) + _inputs(shape, group, trained, step, place="attention")
    )
    kept = min(_kept_activations(shape.family), 2) if step.fuses else _kept_activations(shape.family)
    has_product = step.adapted is None or any(linear.name == "down" for linear in trained)

    def matrices(place: Place, width: int) -> float:
        """Return the activation function's input and output, the gate's product, and the inputs of trained matrices."""
        return kept * step.stream * width + _inputs(shape, group, trained, step, place=place)

    if not feed_forward.experts:
        return Retained(attention, norms / 2 + matrices("dense", feed_forward.intermediate), has_product)
    routed = feed_forward.active * matrices("expert", feed_forward.expert_intermediate)
    # Each expert's output, which the router weights multiply, and the rows that it reads if it is trained.
    is_trained = any(linear.place == "expert" for linear in trained)
    gathered = feed_forward.active * step.stream * shape.hidden * (1 + is_trained)
    shared = matrices("shared", feed_forward.shared_intermediate) if feed_forward.shared_intermediate else 0.0
    return Retained(attention, norms / 2 + routed + gathered + shared, has_product)


def kept_bytes(shape: Shape, step: Step, retained: Sequence[Retained], *, layers: int) -> float:
    """
    Return the saved activations of layers without recomputation.

    Args:
        layers: How many; those of the groups that save most are taken first.
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
    """Return the copies of adapted experts that a layer saves without recomputation."""
    return float((step.expert_bytes or 2) * step.copied_experts)


def widest_bytes(shape: Shape, step: Step) -> float:
    """Return the widest tensor that a layer saves."""
    return float(step.stream * step.tokens * max(shape.hidden, *(group.feed_forward.width for group in shape.groups)))


def head_bytes(shape: Shape, step: Step) -> int:
    """Return what the final norm saves per token, plus its output if the head is trained."""
    # RMSNorm saves a float32 copy. The head's input takes two bytes, and so does the input of the norm's own weight.
    return shape.hidden * (4 + (4 if step.adapted is None else 0))


def working_bytes(shape: Shape, step: Step, retained: Sequence[Retained], *, recomputes: bool) -> float:
    """
    Return the peak of one layer during its backward pass.

    The gradients of attention and those of the feed-forward layer are not live at the same time; an unpacked weight
    matrix may be live with either.

    Args:
        recomputes: Whether the saved activations of the layer are recomputed at that moment, and count as well.
    """
    working = max(
        _working(shape, group, step, layer, recomputes=recomputes)
        for group, layer in zip(shape.groups, retained, strict=True)
    )
    return working + unpacked_bytes(shape, step.stored) + _copied_bytes(shape, step, recomputes=recomputes)


def _copied_bytes(shape: Shape, step: Step, *, recomputes: bool) -> float:
    """
    Return a layer's experts merged with the delta of their adapters, plus one gradient of the last matrix.

    Without recomputation, they are among the saved activations.

    Source:
        PEFT, `tuners/lora/layer.py` ParamWrapper: one `baddbmm` for each parameter, which the backward pass reads.
    """
    return kept_copies(step) * (recomputes + 1 / shape.family.matrices)


def _working(shape: Shape, group: Group, step: Step, retained: Retained, *, recomputes: bool) -> float:
    """Return the peak of one layer of a group during its backward pass, without an unpacked matrix."""
    scores = _scores(group, step) if step.is_eager else 0
    kept_scores = _kept_score_bytes(step)
    # One gradient as wide as each matrix; the gradient of the last one's input replaces that input if it was saved.
    matrices = shape.family.matrices - retained.has_product
    # Expert outputs are weighted, put back in order and summed: three gradients as wide as all their rows.
    rows = _ROW_GRADIENTS * group.feed_forward.active * shape.hidden
    in_feed_forward: float = step.tokens * step.stream * max(matrices * group.feed_forward.width, rows)
    in_attention = step.tokens * _mixer_gradients(group.mixer, step)
    in_attention += (step.peak_score_bytes - kept_scores) * scores
    if recomputes:
        in_feed_forward += step.tokens * retained.total + kept_scores * scores
        in_attention += step.tokens * retained.attention + kept_scores * scores
    return max(in_feed_forward, in_attention)


def _mixer_gradients(mixer: TokenMixer, step: Step) -> float:
    """
    Return the transient bytes per token of a mixer's backward pass.

    Source:
        flash-linear-attention, `chunk_gated_delta_rule_bwd`: keys, values and their gradients for each value head, and
        the states of every chunk with theirs; mamba-ssm, `MambaSplitConv1dScanCombinedFn`: gradients of its input and
        of the convolution, and one state per chunk, twice in float32 and twice in half precision.
    """
    state, width = mixer.state, step.attention_bytes
    if state and state.kind in _DELTA_RULES:
        return width * (9 * mixer.q_width + 2 * state.elements / DELTA_CHUNK)
    if state and state.kind == "mamba2":
        convolved = state.channels + state.groups * state.group_channels
        return width * (4 * mixer.q_width + mixer.k_width + 2 * convolved) + _STATE_COPIES * mixer.q_width
    return float((_EAGER_GRADIENTS if step.is_eager else _ATTENTION_GRADIENTS) * width * mixer.q_width)


def _scores(group: Group, step: Step) -> int:
    """Count the attention scores of one layer."""
    return step.batch * group.mixer.heads * step.sequence**2


def _kept_score_bytes(step: Step) -> int:
    """Return the bytes of a score that eager attention saves: probabilities in float32, and in half precision."""
    return 4 if step.attention_bytes == 4 else 6


def _kept_activations(family: Family) -> int:
    """Count the tensors of the feed-forward width that the activation function saves."""
    if family.gated:
        return 3
    return 4 if family.activation == "stepwise" else 1


def _norm_bytes(shape: Shape, step: Step) -> int:
    """Return the bytes per element that a norm saves: RMSNorm a float32 copy, LayerNorm its input as it is."""
    least = 2 if shape.family.norm == "layer" else 4
    trained = 2 if step.adapted is None and least == 4 else 0
    return max(least, step.stream) + trained


def _attention(shape: Shape, mixer: TokenMixer, step: Step) -> float:
    """
    Return the bytes per token that attention saves: queries, keys, values and output; or those of a state mixer.

    A Mamba-2 layer is one kernel that saves its input and the output of its scan.
    """
    if mixer.state and mixer.state.kind in _DELTA_RULES:
        return _delta_rule(mixer, mixer.state, step)
    if mixer.state and mixer.state.kind == "short_conv":
        # Three factors, the product of two of them before the convolution, and the output of the convolution.
        return float(step.attention_bytes * 5 * mixer.q_width)
    keys = mixer.q_width + mixer.o_width if step.repeats_heads and mixer.heads else mixer.k_width + mixer.v_width
    normed = mixer.q_width + mixer.k_width if shape.family.head_norms and mixer.heads else 0
    gate = mixer.q_width if any(linear.name == "q_gate" for linear in mixer.linears) else 0
    return step.attention_bytes * (mixer.q_width + keys + mixer.o_width + gate) + normed * _norm_bytes(shape, step)


def _delta_rule(mixer: TokenMixer, state: State, step: Step) -> float:
    """
    Return what the convolution, the delta rule kernel and a float32 gated norm save.

    Source:
        causal-conv1d, `CausalConv1dFn`; flash-linear-attention, `ChunkGatedDeltaRuleFunction`: queries, keys, values,
        and for each value head a row of a chunk's matrix; transformers, `Qwen3NextRMSNormGated`.
    """
    values = mixer.q_width
    chunk_rows = DELTA_CHUNK * values * values / state.elements  # keys are as wide as values
    norm = 3 * 4 * values + step.attention_bytes * values * (1 + (step.adapted is None))
    return step.attention_bytes * (2 * state.channels + chunk_rows) + norm


def _inputs(shape: Shape, group: Group, trained: tuple[Linear, ...], step: Step, *, place: Place) -> float:
    """Return the inputs that trained and 8-bit matrices save, beyond what is saved anyway."""
    chosen = [linear for linear in trained if linear.place == place]
    copies = 0 if step.adapted is None else copy_bytes(step)
    own = copies * sum(linear.d_in for linear in chosen)
    shared = [] if copies else chosen
    if step.keeps_inputs:
        shared = [linear for linear in group.linears if linear.place == place]
    is_gated = _gates_output(group.mixer)
    read = {reads(shape, linear) or ("output" if is_gated else None): linear.d_in for linear in shared}
    return own + step.stream * sum(width for tensor, width in read.items() if tensor)


def _gates_output(mixer: TokenMixer) -> bool:
    """Return whether the mixer's output is multiplied by a gate before its output matrix."""
    if mixer.state:
        return mixer.state.kind in (*_DELTA_RULES, "short_conv")
    return any(linear.name == "q_gate" for linear in mixer.linears)


def copy_bytes(step: Step) -> int:
    """
    Return the bytes per element of the input copy that each adapter makes; 0 if it reads the input in place.

    Source:
        PEFT, `lora/layer.py` and `lora/bnb.py`: inputs are cast to the adapter's type, under autocast to 16 bits.
    """
    if step.drops_out:
        return (2 if step.autocasts else max(step.adapter_bytes, step.stream)) + _DROPOUT_MASK_BYTES
    if step.autocasts:
        return 0 if step.stream == 2 and (step.is_quantized or step.adapter_bytes == 2) else 2
    return step.adapter_bytes if step.adapter_bytes > step.stream else 0
