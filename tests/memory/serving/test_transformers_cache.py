"""What transformers keeps of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.memory.serving.transformers_cache import kept_bytes, states_bytes

Make = Callable[..., Any]

REGISTRY = load_registry()


def asked(model_id: str, inference: Make, **changes: Any) -> Deployment:
    """Return a published model served with transformers."""
    entry = REGISTRY[model_id]
    return deploy(entry, inference(entry, engine="transformers", **changes))


def test_every_layer_holds_the_whole_prompt_first(inference: Make) -> None:
    """gemma-3-4b: 29 of 34 layers see 1024 tokens; the first token of the answer cuts what they keep."""
    gemma = asked("google/gemma-3-4b-it", inference)
    layer_token = 2 * 4 * 256 * 2

    assert kept_bytes(gemma, 8192, is_prompt=True) == 34 * 8192 * layer_token
    assert kept_bytes(gemma, 8192, is_prompt=False) == (5 * 8192 + 29 * 1024) * layer_token
    assert kept_bytes(gemma, 512, is_prompt=False) == 34 * 512 * layer_token


def test_older_releases_never_cut(inference: Make) -> None:
    """They have one kind of cache for all layers."""
    old, new = (asked("google/gemma-3-4b-it", inference, engine_version=release) for release in ("4.55.4", "4.56.0"))

    assert kept_bytes(old, 8192, is_prompt=False) == kept_bytes(old, 8192, is_prompt=True)
    assert kept_bytes(new, 8192, is_prompt=False) < kept_bytes(old, 8192, is_prompt=False)


def test_a_latent_vector_was_unpacked_first(inference: Make) -> None:
    """DeepSeek-R1: 128 heads with keys of 192 and values of 128, instead of 576 in all."""
    old, new = (
        asked("deepseek-ai/DeepSeek-R1", inference, engine_version=release, tensor_parallel_size=1)
        for release in ("5.14.1", "5.15.0")
    )

    assert kept_bytes(new, 10, is_prompt=True) == 10 * 61 * 576 * 2
    assert kept_bytes(old, 10, is_prompt=True) == 10 * 61 * 128 * (192 + 128) * 2


def test_unpacked_heads_are_divided(inference: Make) -> None:
    """A vector is whole on every GPU."""
    for release, share in (("5.14.1", 8), ("5.15.0", 1)):
        one, eight = (
            asked("deepseek-ai/DeepSeek-R1", inference, engine_version=release, tensor_parallel_size=gpus)
            for gpus in (1, 8)
        )
        assert kept_bytes(one, 10, is_prompt=True) == share * kept_bytes(eight, 10, is_prompt=True)


def test_delta_rule_keeps_float32(inference: Make) -> None:
    """Qwen3.5-9B: 24 layers with 32 value heads; a convolution over four tokens, all of which are kept."""
    for release in ("5.4.0", "5.24.0"):
        found = asked("Qwen/Qwen3.5-9B", inference, engine_version=release)
        assert states_bytes(found) == 24 * (32 * 128 * 128 * 4 + (32 * 128 + 2 * 16 * 128) * 4 * 2)


@pytest.mark.parametrize(("release", "element"), [("5.4.0", 2), ("5.5.0", 4)])
def test_state_spaces_keep_float32_since_a_release(release: str, element: int, inference: Make) -> None:
    """Nemotron-Nano-9B-v2: 27 layers, 128 heads of 80, a state of 128, eight groups."""
    found = asked("nvidia/NVIDIA-Nemotron-Nano-9B-v2", inference, engine_version=release)

    channels = 128 * 80 + 2 * 8 * 128
    assert states_bytes(found) == 27 * (128 * 80 * 128 * element + channels * 4 * 2)


def test_a_short_convolution_has_no_state(inference: Make) -> None:
    """LFM2-1.2B: ten layers, 2048 wide, three tokens."""
    assert states_bytes(asked("LiquidAI/LFM2-1.2B", inference)) == 10 * 2048 * 3 * 2


def test_attention_keeps_no_state(model: Make, inference: Make) -> None:
    """Only tokens."""
    entry = model()

    assert states_bytes(deploy(entry, inference(entry, engine="transformers"))) == 0
