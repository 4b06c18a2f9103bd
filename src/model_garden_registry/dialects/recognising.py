"""The tool of a file, found by its keys, and the tool of a command, found by its program."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.items import Item, UnknownValue
from model_garden_registry.dialects.texts.arguments import read_arguments
from model_garden_registry.dialects.texts.command import Command, Word
from model_garden_registry.dialects.texts.options import option_items, plain_option

#: A tool's file may have slips; a file with a larger share of unknown keys is another tool's.
_MOST_STRANGE = 0.5
#: A user's own program takes the options of a trainer, and its own.
_MOST_STRANGE_TO_PROGRAMS = 0.1


def dialect_of(
    keys: Iterable[str], dialects: Iterable[Dialect], *, most_strange: float = _MOST_STRANGE
) -> Dialect | None:
    """
    Return the dialect of a file's keys; None if they are of no tool.

    A file has at least one mark of its tool. If it has marks of several tools, the one that knows most of its keys
    wins, and of those the first.

    Args:
        most_strange: Largest share of keys that the tool neither has nor had; one such key is always allowed.
    """
    names = frozenset(keys)
    candidates = [dialect for dialect in dialects if not dialect.marks.isdisjoint(map(dialect.plain, names))]
    found = max(candidates, key=lambda dialect: _known(names, dialect), default=None)
    if found is None:
        return None
    strange = [name for name in names if not _is_of(name, found)]
    return found if len(strange) <= max(1, most_strange * len(names)) else None


def _is_of(name: str, dialect: Dialect) -> bool:
    """Return whether a tool has a key, or had it."""
    plain, words = dialect.plain(name), dialect.vocabulary
    return dialect.key_of(name) is not None or plain in words.retired or plain in words.elsewhere


def _known(names: frozenset[str], dialect: Dialect) -> int:
    return sum(dialect.key_of(name) is not None for name in names)


def command_items(command: Command, dialects: Iterable[Dialect]) -> tuple[Dialect, tuple[Item, ...]] | None:
    """Return the tool of a command, and its items; None if it is of no tool, or takes a file instead."""
    known = tuple(dialects)
    if command.tool == "python":
        scripted = [dialect for dialect in known if dialect.commands and dialect.task == "training"]
        options = [plain_option(word.text) for word in command.words if word.text.startswith("--")]
        given = frozenset(option.partition("=")[0] for option in options)
        dialect = _of_script(given, dialect_of(given, scripted, most_strange=_MOST_STRANGE_TO_PROGRAMS))
        if dialect is not None and not _TOOLS_OWN.search(command.subcommand):
            dialect = replace(dialect, is_script=True)
    else:
        named = (dialect for dialect in known if dialect.name == command.tool)
        dialect = next((one for one in named if _starts(one, command)), None)
    if dialect is None or given_file(command) is not None:
        return None
    positional = dialect.model_key if dialect.is_options else None
    further: Iterable[Item] = dialect.of_command(command) if dialect.of_command else ()
    # Training tools use transformers' parser: a switch may be followed by true or false.
    has_truths = dialect.task == "training"
    own = option_items(command.words, dialect.vocabulary, positional=positional, has_truths=has_truths)
    items = (*further, *own)
    variables = _variables(command)
    if dialect.environment is None or not variables:
        return dialect, items
    first = variables[0]
    # A value that only a shell knows stays as written: the variable is set, but not to a number.
    values = {item.key: str(item.value) if isinstance(item.value, UnknownValue) else item.value for item in variables}
    return dialect, (*items, Item(dialect.environment, values, first.line, first.column))


#: Scripts that tools ship, which take only their options; the main ones of TRL and LLaMA-Factory are commands.
_TOOLS_OWN = re.compile(r"(^|/)trl/examples/scripts/\w+\.py$|(^|/)src/train_bash\.py$")


def _of_script(names: frozenset[str], dialect: Dialect | None) -> Dialect | None:
    """Return the dialect of a script's options; None if they only say what it reads and writes, not how it trains."""
    if dialect is None:
        return None
    beside = frozenset(name for name in names if dialect.key_of(name) not in (dialect.model_key, "output_dir"))
    return dialect if _known(beside, dialect) else None


def given_file(command: Command) -> Word | None:
    """Return the file that a command gives its tool, if any."""
    first = next(iter(command.words), None)
    is_file = first is not None and first.is_known and first.text.endswith((".yaml", ".yml", ".json"))
    return first if is_file and not (first and first.text.startswith("-")) else None


def _starts(dialect: Dialect, command: Command) -> bool:
    return any(one.rpartition(" ")[2] == command.subcommand for one in dialect.commands)


#: Options of launchers for the number of processes, and the variable for the same.
_PROCESSES = {
    "nproc_per_node": "NPROC_PER_NODE",
    "num_processes": "NPROC_PER_NODE",
    "num_gpus": "NPROC_PER_NODE",
    "nnodes": "NNODES",
    "num_machines": "NNODES",
}


def _variables(command: Command) -> list[Item]:
    """Return variables set for a command, including those from its launcher."""
    found = list(command.environment)
    options, _ = read_arguments(command.launcher.words) if command.launcher else ((), ())
    named = ((_PROCESSES.get(plain_option(item.key)), item) for item in options)
    started = {name: Item(name, item.value, item.line, item.column) for name, item in named if name is not None}
    if command.launcher is not None and command.launcher.tool == "accelerate":
        started = _on_each(started)
    return [*found, *started.values()]


def _on_each(started: dict[str, Item]) -> dict[str, Item]:
    """Return the variables of a launcher that counts the processes of all machines: those of each machine."""
    processes, machines = started.get("NPROC_PER_NODE"), started.get("NNODES")
    if processes is None or machines is None:
        return started
    total, nodes = str(processes.value), str(machines.value)
    if not (total.isdecimal() and nodes.isdecimal() and int(nodes) and int(total) % int(nodes) == 0):
        return started
    return {**started, "NPROC_PER_NODE": replace(processes, value=str(int(total) // int(nodes)))}
