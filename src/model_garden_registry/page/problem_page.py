"""The page that says why there is no other one."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.frame import page_document
from model_garden_registry.page.links import Place

#: The title of the page about a model whose entry is not valid.
BROKEN_ENTRY = "This entry is broken"


def problem_page(
    place: Place, message: str, close: Sequence[str] = (), *, title: str = "There is no such page"
) -> Html:
    """
    Return a page about a problem.

    Args:
        place: Where the page would be.

        message: What the problem is.

        close: Ids of models that may be meant.

        title: The kind of problem.
    """
    links = [element("li", element("a", one, href=place.model_link(one))) for one in close]
    return page_document(
        place,
        element("h1", title),
        element("p.lead", message),
        [element("p", "Close to it:"), element("ul", links)] if links else None,
        element("p", element("a", "All models", href=place.list_link())),
        title=title,
        description=message,
        modules=("copy_button.js",),
    )
