"""Command lines whose words stand in another order, or are those of other tools: what they may mean."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile

#: Commands whose first argument is a task.
WITH_TASK = ("defaults", "estimate", "fit", "plan", "validate")

#: Task → what else it is called.
_TASKS = {
    "training": "train finetune fine-tune fine_tune finetuning fine-tuning tune tuning sft lora qlora",
    "inference": "infer serve serving served deploy generate generation chat predict run vllm sglang",
}
#: Command → what other tools call it.
_COMMANDS = {
    "list": "ls models search find catalog catalogue ps",
    "show": "info describe get cat inspect view",
    "compare": "versus vs",
    "hardware": "gpu gpus devices system nvidia-smi doctor env",
    "fit": "recommend suggest fits which what",
    "plan": "size sizing",
    "estimate": "memory vram mem calc calculate",
    "defaults": "config configure settings params hyperparameters",
    "validate": "check verify can test",
    "new": "add create init import",
    "serve": "server api web ui start",
    "--help": "help man usage",
    "--version": "version",
}


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word: meant for meant, words in table.items() for word in words.split()}


_TASK_OF = {**_by_word(_TASKS), **{task: task for task in _TASKS}}
_COMMAND_OF = _by_word(_COMMANDS)


def meant_line(words: Sequence[str], commands: Collection[str]) -> str | None:
    """
    Return the command line that words mean, the first of which is no command; None where that cannot be told.

    Args:
        words: As they follow ``mgr``.

        commands: All there are.
    """
    plain = list(takewhile(lambda word: not word.startswith("-"), words))
    command = next((word for word in plain if word in commands), None)
    task = next((word for word in plain if word in _TASK_OF), None)
    if command is None and task is not None:
        command = "validate" if len(plain) > 1 else "fit"
    elif command is None:
        meant = _COMMAND_OF.get(words[0].casefold())
        return None if meant is None else _line(meant, [] if meant.startswith("-") else words[1:])
    rest = [word for word in words if word not in (command, task)]
    if command not in WITH_TASK:
        return _line(command, rest)
    return None if task is None or not command else _line(command, [_TASK_OF[task], *rest])


def meant_task(command: str, words: Sequence[str]) -> str | None:
    """
    Return the command line that is meant where the first argument of a command is no task.

    Args:
        command: As it was called: ``mgr validate``.

        words: As they follow it.
    """
    plain = list(takewhile(lambda word: not word.startswith("-"), words))
    task = next((word for word in plain if word in _TASK_OF), None)
    if task is not None:
        return f"{command} {shlex.join([_TASK_OF[task], *(word for word in words if word != task)])}"
    return f"{command} {shlex.join(['training', *words])}, or inference" if plain else None


def named_task(word: str) -> str | None:
    """Return the task that a word names, also as other tools call it; None where it names none."""
    return _TASK_OF.get(word.casefold())


def _line(command: str, rest: Sequence[str]) -> str:
    return shlex.join(["mgr", command, *rest])
