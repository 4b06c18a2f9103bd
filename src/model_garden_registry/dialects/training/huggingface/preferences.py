"""The TRL trainer of a file, and its sequence length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import Item
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words
from model_garden_registry.dialects.texts.arguments import read_arguments
from model_garden_registry.dialects.texts.command import Command
from model_garden_registry.dialects.texts.options import plain_option
from model_garden_registry.dialects.vocabulary import ABSENT, vocabulary
from model_garden_registry.entries.settings.task_settings import Algorithm

#: Values of loss_type, by trainer; all others are DPO's.
#: Source: TRL 1.16.0, `trainer/{sft,kto}_config.py`, `trainer/grpo_trainer.py`
_LOSSES: Mapping[str, Algorithm] = {
    **dict.fromkeys(("nll", "dft", "chunked_nll"), "sft"),
    **dict.fromkeys(("kto", "apo_zero_unpaired"), "kto"),
    **dict.fromkeys(("grpo", "bnpo", "dr_grpo", "dapo", "luspo", "cispo", "sapo", "vespo"), "grpo"),
}
#: Keys that only one trainer has, in search order.
_OWN: tuple[tuple[str, Algorithm], ...] = (
    ("num_generations", "grpo"),
    ("reward_funcs", "grpo"),
    ("reward_model_name_or_path", "grpo"),
    ("use_vllm", "grpo"),
    ("desirable_weight", "kto"),
    ("undesirable_weight", "kto"),
    ("center_rewards_coefficient", "reward"),
)
#: TRL's commands and scripts → their algorithm.
_COMMANDS: Mapping[str, Algorithm] = {
    "sft": "sft",
    "orpo": "orpo",
    "dpo": "dpo",
    "kto": "kto",
    "grpo": "grpo",
    "rloo": "grpo",
    "reward": "reward",
}
#: The beginning of a script's name: ``dpo_vlm``; some scripts train like another.
_SCRIPT = re.compile(r"(sft|dpo|mpo|kto|orpo|grpo|gspo|rloo|reward|distillation)(?![a-z])")
_ALSO = {"mpo": "dpo", "gspo": "grpo"}
#: Keys of the preference trainers; DPO if nothing distinguishes them.
_PREFERENCE = ("precompute_ref_log_probs", "beta")
#: Default learning rates of the trainers. Source: TRL 1.16.0, the configurations.
_RATES: Mapping[Algorithm, float] = {"sft": 2e-5, "reward": 1e-4}
_OTHER_RATE = 1e-6
#: The shortest sequence in our settings.
_SHORTEST = 128


def algorithm_of(words: Words) -> Algorithm:
    """Return the algorithm of a file: the command's, or else found by its keys."""
    command = words.get("command")
    if command is not ABSENT and command in _COMMANDS:
        return _COMMANDS[command]
    for key, algorithm in _OWN:
        if key in words:
            return algorithm
    if "loss_type" in words and (loss := words.get("loss_type")) is not ABSENT:
        first = (loss[0] if loss else "nll") if isinstance(loss, list) else loss
        return _LOSSES.get(first, "dpo")
    return "dpo" if any(key in words for key in _PREFERENCE) else "sft"


def of_command(command: Command) -> Iterator[Item]:
    """Yield the items in a command apart from its options: its algorithm, and accelerate's arguments before it."""
    stem = re.split(r"[/\\]", command.subcommand)[-1].removesuffix(".py")
    found = _SCRIPT.match(stem)
    if found:
        name = _ALSO.get(found[1], found[1])
        yield Item("command", name, command.line, command.column)
    if command.launcher is not None and command.launcher.tool == "accelerate":
        known = vocabulary("trl").keys
        for item in read_arguments(command.launcher.words)[0]:
            if plain_option(item.key) in known:
                yield item


def _write_algorithm(request: ExportRequest) -> Mapping[str, Any]:
    if request.training.algorithm != "sft":
        raise UnsayableError(f"this file is for SFTTrainer, not for algorithm {request.training.algorithm}")
    return {}


def _read_algorithm(words: Words) -> Mapping[str, Any]:
    algorithm = algorithm_of(words)
    if "command" in words and words.get("command") not in _COMMANDS:
        words.leave("command", "the training of that command is not counted")
    if "config" in words:
        words.leave("config", "that file has further settings of the command: check it as well")
    if algorithm == "grpo":
        for key, reason in (
            ("use_vllm", "the engine that writes completions is not counted"),
            ("beta", "the reference model is counted as by default"),
            ("reward_funcs", "a model that scores completions is not counted"),
            ("reward_model_name_or_path", "a model that scores completions is not counted"),
        ):
            if key in words and words.get(key):
                words.leave(key, reason)
    if "precompute_ref_log_probs" in words and words.get("precompute_ref_log_probs") is True:
        words.leave("precompute_ref_log_probs", "the reference model is counted as by default")
    return {"algorithm": algorithm}


ALGORITHM = Rule(
    keys=("command", "config", "loss_type", *(key for key, _ in _OWN), *_PREFERENCE),
    settings=("algorithm",),
    write=_write_algorithm,
    read=_read_algorithm,
    says="the command's, or found by keys that only one trainer has; written for sft only",
)


def _read_rate(words: Words) -> Mapping[str, Any]:
    rate = words.get("learning_rate")
    if "learning_rate" not in words:
        rate = _RATES.get(algorithm_of(words), _OTHER_RATE)
    return {} if rate is ABSENT else {"learning_rate": rate}


LEARNING_RATE = Rule(
    keys=("learning_rate",),
    settings=("learning_rate",),
    write=lambda request: {"learning_rate": request.training.learning_rate},
    read=_read_rate,
    says="the default is the trainer's",
)


def _read_length(words: Words) -> Mapping[str, Any]:
    if algorithm_of(words) == "grpo":
        if "max_completion_length" in words:
            words.leave("max_completion_length", "prompts have no limit; max_seq_length stands for both together")
        return {}
    if "max_length" in words.items and words.items["max_length"].value is None:
        words.leave("max_length", "sequences are not truncated, so the longest in the data counts: set max_seq_length")
        return {}
    length = words.get("max_length")
    return {} if length is ABSENT else {"max_seq_length": max(_SHORTEST, length)}


LENGTH = Rule(
    keys=("max_length", "max_completion_length"),
    settings=("max_seq_length",),
    write=lambda request: {"max_length": request.training.max_seq_length},
    read=_read_length,
    says="at least 128",
)
