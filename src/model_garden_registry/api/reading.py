"""Keys to a question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from model_garden_registry.api.asked import ROUTES, AnyQuestion
from model_garden_registry.api.bounds import PATTERN_WORDS, beyond_bounds
from model_garden_registry.api.invalid_questions import InvalidQuestionError, wrong_part
from model_garden_registry.api.strict_keys import wrong_key
from model_garden_registry.near_names import close_names

_Q = TypeVar("_Q", bound=BaseModel)

#: The route of an export, before its target.
_EXPORT = "export/"


def question_of(route: str, keys: Mapping[str, object], *, place: str = "body") -> AnyQuestion:
    """
    Return the question that the keys of a request are.

    Args:
        route: Such as ``estimate/training`` or ``export/axolotl``.

        keys: By name, as in a body.

        place: Where they stand, for messages: ``body`` or ``query``.

    Raises:
        InvalidQuestionError: There is no such route, or a key or a value is not valid.
    """
    if route.startswith(_EXPORT):
        return read_question({**keys, "target": route.removeprefix(_EXPORT)}, ROUTES["export"], place)
    if route not in ROUTES or route == "export":
        close = close_names(route, ROUTES)
        raise InvalidQuestionError({"detail": f"there is no route {route!r}", "close": [*close]})
    return read_question(keys, ROUTES[route], place)


def read_question(keys: object, kind: type[_Q], place: str = "body") -> _Q:
    """
    Return keys as a question of a kind.

    Args:
        keys: Plain values, as parsed from JSON.

    Raises:
        InvalidQuestionError: They are no mapping, or a key or a value is not valid.
    """
    if problem := beyond_bounds(keys):
        raise wrong_part("too_large", [place], problem)
    if isinstance(keys, Mapping) and (wrong := wrong_key(keys, [*kind.model_fields])):
        raise InvalidQuestionError(wrong)
    try:
        return kind.model_validate(keys)
    except ValidationError as error:
        parts = wrong_parts(error.errors(include_url=False), place)
        raise InvalidQuestionError({"detail": parts}) from None


def wrong_parts(problems: Any, *prefix: str) -> list[dict[str, Any]]:
    """Return the errors of a request, by part, without the values that were sent."""
    return [
        {"type": problem["type"], "loc": [*prefix, *filter(_is_key, problem["loc"])], "msg": _message(problem)}
        for problem in problems
        if not _is_of_the_other_form(problem)
    ]


#: What pydantic calls the forms of a value that may be one name or a list of them.
_ONE, _SEVERAL = "constrained-str", "list[constrained-str]"


def _is_key(place: object) -> bool:
    return place not in (_ONE, _SEVERAL)


def _is_of_the_other_form(problem: Any) -> bool:
    """Return whether a problem is that a list is not one name, or that what is no list is none."""
    is_list = isinstance(problem.get("input"), list)
    return (_ONE in problem["loc"] and is_list) or (problem["loc"][-1:] == (_SEVERAL,) and not is_list)


def _message(problem: Any) -> str:
    """Return the framework's message, with a pattern in words."""
    words = PATTERN_WORDS.get(problem.get("ctx", {}).get("pattern"))
    return str(problem["msg"]) if words is None else f"String should be {words}"
