"""The process that has a registry, seen from the server."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from model_garden_registry import RegistryReadError
from model_garden_registry.files.location import Location, NamedBy
from model_garden_registry.server.live.answers import Answer, EntryWanted, ListWanted
from model_garden_registry.server.live.office import Office, OfficeClosedError
from model_garden_registry.server.questions.asked import ListQuestion

Write = Callable[..., Path]
LONG = ListWanted(ListQuestion(gpu="L4"))


@pytest.fixture
def office(write: Write) -> Iterator[Office]:
    opened = Office([Location(write({"a": {}, "b": {}}), NamedBy.ARGUMENT)])
    opened.hand_over(60)
    yield opened
    opened.close()


def watched(office: Office) -> list[Any]:
    """Return what will have been sent to the process."""
    sent: list[Any] = []
    outbox = office._outbox

    class Watched:
        get = staticmethod(outbox.get)

        def put(self, message: object) -> None:
            sent.append(message)
            outbox.put(message)

    office._outbox = Watched()  # type: ignore[assignment]
    return sent


def test_equal_questions_are_asked_once(office: Office) -> None:
    """Each who asks has the answer, though another leaves."""
    sent = watched(office)

    async def ask() -> list[Answer]:
        asking = [asyncio.create_task(office.ask(LONG)) for _ in range(5)]
        await asyncio.sleep(0)
        asking[0].cancel()
        return await asyncio.gather(*asking[1:])

    answers = asyncio.run(ask())

    assert len(sent) == 1
    assert {answer.status for answer in answers} == {200}
    assert office._by_number == {}
    assert office._asked == {}


def test_a_question_ends_when_nobody_waits(office: Office) -> None:
    """The process is told, and answers others."""
    sent = watched(office)

    async def leave() -> Answer:
        asking = asyncio.create_task(office.ask(LONG))
        await asyncio.sleep(0)
        asking.cancel()
        return await office.ask(EntryWanted("a"))

    answer = asyncio.run(leave())

    assert (sent[0], answer.status) == ((0, LONG), 200)
    assert sorted(sent[1:], key=lambda message: message[0]) == [(0, None), (1, EntryWanted("a"))]


def test_it_ends_when_all_is_answered(office: Office) -> None:
    """Who has asked before has the answer."""

    async def ask() -> Answer:
        asking = asyncio.create_task(office.ask(LONG))
        await asyncio.sleep(0)
        office.retire()
        return await asking

    assert asyncio.run(ask()).status == 200
    assert office._process.wait(60) == 0


def test_who_asks_one_that_has_ended_is_told(office: Office) -> None:
    """Before or after it is noticed."""
    office.close()

    for _ in range(2):
        with pytest.raises(OfficeClosedError):
            asyncio.run(office.ask(LONG))
        office._process.wait(60)
    assert office.has_ended


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """With line and column; then it ends by itself."""
    path = tmp_path / "registry.json"
    path.write_text("{\n x", encoding="utf-8")
    office = Office([Location(path, NamedBy.ARGUMENT)])

    with pytest.raises(RegistryReadError) as caught:
        office.hand_over(60)

    assert caught.value.line == 2
    deadline = time.monotonic() + 60
    while not office.has_ended and time.monotonic() < deadline:
        time.sleep(0.05)
    assert office.has_ended


def test_one_that_ends_before_it_has_read_is_noticed(write: Write) -> None:
    """As where the system ends it for its memory."""
    office = Office([Location(write({"a": {}}), NamedBy.ARGUMENT)])
    office.close()

    with pytest.raises(OfficeClosedError):
        office.hand_over(60)


def test_a_reading_is_kept_by_its_user_alone(write: Write) -> None:
    """A process that still answers a long question keeps no large bodies here."""
    office = Office([Location(write({"a": {}}), NamedBy.ARGUMENT)])
    reading = office.hand_over(60)
    asyncio.run(office.ask(EntryWanted("a")))
    gc.collect()  # of other tests

    kept = [referrer for referrer in gc.get_referrers(reading) if not isinstance(referrer, FrameType)]

    assert (kept, office.has_ended) == ([], False)
    office.close()
