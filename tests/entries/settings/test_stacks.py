"""What each training stack does when nobody says otherwise."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict
from typing import get_args

import pytest

from model_garden_registry.entries.defaults import TrainingStack
from model_garden_registry.entries.settings.stacks import STACK_DEFAULTS
from model_garden_registry.entries.settings.task_settings import TrainingSettings, setting_fields


def test_every_stack_has_defaults() -> None:
    """A stack that an entry can name can be asked."""
    assert set(STACK_DEFAULTS) == set(get_args(TrainingStack))


@pytest.mark.parametrize(
    ("stack", "defaults"),
    [
        ("unsloth", (True, "sdpa", "fused", "float32")),
        ("trl", (True, "sdpa", "full", "float32")),
        ("axolotl", (False, "sdpa", "full", "float32")),
        ("llama-factory", (True, "sdpa", "full", "float32")),
    ],
)
def test_the_defaults_of_a_stack(stack: TrainingStack, defaults: tuple[object, ...]) -> None:
    """Checkpointing, attention, loss and adapter type, as the stack's own documentation has them."""
    assert tuple(asdict(STACK_DEFAULTS[stack]).values()) == defaults


def test_every_stack_default_is_a_setting() -> None:
    """What a stack chooses, a user can choose otherwise."""
    chosen = {name for defaults in STACK_DEFAULTS.values() for name in asdict(defaults)}

    assert chosen <= set(setting_fields(TrainingSettings))


def test_the_defaults_of_a_stack_cannot_be_changed() -> None:
    """They are everybody's."""
    with pytest.raises(FrozenInstanceError):
        STACK_DEFAULTS["trl"].loss = "fused"  # type: ignore[misc]  # the point of the test
