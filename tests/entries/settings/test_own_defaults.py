"""What an entry, its stack and its engine choose before anybody overrides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sound_entry import changed_entry

from model_garden_registry import InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.own_defaults import Chosen, defaults_of
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.stacks import stack_of, stack_package

BY_HAND = Origin(OriginKind.OVERRIDE, "by hand")


def owl(changes: Mapping[str, Any] | None = None) -> ModelInfo:
    """Give a sound entry with changes at dotted paths."""
    return ModelInfo.model_validate(changed_entry(changes or {}))


def chosen(**values: Any) -> Chosen:
    """Give settings that were chosen by hand."""
    return {name: (value, BY_HAND) for name, value in values.items()}


def test_the_newest_release_that_was_read_is_taken() -> None:
    """Of the stack in training, of the engine in serving."""
    trained = defaults_of(owl(), "training", {})
    served = defaults_of(owl(), "inference", {})

    assert (trained["stack"][0], trained["stack_version"][0]) == ("trl", stack_package("trl").read)
    assert (served["engine"][0], served["engine_version"][0]) == ("vllm", engine_package("vllm").read)
    assert str(served["engine_version"][1]) == "built-in: the newest that was read"


def test_a_stack_chooses_by_its_release() -> None:
    """Each value names the stack and the release that chose it."""
    found = defaults_of(owl(), "training", chosen(stack_version="1.6"))

    assert found["loss"] == ("full", Origin(OriginKind.STACK, "trl 1.6"))
    assert found["stack_version"] == ("1.6", BY_HAND)


@pytest.mark.parametrize(
    ("method", "dtype"), [("lora", stack_of("trl").adapter_dtype), ("qlora", stack_of("trl").quantized_adapter_dtype)]
)
def test_adapters_over_a_quantised_model_have_a_type_of_their_own(method: str, dtype: str) -> None:
    """As the stack says."""
    found = defaults_of(owl(), "training", chosen(method=method))

    assert found["adapter_dtype"][0] == dtype


def test_what_an_entry_states_stands_before_what_is_built_in() -> None:
    """Stack and engine with the place in the entry."""
    stated = owl({"training_defaults.stack": "axolotl", "inference_defaults.engine": "sglang"})

    assert defaults_of(stated, "training", {})["stack"] == (
        "axolotl",
        Origin(OriginKind.ENTRY, "/training_defaults/stack"),
    )
    assert defaults_of(stated, "inference", {})["engine"] == (
        "sglang",
        Origin(OriginKind.ENTRY, "/inference_defaults/engine"),
    )


@pytest.mark.parametrize("version", ["0.5.9", "nonsense", ""])
def test_a_release_that_is_not_covered_is_refused_by_name(version: str) -> None:
    """With the oldest that is."""
    with pytest.raises(InvalidOverrideError, match=r"a release of vLLM from 0\.6\.0 on, such as"):
        defaults_of(owl(), "inference", chosen(engine_version=version))


def test_an_entry_without_training_has_no_settings_for_it() -> None:
    """It says so."""
    with pytest.raises(UnsupportedTaskError):
        defaults_of(owl({"training_defaults": None, "capabilities.training": False}), "training", {})
