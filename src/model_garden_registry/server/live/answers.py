"""Requests to a registry, and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from model_garden_registry.api.asked import AnyQuestion
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.server.questions.asked import ListQuestion, Question
from model_garden_registry.server.replies.bodies import Body


@dataclass(frozen=True, slots=True)
class ListWanted:
    """
    A list.

    Args:
        here: The hardware of this machine, if the models must fit on it.
    """

    question: ListQuestion
    here: Hardware | None = None


@dataclass(frozen=True, slots=True)
class EntryWanted:
    """An entry, by an id or a former one; a trailing slash is ignored."""

    model_id: str


@dataclass(frozen=True, slots=True)
class VerdictWanted:
    """
    A verdict.

    Args:
        here: The hardware of this machine, if it has been read.
    """

    task: Task
    question: Question
    here: Hardware | None = None


@dataclass(frozen=True, slots=True)
class DocumentWanted:
    """
    A document of the command line.

    Args:
        here: The hardware of this machine, if the answer depends on it.
    """

    question: AnyQuestion
    here: Hardware | None = None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """
    A page for people.

    Args:
        model_id: An id or a former one; None: the list.
    """

    model_id: str | None = None


Wanted: TypeAlias = ListWanted | EntryWanted | VerdictWanted | DocumentWanted | PageWanted


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An answer.

    Args:
        status: HTTP status code.

        body: The document; None if the hardware of this machine has to be read first.

        key: Id of the entry, if the answer may be cached.
    """

    status: int
    body: Body | None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One reading of a registry file: its facts, and prepared bodies for most requests.

    Args:
        version: Version of its format.

        last_updated: When its data last changed, as it states.

        models: How many it lists.

        categories: The categories by key.

        lists: All models, and those of each category, by query.

        left_out: Why files that take part are left out: overlays, and files below one, that cannot be used.
    """

    version: str
    last_updated: str
    models: int
    categories: Body
    lists: Mapping[bytes, Body]
    left_out: tuple[RegistryReadError, ...] = ()
