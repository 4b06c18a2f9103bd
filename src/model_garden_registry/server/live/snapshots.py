"""A registry with its bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from pydantic_core import to_json

from model_garden_registry.catalogue.filtering import Filter, sort_rows
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.payloads.entries import filled_entry, list_row
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.questions.list_questions import ListQuestion
from model_garden_registry.server.replies.bodies import Body, json_body
from model_garden_registry.server.replies.envelopes import list_content, success

#: On so many kinds of hardware what fits is kept.
_MOST_FITS = 64


class Snapshot:
    """
    One reading of a registry file, with the bodies that most requests are for.

    The lists are made at once; the body of an entry when it is first asked for.

    Args:
        registry: What was read.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self.registry = registry
        self._rows = registry.rows()
        self._row_contents = {row.id: to_json(list_row(row, registry.raw(row.id))) for row in self._rows}
        categories = registry.get_categories()
        self.categories = json_body(success(categories))
        self.lists = self._prepared_lists(categories)
        self._entries: dict[str, Body] = {}
        self._fits: dict[tuple[Task | None, Hardware], frozenset[str]] = {}

    def prepared_list(self, question: ListQuestion) -> Body | None:
        """Give the body of a list that is made already: all models, or those of a category."""
        return self.lists.get(_query_of(question.category)) if question == ListQuestion(question.category) else None

    def make_list(self, question: ListQuestion, hardware: Hardware | None = None) -> Body:
        """
        Make the body of a list; its total counts what matches, whatever part is asked for.

        Args:
            hardware: What the models must fit on, where the question names any.
        """
        rows = [row for row in self._rows if question.filter.keeps(row)]
        if hardware is not None:
            fitting = self._fitting(question.filter.task, hardware)
            rows = [row for row in rows if row.id in fitting]
        if question.sort is not None:
            rows = sort_rows(rows, question.sort)
        end = None if question.limit is None else question.offset + question.limit
        part = rows[question.offset : end]
        return Body(list_content([self._row_contents[row.id] for row in part], len(rows)))

    def _fitting(self, task: Task | None, hardware: Hardware) -> frozenset[str]:
        """Give the ids of what fits; judging hundreds of models takes too long to do it for every request."""
        fitting = self._fits.get((task, hardware))
        if fitting is None:
            kept = self.registry.fitting_rows(Filter(task=task), hardware=hardware).kept
            fitting = frozenset(row.id for row in kept)
            if len(self._fits) >= _MOST_FITS:
                self._fits.clear()
            self._fits[task, hardware] = fitting
        return fitting

    def model(self, model_id: str) -> Body:
        """
        Give the body of an entry, by id or by a former id; a slash at the end is passed over.

        Raises:
            UnknownModelError: No entry has this id.

            InvalidEntryError: The entry is not valid.
        """
        key = self._key(model_id)
        body = self._entries.get(key)
        if body is None:
            self.registry[key]
            body = json_body(success(filled_entry(self.registry.raw(key))))
            if key in self.registry:  # what is kept is no more than the file has, however it is asked for
                self._entries[key] = body
        return body

    def known_model(self, model_id: str) -> Body | None:
        """Give the body of an entry where it has been made already."""
        return self._entries.get(model_id)

    def _key(self, model_id: str) -> str:
        shorter = model_id.removesuffix("/")
        registry = self.registry
        return (
            shorter if not registry.check_model_exists(model_id) and registry.check_model_exists(shorter) else model_id
        )

    def _prepared_lists(self, categories: Iterable[str]) -> Mapping[bytes, Body]:
        """Make the lists that the application asks for, compressed as well, by the query that does."""
        lists = {_query_of(category): self.make_list(ListQuestion(category)) for category in (None, *categories)}
        for body in lists.values():
            body.prepare()
        return lists


def _query_of(category: str | None) -> bytes:
    return b"" if category is None else urlencode({"category": category}).encode()
