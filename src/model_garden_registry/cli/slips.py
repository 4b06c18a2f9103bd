"""Command lines with words in another order, or of other tools: what they may mean."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

import typer

from model_garden_registry.near_names import close_names

#: Commands whose first argument is a task.
WITH_TASK = ("defaults", "estimate", "fit", "plan", "validate")

#: Task → its other names.
_TASKS = {
    "training": "train finetune fine-tune fine_tune finetuning fine-tuning tune tuning sft lora qlora",
    "inference": "infer serve serving served deploy generate generation chat predict run vllm sglang",
}
#: Command → its names in other tools.
_COMMANDS = {
    "list": "ls models search find catalog catalogue ps",
    "show": "info describe get cat inspect view",
    "compare": "versus vs",
    "hardware": "gpu gpus devices system nvidia-smi doctor env",
    "fit": "recommend suggest fits which what",
    "plan": "size sizing",
    "estimate": "memory vram mem calc calculate",
    "defaults": "config configure settings params hyperparameters",
    "validate": "verify can test",
    "new": "add create init import",
    "serve": "server api web ui start",
    "--help": "help man usage",
    "--version": "version",
}
#: Commands of ``mgr registry`` that no other command is called, here or elsewhere.
OF_REGISTRY = frozenset({"copy", "lock", "migrate", "outdated", "remove", "scan", "status", "update"})
#: Options among those, which are no commands.
_OPTIONS = ("--help", "--version")
#: Words of the longest GPU name that people type without quotes.
_LONGEST_NAME = 6


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word: meant for meant, words in table.items() for word in words.split()}


_TASK_OF = {**_by_word(_TASKS), **{task: task for task in _TASKS}}
_COMMAND_OF = _by_word(_COMMANDS)


def meant_line(words: Sequence[str], commands: Collection[str], registry: Sequence[Path] = ()) -> str | None:
    """
    Return the command line that words mean, quoted for a shell; None if that is not clear.

    Args:
        words: Arguments of ``mgr``: the first is no command, or one whose task is missing.

        commands: All there are.

        registry: The files that ``--registry`` names.
    """
    plain, rest = _plain(words), list(words)
    if plain and plain[0] in OF_REGISTRY and "registry" in commands:
        rest.remove(plain[0])
        return shlex.join(["mgr", "registry", plain[0], *(word for word in rest if word != "registry")])
    command = next((word for word in plain if word in commands), None)
    called = _COMMAND_OF.get(plain[0].casefold()) if plain and plain[0] != command else None
    if called in _OPTIONS:
        return shlex.join(["mgr", *([command] if command and called == "--help" else []), called])
    if command is not None:
        rest.remove(command)
    elif called is not None or (called := _mistyped(plain, commands)):
        command, rest = called, [word for word in rest if word != plain[0]]
    task = next((word for word in _plain(rest) if word in _TASK_OF), None)
    if task is not None:
        rest.remove(task)
    if command is not None and command not in WITH_TASK:
        return shlex.join(["mgr", command, *rest])
    return _with_task(command, task, rest, registry)


def _with_task(command: str | None, task: str | None, rest: list[str], registry: Sequence[Path]) -> str | None:
    """Return the line of a command with a task; without a command, of the most likely one."""
    gpu = _leading_gpu(rest) if command in (None, "fit") else []
    subject = None if gpu else next(iter(_plain(rest)), None)
    done = _task_done(subject, registry) if subject and task is None else None
    if command is task is None and not gpu:
        return shlex.join(["mgr", "show", *rest]) if done else None
    if not any((task, gpu, subject)):
        return None
    named = ["--gpu", " ".join(gpu), *rest[len(gpu) :]] if gpu else rest
    guess = _TASK_OF[task] if task else done or "training"
    line = shlex.join(["mgr", command or ("validate" if subject else "fit"), guess, *named])
    return f"{line}, or inference" if task is None and guess == "training" else line


def _mistyped(plain: Sequence[str], commands: Collection[str]) -> str | None:
    """Return the command of which the first of several words is a typo."""
    word = plain[0] if len(plain) > 1 else ""
    is_a_word = word.isascii() and word.isalpha() and word.casefold() not in _TASK_OF
    return next(iter(close_names(word.casefold(), sorted(commands))), None) if is_a_word else None


def _plain(words: Sequence[str]) -> list[str]:
    """Return the words that are neither options nor their values."""
    behind = zip(("", *words), words, strict=False)
    return [word for before, word in behind if not word.startswith("-") and not _takes_value(before)]


def _takes_value(word: str) -> bool:
    return word.startswith("--") and "=" not in word


def _leading_gpu(words: Sequence[str]) -> Sequence[str]:
    """Return the first words that together name a GPU."""
    from model_garden_registry.errors import UnknownGpuError
    from model_garden_registry.hardware.known_gpus import known_gpu

    leading = [*takewhile(lambda word: not word.startswith("-"), words[:_LONGEST_NAME])]
    for number in range(len(leading), 0, -1):
        with suppress(UnknownGpuError):
            known_gpu(" ".join(leading[:number]))
            return leading[:number]
    return []


def refuse_gpu(words: Sequence[str]) -> None:
    """
    Refuse words to search models by that name a GPU instead.

    Raises:
        typer.BadParameter: They do; carries the option that takes it.
    """
    if words and [*_leading_gpu(words)] == [*words]:
        name = " ".join(words)
        raise typer.BadParameter(f"{name!r} is a GPU; did you mean --gpu {shlex.quote(name)}?")


def _task_done(text: str, paths: Sequence[Path]) -> str | None:
    """Return a task that the model of a text supports; None if the text means no model."""
    from model_garden_registry.errors import RegistryError
    from model_garden_registry.registry.model_registry import ModelRegistry

    with suppress(RegistryError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        registry = ModelRegistry(paths)
        return "training" if registry[registry.resolve(text).id].supports("training") else "inference"
    return "training" if "/" in text else None


def named_task(word: str) -> str | None:
    """Return the task that a word names, also by other tools' names; None if none."""
    return _TASK_OF.get(word.casefold())
