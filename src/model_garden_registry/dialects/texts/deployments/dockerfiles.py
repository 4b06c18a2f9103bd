"""
The commands in a Dockerfile's images: ``FROM``, ``ENV``, ``ENTRYPOINT`` and ``CMD`` of each stage.

Parsed here, not with a library: existing ones give lines without columns, and need a file on disk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from model_garden_registry.dialects.texts.placed import Placed, joined
from model_garden_registry.dialects.texts.shell.statements import read_statements
from model_garden_registry.dialects.texts.shell.variables import Assignment, Value, Variables
from model_garden_registry.dialects.texts.starting.scripts import Container

_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_LINE = re.compile(r"[^\n]*\n?")
_CONTINUED = re.compile(r"\\[ \t]*\n?$")
_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)[\"']?")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_SHELL = ("/bin/sh", "-c")


@dataclass(slots=True)
class _Stage:
    image: Placed | None = None
    environment: dict[str, Assignment] = field(default_factory=dict)
    entry: tuple[Placed, ...] = ()
    words: tuple[Placed, ...] = ()
    starts: bool = False
    values: dict[str, Value] = field(default_factory=dict)

    def container(self) -> Container:
        is_script = tuple(word.text for word in self.entry[:2]) == _SHELL and len(self.entry) == 3
        words = () if is_script else self.words  # a script as entry point gets no arguments
        return Container(entry=self.entry, words=words, image=self.image, environment=tuple(self.environment.values()))

    def continued(self) -> _Stage:
        """Return the stage that continues this one: its build arguments are not inherited."""
        values = {name: made.value for name, made in self.environment.items()}
        return _Stage(self.image, dict(self.environment), self.entry, self.words, values=values)

    def value_of(self, text: Placed) -> Placed:
        """Return the first word of a text, with build arguments and environment replaced."""
        variables = Variables(self.values)
        raw = [word for statement in read_statements(text) for word in statement.words]
        return next((word for one in raw for word in variables.words(one)), text)

    def declare(self, text: Placed) -> None:
        """Apply ``ARG NAME=default``."""
        self.values.update(
            {made.name: made.value for made in self._assignments(text) if made.name not in self.environment}
        )

    def set_environment(self, text: Placed) -> None:
        """Apply ``ENV NAME=value NAME=value``, or the old form ``ENV NAME value``."""
        made = tuple(self._assignments(text))
        old = re.match(r"(\w+)[ \t]+(?=\S)", text.text)
        if not made and old:
            made = (Assignment(old[1], text.part(old.end(), len(text.text.rstrip())), text.start),)
        self.environment.update({one.name: one for one in made})
        self.values.update({one.name: one.value for one in made})

    def _assignments(self, text: Placed) -> Iterator[Assignment]:
        variables = Variables(self.values)
        for statement in read_statements(text):
            yield from (made for word in statement.words if (made := variables.assignment(word)))


def dockerfile_containers(source: Placed) -> Iterator[Container]:
    """Yield the container of each stage that has a command of its own."""
    stages: dict[str, _Stage] = {}
    outside = _Stage()
    stage = outside
    for name, text in _instructions(source):
        match name:
            case "FROM":
                if stage.starts:
                    yield stage.container()
                stage = _begun(text, outside, stages)
            case "ARG":
                stage.declare(text)
            case "ENV":
                stage.set_environment(text)
            case "ENTRYPOINT":
                stage.entry, stage.words, stage.starts = _command(text), (), True
            case "CMD":
                stage.words, stage.starts = _command(text), True
            case _:
                pass
    if stage.starts:
        yield stage.container()


def _begun(text: Placed, outside: _Stage, stages: dict[str, _Stage]) -> _Stage:
    """Return the stage that ``FROM [--platform=...] IMAGE [AS NAME]`` begins; it inherits from a named stage."""
    words = [match for match in re.finditer(r"\S+", text.text) if not match.group().startswith("--")]
    if not words:
        return _Stage()
    before = stages.get(words[0].group().lower())
    image = outside.value_of(text.part(*words[0].span()))
    stage = _Stage(image) if before is None else before.continued()
    if len(words) > 2:
        stages[words[2].group().lower()] = stage
    return stage


def _instructions(source: Placed) -> Iterator[tuple[str, Placed]]:
    """Yield each instruction with its text, continued lines joined."""
    lines = [source.part(*match.span()) for match in _LINE.finditer(source.text) if match.group()]
    at = 0
    while at < len(lines):
        pieces: list[Placed] = []
        is_open = True
        while at < len(lines) and is_open:
            line = lines[at]
            at += 1
            if line.text.lstrip().startswith("#") or (pieces and not line.text.strip()):
                continue
            end = _CONTINUED.search(line.text)
            is_open = end is not None
            pieces.append(line.part(0, end.start() if end else len(line.text.rstrip("\n"))))
        text = joined(pieces) if pieces else Placed("", [0])
        for name in _HEREDOC.findall(text.text):
            at = next((n + 1 for n in range(at, len(lines)) if lines[n].text.strip() == name), len(lines))
        if match := _INSTRUCTION.match(text.text):
            yield match[1].upper(), text.part(match.end(), len(text.text))


def _command(text: Placed) -> tuple[Placed, ...]:
    """Return a command: a JSON array of words, or else a shell script."""
    try:
        words = json.loads(text.text)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return (*(Placed(word, [text.start] * (len(word) + 1)) for word in _SHELL), text)
    written = (text.part(match.start() + 1, match.end() - 1) for match in _STRING.finditer(text.text))
    return tuple(_unescaped(word, part) for word, part in zip(words, written, strict=True))


def _unescaped(word: str, written: Placed) -> Placed:
    return written if written.text == word else Placed(word, [written.start] * (len(word) + 1))
