"""The process that has a registry, seen from inside: who is answered when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest

from model_garden_registry.errors import RegistryWarning
from model_garden_registry.server.live.answers import Answer, EntryWanted, Wanted
from model_garden_registry.server.live.frames import read_frame
from model_garden_registry.server.live.office_process import tell, work


class EnoughError(Exception):
    """There is nothing more to do."""


class Messages:
    """Messages that come when so many steps have been made, and an end."""

    def __init__(self, clerk: Stepping, script: list[tuple[int, tuple[int, Wanted | None]]]) -> None:
        self.clerk, self.script = clerk, script

    def empty(self) -> bool:
        return not self.script or self.script[0][0] > self.clerk.steps_made

    def get(self) -> tuple[int, Wanted | None]:
        if not self.script:
            raise EnoughError
        return self.script.pop(0)[1]


class Stepping:
    """A clerk who needs as many steps for an answer as the id says."""

    steps_made = 0

    def steps(self, wanted: EntryWanted) -> Iterator[Answer | None]:
        for _ in range(int(wanted.model_id)):
            self.steps_made += 1
            yield None
        self.steps_made += 1
        yield Answer(200, None, wanted.model_id)


def order(*script: tuple[int, tuple[int, Wanted | None]]) -> tuple[list[int], int]:
    """Return the numbers of questions in the order of their answers, and how many steps were made."""
    clerk, written = Stepping(), BytesIO()
    messages: Any = Messages(clerk, [*script])
    with suppress(EnoughError):
        work(clerk, messages, written)  # type: ignore[arg-type]
    written.seek(0)
    numbers = []
    while written.tell() < len(written.getvalue()):
        numbers.append(read_frame(written)[0])
    return numbers, clerk.steps_made


LONG, SHORT = EntryWanted("6"), EntryWanted("0")


def test_a_short_question_does_not_wait_for_a_long_one() -> None:
    """It comes in between, as soon as it is asked."""
    assert order((0, (1, LONG)), (0, (2, LONG)), (3, (3, SHORT))) == ([3, 2, 1], 15)


def test_a_question_that_nobody_waits_for_is_dropped() -> None:
    """In the midst of it; one that is answered already cannot be."""
    assert order((0, (1, LONG)), (3, (1, None)), (3, (2, SHORT)), (9, (2, None))) == ([2], 4)


def test_a_warning_is_a_line_as_the_command_line_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a place in the program, and without anything that a terminal acts on."""
    tell(RegistryWarning("own.json: \x1b[31m"), RegistryWarning, "<string>", 3)

    assert capsys.readouterr().err == "mgr: warning: own.json: \\x1b[31m\n"
