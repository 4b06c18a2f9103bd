"""What is exported."""

from __future__ import annotations

import pytest
from made_up_tool import request
from sound_entry import ENTRY

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import merge


def test_a_request_gives_the_settings_of_its_task() -> None:
    """A target for training never meets settings for serving."""
    entry = ModelInfo.model_validate(ENTRY)
    training, serving = (request(merge(entry, task), entry) for task in ("training", "inference"))

    assert training.training.batch_size == 2
    assert serving.inference.tensor_parallel_size == 1
    assert training.value("lora_config.r") == 16
    assert training.choices() == ()
    with pytest.raises(AssertionError):
        _ = training.inference
    with pytest.raises(AssertionError):
        _ = serving.training
