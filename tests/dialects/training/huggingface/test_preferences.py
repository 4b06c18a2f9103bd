"""Which trainer of TRL a file is for, and how long its sequences are."""

from __future__ import annotations

from typing import Any

import pytest
from training_exports import asked, said

from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.rules import UnsayableError, Words
from model_garden_registry.dialects.texts.commands import CommandForm, read_commands
from model_garden_registry.dialects.training.huggingface.preferences import (
    ALGORITHM,
    LEARNING_RATE,
    LENGTH,
    algorithm_of,
    of_command,
)
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.families.stacks import stack_of

#: What TRL teaches.
TRL_ALGORITHMS = stack_of("trl").algorithms


@pytest.mark.parametrize(
    ("values", "algorithm"),
    [
        ({}, "sft"),
        ({"loss_type": "dft"}, "sft"),
        ({"loss_type": []}, "sft"),
        ({"beta": 0.01}, "dpo"),
        ({"loss_type": ["sigmoid", "sft"]}, "dpo"),
        ({"loss_type": "apo_zero"}, "dpo"),
        ({"precompute_ref_log_probs": True}, "dpo"),
        ({"loss_type": "kto"}, "kto"),
        ({"desirable_weight": 1.0}, "kto"),
        ({"beta": 0.1, "undesirable_weight": 2.0}, "kto"),
        ({"num_generations": 16}, "grpo"),
        ({"reward_funcs": ["accuracy_reward"], "beta": 0.0}, "grpo"),
        ({"loss_type": "dr_grpo"}, "grpo"),
        ({"use_vllm": True}, "grpo"),
        ({"reward_model_name_or_path": "org/reward"}, "grpo"),
        ({"center_rewards_coefficient": 0.01}, "reward"),
        ({"command": "dpo"}, "dpo"),
        ({"command": "rloo", "beta": 0.05}, "grpo"),
        ({"command": "reward", "max_length": 512}, "reward"),
        ({"command": "kto", "beta": 0.1}, "kto"),
        ({"command": "distillation"}, "sft"),
        ({"command": "orpo", "beta": 0.1}, "orpo"),
    ],
)
def test_the_trainer_is_told_by_keys_of_its_own(values: dict[str, Any], algorithm: str) -> None:
    """One file format serves all of TRL's commands."""
    words = said(TRL, **values)

    assert algorithm_of(words) == algorithm
    assert ALGORITHM.read(words) == {"algorithm": algorithm}


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"num_generations": 8, "beta": 0.0}, set()),
        ({"num_generations": 8, "beta": 0.04}, {"beta"}),
        ({"use_vllm": True, "reward_funcs": "think_format_reward"}, {"use_vllm", "reward_funcs"}),
        ({"use_vllm": False}, set()),
        ({"reward_model_name_or_path": "org/reward"}, {"reward_model_name_or_path"}),
        ({"beta": 0.1}, set()),
        ({"precompute_ref_log_probs": True}, {"precompute_ref_log_probs"}),
        ({"precompute_ref_log_probs": False}, set()),
        ({"command": "dpo"}, set()),
        ({"command": "distillation"}, {"command"}),
        ({"command": "sft", "config": "sft.yaml"}, {"config"}),
    ],
)
def test_what_takes_memory_beside_the_model_is_left(values: dict[str, Any], left: set[str]) -> None:
    """An engine, a model that scores, a reference that the trainer does not keep by default; DPO's beta is a number."""
    words = said(TRL, **values)
    ALGORITHM.read(words)

    assert set(words.left) == left


@pytest.mark.parametrize("algorithm", ["dpo", "kto", "orpo", "grpo", "reward"])
def test_files_are_written_for_supervised_fine_tuning(algorithm: str) -> None:
    """The other trainers have arguments that no setting says."""
    with pytest.raises(UnsayableError, match=f"not for algorithm {algorithm}"):
        ALGORITHM.write(asked(TRL, algorithm=algorithm))


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ({}, 2e-5),
        ({"beta": 0.1}, 1e-6),
        ({"num_generations": 8}, 1e-6),
        ({"center_rewards_coefficient": 0.01}, 1e-4),
        ({"beta": 0.1, "learning_rate": "5.0e-7"}, 5e-7),
    ],
)
def test_each_trainer_has_its_own_learning_rate(values: dict[str, Any], rate: float) -> None:
    """Where the file has none."""
    assert LEARNING_RATE.read(said(TRL, **values)) == {"learning_rate": rate}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"max_seq_length": 1024}),
        ({"max_length": 4096}, {"max_seq_length": 4096}),
        ({"max_length": 16}, {"max_seq_length": 128}),
        ({"num_generations": 8, "max_length": 4096}, {}),
    ],
)
def test_the_length_of_sequences_is_read(values: dict[str, Any], expected: dict[str, Any]) -> None:
    """TRL cuts at 1024 by default; GRPO has no length of prompt and answer together."""
    assert LENGTH.read(said(TRL, **values)) == expected


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"max_length": None}, "max_length"),
        ({"num_generations": 8, "max_completion_length": 2048}, "max_completion_length"),
    ],
)
def test_a_length_without_end_is_left(values: dict[str, Any], key: str) -> None:
    """The longest sequence of the data counts, which no file says."""
    words = said(TRL, **values)

    assert LENGTH.read(words) == {}
    assert key in words.left


def test_variables_say_nothing() -> None:
    """Neither of the trainer nor of numbers."""
    keys = ("loss_type", "learning_rate", "max_length")
    words = Words({key: Item(key, UnknownValue("$X")) for key in keys}, TRL.vocabulary)

    assert algorithm_of(words) == "sft"
    assert LEARNING_RATE.read(words) == {}
    assert LENGTH.read(words) == {}


def test_the_length_is_written_as_max_length() -> None:
    """The word that it has since TRL 0.20."""
    assert LENGTH.write(asked(TRL, max_seq_length=4096)) == {"max_length": 4096}
    assert LEARNING_RATE.write(asked(TRL, learning_rate=1e-4)) == {"learning_rate": 1e-4}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("trl sft --packing", [("command", "sft")]),
        ("trl rloo --beta 0.1", [("command", "rloo")]),
        ("python trl/scripts/kto.py --beta 0.1", [("command", "kto")]),
        ("python examples/scripts/dpo_vlm.py --beta 0.1", [("command", "dpo")]),
        ("python examples/scripts/mpo_vlm.py --beta 0.1", [("command", "dpo")]),
        ("python gspo.py --beta 0.1", [("command", "grpo")]),
        ("python orpo.py --beta 0.1", [("command", "orpo")]),
        ("python reward_modeling.py --max_length 1", [("command", "reward")]),
        ("python train.py --packing", []),
        ("python sftware.py --packing", []),
        ("torchrun --nproc_per_node 2 trl/scripts/sft.py --packing", [("command", "sft")]),
        (
            "accelerate launch --config_file zero3.yaml --num-processes 4 --odd 1 trl/scripts/sft.py --packing",
            [("command", "sft"), ("--config_file", "zero3.yaml"), ("--num-processes", "4")],
        ),
    ],
)
def test_a_command_says_what_it_trains_and_how_it_is_launched(text: str, found: list[tuple[str, str]]) -> None:
    """By its subcommand, or by the beginning of a script's name; accelerate's options are keys of TRL's files too."""
    (command,) = read_commands(text, CommandForm.SHELL)

    assert [(item.key, item.value) for item in of_command(command)] == found


def test_every_command_that_is_known_teaches_something() -> None:
    """Those of TRL, but what needs a second model to learn from."""
    choices = set(TRL.vocabulary.keys["command"].choices) - {"distillation"}

    assert {algorithm_of(said(TRL, command=name)) for name in choices} == {*TRL_ALGORITHMS}
