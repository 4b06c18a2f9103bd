"""The error of keys that are no question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model_garden_registry.errors import RegistryError


class InvalidQuestionError(RegistryError):
    """
    The keys of a request are no question.

    Args:
        document: What HTTP answers with status 422: the sentence, or one for each part that is wrong, under ``detail``;
            near names under ``close`` if a key or a name is wrong.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        self.document = dict(document)

    def __str__(self) -> str:
        detail = self.document["detail"]
        return detail if isinstance(detail, str) else "; ".join(map(_sentence, detail))


def wrong_part(kind: str, place: Sequence[str | int], message: str) -> InvalidQuestionError:
    """
    Return the error of one part of a question.

    Args:
        kind: A word for programs.

        place: ``body`` or ``query``, then the name.

        message: A sentence.
    """
    return InvalidQuestionError({"detail": [{"type": kind, "loc": [*place], "msg": message}]})


def _sentence(part: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, part['loc']))}: {part['msg']}"
