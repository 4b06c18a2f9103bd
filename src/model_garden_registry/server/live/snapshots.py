"""One reading with a cache of its answers."""

from __future__ import annotations

import weakref

from model_garden_registry.api.asked import AnyQuestion
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.server.live.answers import (
    Answer,
    DocumentWanted,
    EntryWanted,
    ListWanted,
    PageWanted,
    Reading,
    VerdictWanted,
)
from model_garden_registry.server.live.clerk import query_of
from model_garden_registry.server.live.kept_bodies import KeptBodies
from model_garden_registry.server.live.office import Office
from model_garden_registry.server.questions.asked import ListQuestion, Question
from model_garden_registry.server.replies.bodies import Body
from model_garden_registry.units import MIB

#: Most bytes of cached lists, without the prepared ones.
_MOST_KEPT_BYTES = 8 * MIB
#: And of cached pages.
_MOST_PAGE_BYTES = 16 * MIB


class Snapshot:
    """
    One reading of a registry file: cached answers, and the process that makes others.

    Args:
        reading: The reading.

        office: The process that read it; ends with this object.
    """

    def __init__(self, reading: Reading, office: Office) -> None:
        self.reading = reading
        self._office = office
        self._entries: dict[str, Body] = {}
        self._lists = KeptBodies[bytes](_MOST_KEPT_BYTES)
        self._pages = KeptBodies[str | None](_MOST_PAGE_BYTES)
        weakref.finalize(self, office.retire)

    @property
    def is_orphaned(self) -> bool:
        """Whether the process that makes answers has ended."""
        return self._office.has_ended

    def known_list(self, query: bytes) -> Body | None:
        """Return the cached body of a list, by its query string."""
        return self.reading.lists.get(query) or self._lists.get(query)

    def known_model(self, model_id: str) -> Body | None:
        """Return the cached body of an entry."""
        return self._entries.get(model_id)

    def known_page(self, model_id: str | None) -> Body | None:
        """Return the cached body of a page."""
        return self._pages.get(model_id)

    async def list(self, question: ListQuestion, query: bytes, here: Hardware | None) -> Answer:
        """
        Return a list.

        Args:
            query: The query string.

            here: The hardware of this machine, if the models must fit on it.

        Raises:
            OfficeClosedError: There is no answer.
        """
        if question == ListQuestion(question.category) and (
            made := self.reading.lists.get(query_of(question.category))
        ):
            return Answer(200, made)
        answer = await self._office.ask(ListWanted(question, here))
        if answer.status == 200 and answer.body is not None and not question.fits:
            self._lists.keep(query, answer.body)
        return answer

    async def model(self, model_id: str) -> Answer:
        """
        Return an entry, by an id or a former one.

        Raises:
            OfficeClosedError: There is no answer.
        """
        if (known := self.known_model(model_id)) is not None:
            return Answer(200, known)
        answer = await self._office.ask(EntryWanted(model_id))
        if answer.key is not None and answer.body is not None:
            self._entries[answer.key] = answer.body
        return answer

    async def verdict(self, task: Task, question: Question, here: Hardware | None) -> Answer:
        """
        Return a verdict.

        Raises:
            OfficeClosedError: There is no answer.
        """
        return await self._office.ask(VerdictWanted(task, question, here))

    async def document(self, question: AnyQuestion, here: Hardware | None = None) -> Answer:
        """
        Return a document of the command line.

        Raises:
            OfficeClosedError: There is no answer.
        """
        return await self._office.ask(DocumentWanted(question, here))

    async def page(self, model_id: str | None) -> Answer:
        """
        Return a page for people: of a model, or the list.

        Raises:
            OfficeClosedError: There is no answer.
        """
        if (known := self._pages.get(model_id)) is not None:
            return Answer(200, known, model_id)
        answer = await self._office.ask(PageWanted(model_id))
        if answer.status == 200 and answer.body is not None and answer.key == model_id:
            self._pages.keep(model_id, answer.body)
        return answer
