"""Answers from one reading of a registry file, with prepared bodies for most requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any, assert_never
from urllib.parse import urlencode

from pydantic_core import to_json

from model_garden_registry.api.answering import steps
from model_garden_registry.api.asked import ExportQuestion
from model_garden_registry.api.bounds import LARGEST_REPLY_BYTES
from model_garden_registry.api.failures import failure_document, failure_status
from model_garden_registry.catalogue.filtering import Filter, sort_rows
from model_garden_registry.catalogue.rows import Row
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.payloads.entries import filled_entry, list_row, origins_data
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.answers import (
    Answer,
    DocumentWanted,
    EntryWanted,
    ListWanted,
    PageWanted,
    Reading,
    VerdictWanted,
    Wanted,
)
from model_garden_registry.server.live.page_answers import page_answer
from model_garden_registry.server.questions.asked import ListQuestion
from model_garden_registry.server.replies.bodies import Body, json_body
from model_garden_registry.server.replies.envelopes import list_content, success
from model_garden_registry.server.verdicts import answer, asks_of_this_machine

#: For how many kinds of hardware the fitting models are cached.
_MOST_FITS = 64
#: Models are judged in portions of this many; other requests are answered in between.
_PORTION = 32


class Clerk:
    """
    One reading of a registry file, which answers questions.

    Args:
        registry: What was read.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._rows = registry.rows()
        self._row_contents = {row.id: to_json(list_row(row, registry.raw(row.id))) for row in self._rows}
        self._judging: dict[tuple[Task | None, Hardware], _Judging] = {}

    def reading(self) -> Reading:
        """Return the facts of the file, and prepared bodies for most requests."""
        categories = self._registry.get_categories()
        return Reading(
            version=self._registry.version,
            last_updated=self._registry.last_updated,
            models=len(self._registry),
            categories=json_body(success(categories)),
            lists=dict(self._prepared_lists(categories)),
            left_out=tuple(copy(layer.problem) for layer in reversed(self._registry.layers) if layer.problem),
        )

    def steps(self, wanted: Wanted) -> Iterator[Answer | None]:
        """Yield None at each pause in which others may be answered, then the answer."""
        try:
            match wanted:
                case ListWanted(question, here):
                    yield from self._list(question, here if question.gpu is None else known_gpu(question.gpu))
                case EntryWanted(model_id):
                    yield self._entry(model_id)
                case VerdictWanted(task, question, here):
                    if here is None and asks_of_this_machine(self._registry, task, question):
                        yield Answer(200, None)
                    else:
                        yield Answer(200, json_body(answer(self._registry, task, question, here)))
                case DocumentWanted(ExportQuestion(model_id=model_id, target=target)) if self._is_entry(
                    model_id, f"{model_id}/export/{target}"
                ):
                    yield self._entry(f"{model_id}/export/{target}")
                case DocumentWanted(question, here):
                    for document in steps(self._registry, question, here):
                        yield None if document is None else _document_answer(document)
                case PageWanted(model_id):
                    yield page_answer(self._registry, model_id)
                case _:
                    assert_never(wanted)
        except RegistryError as error:
            yield Answer(failure_status(error), json_body(failure_document(error)))

    def _list(self, question: ListQuestion, hardware: Hardware | None) -> Iterator[Answer | None]:
        """Make the body of a list; its total counts all matches, whatever part is requested."""
        rows = [row for row in self._rows if question.filter.keeps(row)]
        if hardware is not None:
            judging = self._judged(question.filter.task, hardware)
            while judging.is_left:
                yield None  # also before the first portion: what needs none is answered first
                judging.advance()
            rows = [row for row in rows if row.id in judging.fitting]
        if question.sort is not None:
            rows = sort_rows(rows, question.sort)
        end = None if question.limit is None else question.offset + question.limit
        part = rows[question.offset : end]
        contents = [self._content(row, question.fields) for row in part]
        size = sum(len(content) + 1 for content in contents)
        if size > LARGEST_REPLY_BYTES:
            detail = (
                f"{len(part)} models are more than {LARGEST_REPLY_BYTES} bytes; ask for a part with limit and offset"
            )
            yield Answer(422, json_body({"detail": detail, "close": ["limit", "offset"]}))
            return
        body = Body(list_content(contents, len(rows)))
        body.prepare()
        yield Answer(200, body)

    def _content(self, row: Row, fields: Iterable[str]) -> bytes:
        """Return a row as JSON; that of all keys exists already."""
        if not fields:
            return self._row_contents[row.id]
        whole = list_row(row, self._registry.raw(row.id))
        return to_json({name: whole[name] for name in fields})

    def _judged(self, task: Task | None, hardware: Hardware) -> _Judging:
        """Return the judging of what fits; requests for the same hardware share it."""
        key = (task, hardware)
        if key not in self._judging:
            if len(self._judging) >= _MOST_FITS:
                self._judging.pop(next(iter(self._judging)))
            self._judging[key] = _Judging(self._registry, task, hardware)
        return self._judging[key]

    def _entry(self, model_id: str) -> Answer:
        registry, shorter = self._registry, model_id.removesuffix("/")
        has = registry.check_model_exists
        key = shorter if not has(model_id) and has(shorter) else model_id
        registry[key]
        # The cache has at most the entries of the file, whatever the requests.
        document = success(filled_entry(registry.raw(key)))
        if len(registry.layers) > 1:
            document["origins"] = origins_data(registry.origins(key), in_full=False)
        return Answer(200, json_body(document), key if key in registry else None)

    def _is_entry(self, model_id: str, path: str) -> bool:
        """Return whether a path that looks like an export is the id of an entry."""
        exists = self._registry.check_model_exists
        return exists(path) and not exists(model_id)

    def _prepared_lists(self, categories: Iterable[str]) -> Iterator[tuple[bytes, Body]]:
        """Yield the lists that the application requests, compressed as well, by query."""
        for category in (None, *categories):
            made = next(self._list(ListQuestion(category), None))
            if made is not None and made.status == 200 and made.body is not None:
                yield query_of(category), made.body


def _document_answer(document: dict[str, Any]) -> Answer:
    body = json_body(document)
    if len(body.content) > LARGEST_REPLY_BYTES:
        detail = f"the answer is more than {LARGEST_REPLY_BYTES} bytes; ask for a part with limit"
        return Answer(422, json_body({"detail": detail, "close": ["limit"]}))
    return Answer(200, body)


class _Judging:
    """Which models fit on given hardware, judged in portions."""

    def __init__(self, registry: ModelRegistry, task: Task | None, hardware: Hardware) -> None:
        self.fitting: set[str] = set()
        self._registry, self._task, self._hardware = registry, task, hardware
        self._left = deque(row.id for row in registry.rows(Filter(task=task)))

    @property
    def is_left(self) -> bool:
        """Whether a model is left to judge."""
        return bool(self._left)

    def advance(self) -> None:
        """Judge a portion, if one is left."""
        ids = [self._left.popleft() for _ in range(min(_PORTION, len(self._left)))]
        wanted = Filter(task=self._task)
        self.fitting |= {row.id for row in self._registry.fitting_rows(wanted, hardware=self._hardware, ids=ids).kept}


def query_of(category: str | None) -> bytes:
    """Return the query that asks for all models, or for those of a category."""
    return b"" if category is None else urlencode({"category": category}).encode()
