"""Pages for people, and the files that they load, as bodies."""

from __future__ import annotations

from functools import cache

from model_garden_registry.api.failures import failure_status, without_directory
from model_garden_registry.errors import InvalidEntryError, RegistryError, UnknownModelError
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.elements import Html
from model_garden_registry.page.frame import SERVED_POLICY
from model_garden_registry.page.links import Place, model_place
from model_garden_registry.page.list_page import list_page
from model_garden_registry.page.model.model_page import model_page
from model_garden_registry.page.problem_page import BROKEN_ENTRY, problem_page
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.answers import Answer
from model_garden_registry.server.replies.bodies import Body, Headers


def guards(policy: str) -> Headers:
    """Return the headers that protect what a browser shows, with its Content-Security-Policy."""
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


def page_headers(policy: str = SERVED_POLICY) -> Headers:
    """Return the headers of a page."""
    return [(b"content-type", b"text/html; charset=utf-8"), *guards(policy)]


def page_answer(registry: ModelRegistry, model_id: str | None) -> Answer:
    """Return the page of a model, with its id, or the list; where there is none, a page that says why."""
    try:
        if model_id is None:
            return Answer(200, _body(list_page(registry)))
        has = registry.check_model_exists
        key = registry.key(model_id if has(model_id) else model_id.removesuffix("/"))
        return Answer(200, _body(model_page(registry, key)), key)
    except RegistryError as error:
        return problem_answer(error, model_id)


#: What a page about a problem is called.
_TITLES = {UnknownModelError: "There is no such model", InvalidEntryError: BROKEN_ENTRY}
_NO_ANSWER = "There is no answer now"


def problem_answer(error: RegistryError, model_id: str | None) -> Answer:
    """Return the page that says why there is no other one."""
    shown = without_directory(error)
    place = Place() if model_id is None else model_place(model_id)
    close = shown.close if isinstance(shown, UnknownModelError) else ()
    page = problem_page(place, str(shown), close, title=_TITLES.get(type(shown), _NO_ANSWER))
    return Answer(failure_status(shown), _body(page))


@cache
def asset_bodies() -> dict[str, Body]:
    """Return every file that pages load, by its name."""
    return {
        name: Body(asset.content, [(b"content-type", asset.media_type.encode()), *guards(SERVED_POLICY)])
        for name, asset in assets().items()
    }


def _body(page: Html) -> Body:
    body = Body(page.encode(errors="replace"), page_headers())
    body.prepare()
    return body
