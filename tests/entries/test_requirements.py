"""What an entry needs and can do."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry.entries.requirements import Capabilities, Quantization, Requirements

MEMORY = {"min_vram_gb": 4, "recommended_vram_gb": 6, "min_ram_gb": 8}
ABLE = {"training": True, "inference": True, "vision": False, "structured_outputs": True, "streaming": True}


def test_what_is_not_stated_has_the_documented_default() -> None:
    """One GPU, no lowest compute capability, no numbers of a task's own; no tool calls, reasoning unknown."""
    assert Requirements.model_validate(MEMORY).known() == MEMORY | {
        "min_gpus": 1,
        "cuda_compute_capability": None,
        "training": None,
        "inference": None,
    }
    assert Capabilities.model_validate(ABLE).known() == ABLE | {"function_calling": None, "reasoning": None}
    assert Quantization.model_validate({}).known() == {
        "method": None,
        "type": None,
        "group_size": None,
        "weights_gb": None,
    }


def test_whole_and_broken_gigabytes_are_kept_apart() -> None:
    """4 is shown as 4, 40.5 as 40.5."""
    requirements = Requirements.model_validate(MEMORY | {"recommended_vram_gb": 40.5})

    assert repr(requirements.known()["min_vram_gb"]) == "4"
    assert repr(requirements.known()["recommended_vram_gb"]) == "40.5"


@pytest.mark.parametrize("key", MEMORY)
def test_the_memory_triple_is_required(key: str) -> None:
    """An entry without one of the three says too little."""
    with pytest.raises(ValidationError, match="Field required"):
        Requirements.model_validate({name: value for name, value in MEMORY.items() if name != key})


@pytest.mark.parametrize("key", MEMORY)
@pytest.mark.parametrize("memory", [0, 0.0, 10**6, 1e6])
def test_memory_is_up_to_a_million_gigabytes(key: str, memory: float) -> None:
    """Both ends included."""
    assert Requirements.model_validate(MEMORY | {key: memory}).known()[key] == memory


@pytest.mark.parametrize("capability", ["7.0", "8.9", "10.0", "12.1"])
def test_a_compute_capability_is_two_numbers(capability: str) -> None:
    """As NVIDIA writes it."""
    requirements = Requirements.model_validate(MEMORY | {"cuda_compute_capability": capability})

    assert requirements.cuda_compute_capability == capability


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"cuda_compute_capability": 8.0}, id="capability as a number"),
        pytest.param({"cuda_compute_capability": "8"}, id="capability without its minor part"),
        pytest.param({"cuda_compute_capability": "8.0\n"}, id="capability with a line feed"),
        pytest.param({"cuda_compute_capability": "sm_80"}, id="capability as a compiler's name"),
        pytest.param({"cuda_compute_capability": "\u0668.0"}, id="capability in other digits"),
        pytest.param({"cuda_compute_capability": "8" * 4 + ".0"}, id="capability of four digits"),
        pytest.param({"min_vram_gb": -1}, id="negative memory"),
        *(pytest.param({key: 10**6 + 1}, id=f"{key} that no machine has") for key in MEMORY),
        pytest.param({"training": {"min_vram_gb": 4, "recommended_vram_gb": 1e300}}, id="too much for a task"),
        pytest.param({"min_gpus": 0}, id="no GPU"),
        pytest.param({"min_gpus": "2"}, id="GPUs as a text"),
        pytest.param({"training": {"min_vram_gb": 4}}, id="half a pair for a task"),
        pytest.param({"inference": MEMORY}, id="main memory for one task"),
    ],
)
def test_impossible_requirements_are_refused(change: dict[str, Any]) -> None:
    """Texts are texts, numbers numbers, and a task states memory and GPUs only."""
    with pytest.raises(ValidationError):
        Requirements.model_validate(MEMORY | change)


@pytest.mark.parametrize(
    "quantization",
    [
        pytest.param({"method": "none", "type": None}, id="none is spelt null"),
        pytest.param({"method": "4bit", "type": "bnb"}, id="an abbreviation"),
        pytest.param({"method": "4-bit"}, id="another spelling"),
        pytest.param({"method": 4}, id="a number"),
    ],
)
def test_quantisation_is_one_of_the_known_words(quantization: dict[str, Any]) -> None:
    """Closed lists, so that exports can rely on them."""
    with pytest.raises(ValidationError):
        Quantization.model_validate(quantization)


@pytest.mark.parametrize("key", ABLE)
def test_every_old_capability_is_required(key: str) -> None:
    """Format 1.0.0 states these five for every model."""
    with pytest.raises(ValidationError, match="Field required"):
        Capabilities.model_validate({name: value for name, value in ABLE.items() if name != key})
