"""A reading with what has been answered from it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.server.live import snapshots
from model_garden_registry.server.live.answers import Answer, PageWanted, Reading, VerdictWanted, Wanted
from model_garden_registry.server.live.snapshots import Snapshot
from model_garden_registry.server.questions.asked import ListQuestion, TrainingQuestion
from model_garden_registry.server.replies.bodies import json_body

BODY = json_body({"a": 1})
READING = Reading(version="1", last_updated="", models=1, categories=BODY, lists={b"": BODY})


class Answering:
    """An office that answers everything alike, and knows what it was asked."""

    has_ended = False
    is_retired = False

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Wanted] = []

    async def ask(self, wanted: Wanted) -> Answer:
        self.asked.append(wanted)
        return self.answer

    def retire(self) -> None:
        self.is_retired = True


def snapshot_of(office: Answering) -> Snapshot:
    return Snapshot(READING, office)  # type: ignore[arg-type]


def asked(snapshot: Snapshot, query: bytes, **question: Any) -> Answer:
    return asyncio.run(snapshot.list(ListQuestion(**question), query, None))


def test_what_is_made_at_once_is_not_asked_for() -> None:
    """All models, however the query is written."""
    office = Answering(Answer(200, BODY))

    assert asked(snapshot_of(office), b"offset=0") == Answer(200, BODY)
    assert office.asked == []


def test_a_list_is_made_once() -> None:
    """Unless it depends on the GPUs that are here."""
    office = Answering(Answer(200, json_body([1])))
    snapshot = snapshot_of(office)
    asked(snapshot, b"limit=1", limit=1)
    asked(snapshot, b"limit=1", limit=1)  # somebody who asked at the same time
    asked(snapshot, b"fits=true", fits=True)

    assert snapshot.known_list(b"limit=1") == office.answer.body
    assert snapshot.known_list(b"fits=true") is None


def test_a_refusal_is_not_kept() -> None:
    """It costs nothing to say it again."""
    snapshot = snapshot_of(Answering(Answer(422, BODY)))
    asked(snapshot, b"limit=1", limit=1)

    assert snapshot.known_list(b"limit=1") is None


def test_of_many_lists_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as have room."""
    monkeypatch.setattr(snapshots, "_MOST_KEPT_BYTES", 25)
    snapshot = snapshot_of(Answering(Answer(200, json_body("x" * 8))))
    for number in range(4):
        asked(snapshot, b"%d" % number, others=Filter(query=str(number)))

    assert [snapshot.known_list(b"%d" % number) is not None for number in range(4)] == [False, False, True, True]


@pytest.mark.parametrize(("key", "is_known"), [("a", True), (None, False)])
def test_an_entry_is_kept_under_its_own_id(key: str | None, is_known: bool) -> None:
    """A former id keeps nothing."""
    office = Answering(Answer(200, BODY, key))
    snapshot = snapshot_of(office)
    for _ in range(2):
        asyncio.run(snapshot.model("a"))

    assert (snapshot.known_model("a") is not None) is is_known
    assert len(office.asked) == (1 if is_known else 2)


def test_a_verdict_is_asked_for_each_time() -> None:
    """It may be another one in a moment."""
    office = Answering(Answer(200, BODY))
    question = TrainingQuestion(model_id="a")

    assert asyncio.run(snapshot_of(office).verdict("training", question, None)).body == BODY
    assert office.asked == [VerdictWanted("training", question, None)]


def test_who_read_it_ends_with_it() -> None:
    """When nobody has the reading any more."""
    office = Answering(Answer(200, BODY))
    snapshot = snapshot_of(office)
    before = (snapshot.is_orphaned, office.is_retired)
    del snapshot

    assert (before, office.is_retired) == ((False, False), True)
    assert json.loads(READING.lists[b""].content) == {"a": 1}


def test_a_page_is_made_once() -> None:
    """By the id that the model has now: what a former id leads to is not kept under that."""
    office = Answering(Answer(200, BODY, "org/model"))
    snapshot = snapshot_of(office)
    asked_for = ["org/model", "org/model", "org/former", "org/former"]
    for model_id in asked_for:
        asyncio.run(snapshot.page(model_id))

    assert office.asked == [PageWanted("org/model"), PageWanted("org/former"), PageWanted("org/former")]
