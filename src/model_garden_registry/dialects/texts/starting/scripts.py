"""The tools that a script, a command line or a container starts, with the variables set for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from model_garden_registry.dialects.texts.placed import Placed
from model_garden_registry.dialects.texts.shell.statements import read_statements
from model_garden_registry.dialects.texts.shell.variables import Assignment, Value, Variables
from model_garden_registry.dialects.texts.starting.programs import (
    Start,
    environment_of,
    find_start,
    scripts_of,
    start_of_image,
)

#: Words of a line that are examined: each may be the one that starts a tool.
_LONGEST_LINE = 10_000
#: Scripts within scripts (``bash -c "bash -c ..."``).
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Found:
    """
    A tool that is started.

    Args:
        start: The tool with its arguments.

        environment: The variables set for it, the last of each name.
    """

    start: Start
    environment: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Container:
    """
    The command of a container.

    Args:
        entry: The entry point, if named.

        words: Its arguments.

        image: Its image, if named.

        environment: The variables set in it.
    """

    entry: Sequence[Placed] = ()
    words: Sequence[Placed] = ()
    image: Placed | None = None
    environment: Sequence[Assignment] = field(default_factory=tuple)


def find_in_script(
    script: Placed,
    environment: Sequence[Assignment] = (),
    *,
    settled: Mapping[str, Value] | None = None,
    depth: int = 0,
) -> Iterator[Found]:
    """
    Yield the tools that a shell script starts.

    Args:
        script: The script.

        environment: The variables set around it.

        settled: Variables with known values that are not passed to the tools.

        depth: Number of scripts around this one.
    """
    statements = tuple(read_statements(script))
    outside: dict[str, Value] = {made.name: made.value for made in environment}
    variables = Variables.of(statements, {**outside, **(settled or {})})
    exported = list(environment)
    for statement in statements:
        exported += variables.follow(statement)
        before = [made for made in takewhile(bool, map(variables.assignment, statement.words)) if made]
        words = (word for raw in statement.words[len(before) :] for word in variables.words(raw))
        line = [*islice(words, _LONGEST_LINE)]
        yield from find_in_line(line, [*exported, *before] if before else exported, depth=depth)


def find_in_line(words: Sequence[Placed], environment: Sequence[Assignment], *, depth: int = 0) -> Iterator[Found]:
    """Yield the tools that one command line starts: several if it contains a script."""
    words = words[:_LONGEST_LINE]
    try:
        start = find_start(words)
    except RecursionError:  # hundreds of nested launchers: not a real command
        return
    scripts = scripts_of(words) if start is None and depth < _DEEPEST else ()
    if start:
        yield Found(start, _last_ones((*environment, *_assignments(environment_of(words)))))
    for script in scripts:
        own = (*environment, *_assignments(environment_of(words)))
        yield from find_in_script(script, own, depth=depth + 1)


def find_in_container(container: Container) -> Iterator[Found]:
    """Yield the tools that a container starts."""
    found = tuple(find_in_line((*container.entry, *container.words), container.environment))
    yield from found
    image = None if container.entry else container.image
    if not found and image is not None and (start := start_of_image(image, container.words)):
        yield Found(start, _last_ones(container.environment))


def _assignments(words: Iterator[Placed]) -> Iterator[Assignment]:
    for word in words:
        name = word.text.partition("=")[0]
        known = word.part(len(name) + 1, len(word.text)) if word.is_known else None
        yield Assignment(name, known, word.start)


def _last_ones(assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    return tuple({made.name: made for made in assignments}.values())
