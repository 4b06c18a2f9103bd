"""What a command line may have meant whose words stand in another order, or one of which is missing."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

#: Commands whose first word is a task.
WITH_TASK = ("defaults", "estimate", "fit", "plan", "validate")
#: What people call the tasks.
_TASKS = {
    "training": "training",
    **dict.fromkeys(("finetune", "finetuning", "fine-tune", "fine-tuning", "lora", "qlora", "sft"), "training"),
    "inference": "inference",
    **dict.fromkeys(("serving", "serve", "deploy", "generation"), "inference"),
}
#: Words that other programs take for a command.
_HELP, _VERSION = "help", "version"
#: Words of the longest name of a GPU that people type without quotation marks.
_LONGEST_NAME = 6


def meant_line(words: Sequence[str], commands: Collection[str], registry: Path | None) -> str | None:
    """
    Return the command line that words may have meant, as a shell takes it; None where nothing tells.

    Args:
        words: What was typed behind ``mgr``.

        commands: The commands that there are.

        registry: The file that ``--registry`` names, if any.
    """
    plain = _plain(words)
    if plain[:1] == [_HELP]:
        return shlex.join(["mgr", *(word for word in plain[1:2] if word in commands), "--help"])
    if plain[:1] == [_VERSION]:
        return "mgr --version"
    command = next((word for word in plain if word in commands), None)
    rest = _without(words, command)
    task = next((word for word in _plain(rest) if word in _TASKS and command in (None, *WITH_TASK)), None)
    rest = _without(rest, task)
    gpu = _leading_gpu(rest) if command in (None, "fit") else []
    model_id = None if gpu else next(iter(_plain(rest)), None)
    possible = _possible_task(model_id, registry) if model_id and task is None else None
    if not any((command, task, gpu, possible)):
        return None
    named = ["--gpu", " ".join(gpu), *rest[len(gpu) :]] if gpu else rest
    chosen = command or _command_for(task, model_id)
    line = [chosen, *([_TASKS[task] if task else possible or "training"] if chosen in WITH_TASK else ()), *named]
    return shlex.join(["mgr", *line])


def _command_for(task: str | None, model_id: str | None) -> str:
    """Choose a command for words that name none: one that answers most of what is asked about them."""
    if model_id is None:
        return "fit"
    return "show" if task is None else "validate"


def _plain(words: Sequence[str]) -> list[str]:
    """Return the words that are neither options nor stand behind one, as its value does."""
    behind = zip(("", *words), words, strict=False)
    return [word for before, word in behind if not word.startswith("-") and not _takes_value(before)]


def _takes_value(word: str) -> bool:
    return word.startswith("--") and "=" not in word


def _without(words: Sequence[str], word: str | None) -> list[str]:
    rest = list(words)
    if word is not None:
        rest.remove(word)
    return rest


def _leading_gpu(words: Sequence[str]) -> Sequence[str]:
    """Return as many of the first words as name a GPU together."""
    from model_garden_registry.errors import UnknownGpuError
    from model_garden_registry.hardware.known_gpus import known_gpu

    leading = [*takewhile(lambda word: not word.startswith("-"), words[:_LONGEST_NAME])]
    for number in range(len(leading), 0, -1):
        with suppress(UnknownGpuError):
            known_gpu(" ".join(leading[:number]))
            return leading[:number]
    return []


def _possible_task(text: str, path: Path | None) -> str | None:
    """Return a task that the model does which a text means; None where it means none."""
    from model_garden_registry.errors import RegistryError
    from model_garden_registry.registry.model_registry import ModelRegistry

    with suppress(RegistryError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        registry = ModelRegistry(path)
        return "training" if registry[registry.resolve(text).id].supports("training") else "inference"
    return "training" if "/" in text else None
