"""What a layer keeps for one sequence where it has no cache."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Literal

import pytest

from model_garden_registry.families import family
from model_garden_registry.families.family import StateKind
from model_garden_registry.memory.network import states
from model_garden_registry.memory.network.states import State, state_of

MIB = 2**20

#: Numbers of published config.json files.
NEMOTRON_NANO_9B_V2 = {"num_heads": 128, "head_dim": 80, "n_groups": 8, "state_size": 128, "conv_kernel": 4}
QWEN_3_6_35B_A3B = {"num_heads": 32, "head_dim": 128, "key_heads": 16, "key_head_dim": 128, "conv_kernel": 4}
QWEN_3_6_27B = QWEN_3_6_35B_A3B | {"num_heads": 48}
KIMI_LINEAR_48B = {"num_heads": 32, "head_dim": 128, "conv_kernel": 4}
LFM2_1B2 = {"conv_dim": 2048, "conv_kernel": 3}
JAMBA_MINI = {"num_heads": 1, "head_dim": 8192, "state_size": 16, "conv_kernel": 4}


@pytest.mark.parametrize(
    ("kind", "numbers", "convolution", "elements"),
    [
        ("mamba1", JAMBA_MINI, 8192 * 3, 8192 * 16),
        ("mamba2", NEMOTRON_NANO_9B_V2, (128 * 80 + 2 * 8 * 128) * 3, 128 * 80 * 128),
        ("gated_delta", QWEN_3_6_35B_A3B, (2 * 16 * 128 + 32 * 128) * 3, 32 * 128 * 128),
        ("kda", KIMI_LINEAR_48B, 3 * 32 * 128 * 3, 32 * 128 * 128),
        ("short_conv", LFM2_1B2, 2048 * 2, 0),
        ("linear_attention", KIMI_LINEAR_48B, 0, 32 * 128 * 128),
    ],
)
def test_every_kind_has_its_sizes(kind: StateKind, numbers: dict[str, int], convolution: int, elements: int) -> None:
    """vLLM, `MambaStateShapeCalculator`."""
    found = state_of(kind, numbers)

    assert (found.convolution_elements(), found.state_elements()) == (convolution, elements)


def test_a_sequence_of_nemotron_nano_keeps_137_mib() -> None:
    """27 state spaces with states in float32, as its config.json asks for."""
    layer = state_of("mamba2", NEMOTRON_NANO_9B_V2).layer_bytes(2, 4)

    assert 27 * layer / MIB == pytest.approx(137, abs=0.5)


def test_gpus_divide_convolution_and_state() -> None:
    """Qwen3.6-27B on two GPUs."""
    whole = state_of("gated_delta", QWEN_3_6_27B)

    assert whole.convolution_elements(2) == whole.convolution_elements() / 2
    assert whole.state_elements(2) == whole.state_elements() / 2


def test_every_gpu_has_a_group_at_least() -> None:
    """A state space of one group on four GPUs has it four times; eight groups are shared out."""
    one = state_of("mamba2", NEMOTRON_NANO_9B_V2 | {"n_groups": 1})
    eight = state_of("mamba2", NEMOTRON_NANO_9B_V2)

    assert one.convolution_elements(4) == (128 * 80 / 4 + 2 * 128) * 3
    assert eight.convolution_elements(4) == (128 * 80 + 2 * 8 * 128) / 4 * 3


def test_each_draft_is_a_column_more() -> None:
    """A drafted token may be taken back: the convolution remembers what was before it."""
    found = state_of("gated_delta", QWEN_3_6_27B)

    assert found.convolution_elements(drafts=3) == found.convolution_elements() * 6 / 3
    assert found.layer_bytes(2, 4, drafts=3) - found.layer_bytes(2, 4) == 2 * found.convolution_elements()


def test_keys_of_kimi_may_be_of_another_width() -> None:
    """Unless stated, they are as values."""
    stated = KIMI_LINEAR_48B | {"key_heads": 16, "key_head_dim": 64}

    assert state_of("kda", stated).channels == 32 * 128 + 2 * 16 * 64


def test_a_number_that_is_not_there_is_named() -> None:
    """What the group lacks is no zero."""
    with pytest.raises(KeyError, match="conv_kernel"):
        state_of("short_conv", {"conv_dim": 2048})


def test_nothing_is_kept_where_nothing_is_said() -> None:
    """A state without numbers has no bytes, on however many GPUs."""
    assert State().layer_bytes(2, 4, parallel=8) == 0


def test_a_kind_without_a_rule_fails_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the module is loaded, not when somebody asks for such a network."""
    monkeypatch.setattr(family, "StateKind", Literal["mamba1", "mamba3"])
    path = Path(states.__file__)
    code = compile(ast.parse(path.read_text("utf-8")), str(path), "exec")

    with pytest.raises(LookupError, match="no rule for states of kind mamba3"):
        exec(code, {"__name__": states.__name__})
