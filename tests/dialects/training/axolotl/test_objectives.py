"""What an axolotl file teaches, with which loss and attention."""

from __future__ import annotations

from typing import Any

import pytest
from axolotl_files import read, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.findings import Severity

LIGER = "axolotl.integrations.liger.LigerPlugin"
CUT = "axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin"


@pytest.mark.parametrize(
    ("keys", "setting", "value"),
    [
        ({}, "algorithm", "sft"),
        ({"rl": "dpo"}, "algorithm", "dpo"),
        ({"rl": "ipo"}, "algorithm", "dpo"),
        ({"rl": "kto"}, "algorithm", "kto"),
        ({"rl": "orpo"}, "algorithm", "orpo"),
        ({"rl": "simpo"}, "algorithm", "orpo"),
        ({"rl": "grpo"}, "algorithm", "grpo"),
        ({"rl": "gdpo"}, "algorithm", "grpo"),
        ({"reward_model": True}, "algorithm", "reward"),
        ({"reward_model": False}, "algorithm", "sft"),
        ({}, "loss", "full"),
        ({"chunked_cross_entropy": True}, "loss", "chunked"),
        ({"plugins": [LIGER]}, "loss", "full"),
        ({"plugins": [LIGER], "liger_fused_linear_cross_entropy": True}, "loss", "fused"),
        (
            {"plugins": ["axolotl.integrations.liger:LigerPlugin"], "liger_fused_linear_cross_entropy": True},
            "loss",
            "fused",
        ),
        ({"plugins": [CUT]}, "loss", "fused"),
        ({"plugins": [CUT], "cut_cross_entropy": False}, "loss", "full"),
        ({"cut_cross_entropy": False}, "loss", "full"),
        ({"plugins": ["my.own.Plugin"]}, "loss", "full"),
        ({"attn_implementation": "eager"}, "attn_implementation", "eager"),
        ({"attn_implementation": "flash_attention_4"}, "attn_implementation", "flash_attention_3"),
        ({"attn_implementation": "flex_attention"}, "attn_implementation", "sdpa"),
        ({"attn_implementation": "kernels-community/vllm-flash-attn3"}, "attn_implementation", "flash_attention_3"),
        ({"attn_implementation": "kernels-community/flash-attn2@main"}, "attn_implementation", "flash_attention_2"),
        ({"attn_implementation": "org/own"}, "attn_implementation", "sdpa"),
        ({"flash_attention": True}, "attn_implementation", "flash_attention_2"),
        ({"sdp_attention": True}, "attn_implementation", "sdpa"),
        ({"eager_attention": True}, "attn_implementation", "eager"),
        ({"flash_attention": True, "xformers_attention": True}, "attn_implementation", "sdpa"),
        ({"flash_attention": False, "eager_attention": True}, "attn_implementation", "eager"),
    ],
)
def test_a_key_is_a_setting(keys: dict[str, Any], setting: str, value: str) -> None:
    """As axolotl takes it; what our settings have no word for is what keeps as much."""
    config = read(**keys)

    assert said(config) == []
    assert config.overrides[setting] == value


def test_attention_that_nobody_chooses_is_the_stacks() -> None:
    """Which knows what the model can do."""
    assert "attn_implementation" not in read().overrides
    assert "attn_implementation" not in read(flash_attention=False).overrides
    assert "attn_implementation" not in words()


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"rl": "ppo"}, "rl 'ppo' is not one of dpo, gdpo, grpo, ipo, orpo, kto, simpo, ebft"),
        ({"attn_implementation": "flash"}, "attn_implementation takes sdpa, flash_attention_2, "),
        ({"attn_implementation": "sdpa", "flash_attention": True}, "flash_attention cannot be combined with attn_impl"),
        (
            {"plugins": [CUT], "chunked_cross_entropy": True},
            "chunked_cross_entropy cannot be combined with cut_cross_entropy",
        ),
        (
            {"plugins": [CUT, LIGER], "liger_fused_linear_cross_entropy": True},
            "cut_cross_entropy cannot be combined with liger_fused_linear_cross_entropy",
        ),
        ({"plugins": "liger"}, "plugins takes a list"),
    ],
)
def test_what_axolotl_refuses_is_named(keys: dict[str, Any], problem: str) -> None:
    """One line each."""
    (message,) = said(read(**keys))

    assert message.startswith(problem)


@pytest.mark.parametrize(
    ("keys", "doubt"),
    [
        ({"rl": "ebft"}, "rl is not followed: ebft, which is counted as sft"),
        (
            {"liger_fused_linear_cross_entropy": True},
            "liger_fused_linear_cross_entropy does nothing without its plugin",
        ),
        ({"cut_cross_entropy": True}, "cut_cross_entropy does nothing without its plugin"),
        ({"plugins": ["axolotl.integrations.spectrum.SpectrumPlugin"]}, "plugins is not followed: spectrum"),
        ({"plugins": ["axolotl.integrations.grokfast.GrokfastPlugin"]}, "plugins is not followed: grokfast"),
    ],
)
def test_what_is_otherwise_than_it_looks_is_doubted(keys: dict[str, Any], doubt: str) -> None:
    """The commonest: a loss whose plugin is not there."""
    config = read(**keys)

    (message,) = said(config, Severity.WARNING)
    assert message.startswith(doubt)
    assert (config.overrides["loss"], config.overrides["algorithm"]) == ("full", "sft")


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"algorithm": "dpo"}, {"rl": "dpo", "reward_model": None}),
        ({"algorithm": "reward"}, {"rl": None, "reward_model": True}),
        ({}, {"rl": None, "plugins": None, "chunked_cross_entropy": None}),
        ({"loss": "chunked"}, {"chunked_cross_entropy": True}),
        ({"loss": "fused"}, {"plugins": [LIGER], "liger_fused_linear_cross_entropy": True}),
        ({"attn_implementation": "sdpa"}, {"attn_implementation": "sdpa"}),
        ({"attn_implementation": "flash_attention_2"}, {"attn_implementation": "flash_attention_2"}),
    ],
)
def test_a_setting_is_written(overrides: dict[str, Any], expected: dict[str, Any]) -> None:
    """With the plugin that it needs."""
    written = words(**overrides)

    assert {key: written.get(key) for key in expected} == expected


def test_a_loss_that_axolotl_has_not_is_refused() -> None:
    """With those that it has."""
    with pytest.raises(UnsupportedExportError, match="no loss tiled: it has full, chunked and fused"):
        words(loss="tiled")
