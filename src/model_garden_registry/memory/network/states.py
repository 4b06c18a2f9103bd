"""The state that a layer keeps per sequence instead of a cache: a rule for each kind of state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, get_args

from model_garden_registry.families.family import StateKind


class State(NamedTuple):
    """
    The state of one layer for one sequence, in elements; engines choose the bytes of each element.

    Args:
        channels: Width of the convolution, without the part that groups share.

        group_channels: Width that each group adds to it.

        groups: Groups of a state space.

        columns: Tokens that the convolution remembers: one less than its kernel size.

        elements: The state itself.

        kind: Its kind; None if not stated.
    """

    channels: int = 0
    group_channels: int = 0
    groups: int = 0
    columns: int = 0
    elements: int = 0
    kind: StateKind | None = None

    def convolution_elements(self, parallel: int = 1, *, drafts: int = 0) -> float:
        """
        Return the elements of the convolution per GPU.

        If the groups do not divide evenly among the GPUs, each GPU has one of its own.

        Args:
            parallel: Number of GPUs that the layer is divided over.

            drafts: Drafted tokens, each of which may be rolled back: one more column each.

        Source:
            vLLM, `MambaStateShapeCalculator`
        """
        groups = self.groups if self.groups % parallel == 0 else parallel
        return (self.channels + groups * self.group_channels) / parallel * (self.columns + drafts)

    def state_elements(self, parallel: int = 1) -> float:
        """Return the elements of the state itself per GPU."""
        return self.elements / parallel

    def layer_bytes(self, convolution: int, state: int, *, parallel: int = 1, drafts: int = 0) -> float:
        """
        Return the bytes of state and convolution per GPU.

        Args:
            convolution: Bytes of an element of the convolution.

            state: Bytes of an element of the state.

            parallel: As in ``convolution_elements``.
        """
        columns = convolution * self.convolution_elements(parallel, drafts=drafts)
        return columns + state * self.state_elements(parallel)


def state_of(kind: StateKind, numbers: Mapping[str, int]) -> State:
    """
    Return the state of a layer.

    Args:
        numbers: The numbers of a group of layers, by name.

    Raises:
        KeyError: The group does not state a number that the rule needs; the error carries its name.
    """
    return _STATES[kind](numbers)._replace(kind=kind)


def _mamba1(numbers: Mapping[str, int]) -> State:
    inner = numbers["num_heads"] * numbers["head_dim"]
    return State(inner, columns=numbers["conv_kernel"] - 1, elements=inner * numbers["state_size"])


def _mamba2(numbers: Mapping[str, int]) -> State:
    """Return the state of Mamba-2: inputs and the groups' shared B and C pass through the convolution."""
    return _mamba1(numbers)._replace(group_channels=2 * numbers["state_size"], groups=numbers["n_groups"])


def _gated_delta(numbers: Mapping[str, int]) -> State:
    """Return the state of gated delta nets: queries, keys and values are convolved, a value head has a matrix."""
    values, keys = numbers["num_heads"] * numbers["head_dim"], numbers["key_heads"] * numbers["key_head_dim"]
    return State(values + 2 * keys, columns=numbers["conv_kernel"] - 1, elements=values * numbers["key_head_dim"])


def _kda(numbers: Mapping[str, int]) -> State:
    """Return the state of Kimi's delta rule: keys are like values unless stated, and the state of a head is square."""
    heads, width = numbers["num_heads"], numbers["head_dim"]
    keys = numbers.get("key_heads", heads) * numbers.get("key_head_dim", width)
    return State(heads * width + 2 * keys, columns=numbers["conv_kernel"] - 1, elements=heads * width * width)


def _short_convolution(numbers: Mapping[str, int]) -> State:
    return State(numbers["conv_dim"], columns=numbers["conv_kernel"] - 1)


def _linear_attention(numbers: Mapping[str, int]) -> State:
    return State(elements=numbers["num_heads"] * numbers["head_dim"] * numbers["head_dim"])


#: A rule for each kind. A kind without a rule is an error when this module is loaded, not on first use.
_STATES: Mapping[StateKind, Callable[[Mapping[str, int]], State]] = {
    "mamba1": _mamba1,
    "mamba2": _mamba2,
    "gated_delta": _gated_delta,
    "kda": _kda,
    "short_conv": _short_convolution,
    "linear_attention": _linear_attention,
}
if lacking := set(get_args(StateKind)) - set(_STATES):
    raise LookupError(f"no rule for states of kind {', '.join(sorted(lacking))}")
