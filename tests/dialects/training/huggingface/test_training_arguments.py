"""Arguments of transformers' Trainer, which TRL's configurations have too."""

from __future__ import annotations

from typing import Any

import pytest
from training_exports import asked, read, said

from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.training.huggingface.training_arguments import (
    checkpointing_rule,
    half_precision_rule,
    offloads_inputs,
    run_rules,
)
from model_garden_registry.dialects.training.huggingface.transformers import TRANSFORMERS
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.findings import Code


def found(**values: Any) -> dict[str, Any]:
    """Return the settings that arguments of a run come to."""
    words = said(TRL, **values)
    return {path: value for rule in run_rules("trl") for path, value in rule.read(words).items()}


def test_what_a_file_leaves_out_is_as_the_tool_chooses() -> None:
    """TRL's and transformers' own defaults, not the registry's."""
    assert found() == {
        "num_epochs": 3,
        "batch_size": 8,
        "gradient_accumulation_steps": 1,
        "warmup_steps": 0,
        "optim": "adamw_torch_fused",
        "lr_scheduler_type": "linear",
        "eval_batch_size": None,
    }


@pytest.mark.parametrize(
    ("values", "setting", "value"),
    [
        pytest.param({"num_train_epochs": 0.3}, "num_epochs", 1, id="a part of an epoch"),
        pytest.param({"num_train_epochs": 2.5}, "num_epochs", 3, id="epochs and a half"),
        pytest.param({"num_train_epochs": "2.0e+0"}, "num_epochs", 2, id="a number as text, as YAML 1.1 has 2e0"),
        pytest.param({"warmup_steps": 100}, "warmup_steps", 100, id="steps"),
        pytest.param({"warmup_steps": 1.0}, "warmup_steps", 1, id="one step is no share"),
        pytest.param({"eval_strategy": "steps"}, "eval_batch_size", 8, id="an evaluation by default"),
        pytest.param(
            {"eval_strategy": "epoch", "per_device_eval_batch_size": 2}, "eval_batch_size", 2, id="an evaluation"
        ),
        pytest.param(
            {"per_device_eval_batch_size": 2}, "eval_batch_size", None, id="no evaluation, whatever its batch"
        ),
    ],
)
def test_values_are_converted(values: dict[str, Any], setting: str, value: object) -> None:
    """Our settings are whole steps and epochs, and an evaluation is one that takes place."""
    assert found(**values)[setting] == value


def test_a_share_of_the_run_says_nothing_of_steps() -> None:
    """From transformers 5 on a number below 1 is the ratio; how many steps that is only the data tells."""
    assert "warmup_steps" not in found(warmup_steps=0.03)
    assert found(warmup_steps=0.03)["warmup_ratio"] == 0.03


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("per_device_train_batch_size", 0, "must be at least 1, not 0"),
        ("per_device_train_batch_size", "many", "takes a whole number, not 'many'"),
        ("gradient_accumulation_steps", -1, "must be at least 1, not -1"),
        ("num_train_epochs", 0, "must be more than 0, not 0"),
        ("num_train_epochs", -2.5, "must be more than 0, not -2.5"),
        ("warmup_steps", -10, "must be at least 0, not -10"),
        ("optim", "adam8", "'adam8' is not one of "),
        ("optim", "adamw_hf", "'adamw_hf' is not one of "),
        ("lr_scheduler_type", "cosinus", "'cosinus' is not one of "),
        ("eval_strategy", "sometimes", "'sometimes' is not one of "),
        ("learning_rate", "fast", "takes a number, not 'fast'"),
        ("gradient_checkpointing", "perhaps", "takes true or false, not 'perhaps'"),
    ],
)
def test_a_value_that_the_tool_does_not_take_is_named(key: str, value: object, problem: str) -> None:
    """At its line, with what is taken instead, and the run is judged with the tool's default in its place."""
    config = read(TRL, model_name_or_path="org/model", **{key: value})

    (finding,) = (finding for finding in config.findings if finding.where == key)
    assert finding.code is Code.KEY_VALUE
    assert problem in finding.message
    assert finding.place is not None
    assert finding.place.line == 2


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"optim": "adamw_apex_fused"}, "has no optim adamw_apex_fused"),
        ({"lr_scheduler_type": "reduce_lr_on_plateau"}, "needs an evaluation: set eval_batch_size"),
        ({"lr_scheduler_type": "greedy"}, "needs an evaluation: set eval_batch_size"),
    ],
)
def test_what_the_tool_refuses_is_not_written(overrides: dict[str, Any], problem: str) -> None:
    """Names that only another release knows, and a schedule that needs what is not there."""
    request = asked(TRL, **overrides)

    with pytest.raises(UnsayableError, match=problem):
        [rule.write(request) for rule in run_rules("trl")]


def test_a_schedule_that_looks_at_an_evaluation_is_written_with_one() -> None:
    """Its strategy is written with it."""
    request = asked(TRL, lr_scheduler_type="reduce_lr_on_plateau", eval_batch_size=2)
    written = {key: value for rule in run_rules("trl") for key, value in rule.write(request).items()}

    assert written["lr_scheduler_type"] == "reduce_lr_on_plateau"
    assert (written["eval_strategy"], written["per_device_eval_batch_size"]) == ("epoch", 2)


def test_values_that_no_file_knows_say_nothing() -> None:
    """A variable of a shell is neither the default nor a number."""
    from model_garden_registry.dialects.items import UnknownValue

    config = read(TRL, per_device_train_batch_size=UnknownValue("$BATCH"), warmup_steps=UnknownValue("$W"))

    assert not {"batch_size", "warmup_steps"} & set(config.overrides)
    unknown = read(TRL, eval_strategy=UnknownValue("$E"), gradient_checkpointing=UnknownValue("$G"))
    assert not {"eval_batch_size", "gradient_checkpointing"} & set(unknown.overrides)


@pytest.mark.parametrize(
    ("values", "on"),
    [
        ({}, True),
        ({"gradient_checkpointing": False}, False),
        ({"activation_checkpointing": False}, False),
        ({"activation_checkpointing": False, "gradient_checkpointing": True}, False),
        ({"no_gradient_checkpointing": True}, False),
        ({"no_gradient_checkpointing": False}, True),
    ],
)
def test_checkpointing_has_two_spellings_and_a_negation(values: dict[str, Any], on: bool) -> None:
    """The new spelling wins; only command lines have the negation. TRL's default is on, transformers' is off."""
    rule = checkpointing_rule("no_gradient_checkpointing")

    assert rule.read(said(TRL, **values)) == {"gradient_checkpointing": on}
    assert checkpointing_rule().read(said(TRANSFORMERS)) == {"gradient_checkpointing": False}


@pytest.mark.parametrize(
    ("values", "waits"),
    [
        ({}, False),
        ({"gradient_checkpointing_kwargs": {"use_reentrant": False}}, False),
        ({"gradient_checkpointing_kwargs": {"offload": True}}, True),
        ({"activation_checkpointing_kwargs": '{"offload": true}'}, True),
        ({"gradient_checkpointing_kwargs": "kwargs.json"}, False),
    ],
)
def test_arguments_of_checkpointing_may_move_inputs_to_main_memory(values: dict[str, Any], waits: bool) -> None:
    """As a mapping, or as JSON on a command line."""
    assert offloads_inputs(said(TRL, **values)) is waits


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({}, False),
        ({"bf16": True}, False),
        ({"bf16": False, "fp16": True}, False),
        ({"bf16": False}, True),
    ],
)
def test_a_run_without_autocast_is_not_followed(values: dict[str, Any], left: bool) -> None:
    """TRL turns autocast on by itself; who turns it off gets activations of another type."""
    words = said(TRL, **values)

    assert half_precision_rule().read(words) == {}
    assert ("bf16" in words.left) is left
    assert half_precision_rule().write(asked(TRL)) == {}


def test_vocabularies_agree_on_what_both_have() -> None:
    """TRL's optimizers and schedules are those of transformers."""
    for key in ("optim", "lr_scheduler_type", "eval_strategy"):
        assert vocabulary("trl").keys[key].choices == vocabulary("transformers").keys[key].choices
