"""Which losses a training stack offers."""

from __future__ import annotations

import pytest

from model_garden_registry.memory.fitting.offered_losses import offered_losses

LIGER = {"fused": "liger-kernel"}


@pytest.mark.parametrize(
    ("stack", "version", "sharding", "model_type", "offered"),
    [
        pytest.param("trl", None, "none", "llama", {"tiled": ""}, id="TRL takes no other any more"),
        pytest.param("trl", "1.14.0", "none", "llama", {"chunked": "", **LIGER}, id="TRL before 1.15"),
        pytest.param("trl", "1.0.0", "none", "bloom", {"full": ""}, id="a family that Liger does not know"),
        pytest.param("trl", "1.0.0", "none", None, {"full": ""}, id="no family"),
        pytest.param("unsloth", None, "none", "bloom", {"fused": ""}, id="Unsloth has its own"),
        pytest.param("axolotl", None, "zero3", "qwen3", {"full": "", "chunked": "", **LIGER}, id="axolotl"),
        pytest.param("axolotl", None, "zero3", "bloom", {"full": "", "chunked": ""}, id="axolotl, chunks for all"),
        pytest.param("llama-factory", None, "device_map", "gemma3", {"full": "", **LIGER}, id="LLaMA-Factory"),
        pytest.param("llama-factory", None, "none", "gemma4", {"full": ""}, id="a family that it does not pass on"),
        pytest.param("ms-swift", None, "zero3", "gemma4", {"full": "", **LIGER}, id="ms-swift"),
        pytest.param("ms-swift", None, "device_map", "gemma4", {"full": ""}, id="ms-swift with a device map"),
    ],
)
def test_losses_that_are_offered(
    stack: str, version: str | None, sharding: str, model_type: str | None, offered: dict[str, str]
) -> None:
    """Its own first, each with what must be installed besides."""
    found = offered_losses(stack, version, algorithm="sft", sharding=sharding, model_type=model_type)

    assert [*found.items()] == [*offered.items()]


def test_of_comparisons_only_the_own_loss_is_known() -> None:
    """Whatever Liger has for them."""
    assert offered_losses("ms-swift", algorithm="dpo", sharding="none", model_type="llama") == {"full": ""}
