"""The document around a page."""

from __future__ import annotations

from collections.abc import Sequence

from model_garden_registry.page.elements import Content, Html, element, fragment
from model_garden_registry.page.links import Place

#: Nothing is loaded from elsewhere, and nothing runs that is written into a page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
#: Only a header can forbid that a page is shown within another one.
SERVED_POLICY = f"{_POLICY}; frame-ancestors 'none'"
#: A page starts a worker, which alone runs WebAssembly: its policy is that of its own response.
STATIC_POLICY = f"{_POLICY}; worker-src 'self'"


def page_document(place: Place, *contents: Content, title: str, description: str, modules: Sequence[str]) -> Html:
    """
    Return a complete document.

    Args:
        place: Where it is.

        contents: Of its main part.

        title: As the browser shows it.

        description: What is on the page, in a sentence.

        modules: Names of the modules that it loads; the first one runs, the others are fetched ahead.
    """
    policy = STATIC_POLICY if place.mode == "static" else None
    ahead = [*modules[1:], f"{place.mode}_answers.js"] if len(modules) > 1 else []
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy) if policy else None,
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="mgr-mode", content=place.mode),
        element("meta", name="mgr-root", content=place.root),
        element("meta", name="mgr-computes", content="yes" if place.computes else "no"),
        element("meta", name="description", content=description),
        element("title", title),
        element("link", rel="icon", type="image/svg+xml", href=place.asset_link("icon.svg")),
        element("link", rel="stylesheet", href=place.asset_link("page.css")),
        [element("link", rel="modulepreload", href=place.asset_link(name)) for name in ahead],
        element("script", type="module", src=place.asset_link(modules[0])),
    )
    body = element(
        "body",
        element("a.skip", "Skip to content", href="#main"),
        _banner(place),
        element("main", *contents, id="main", tabindex="-1"),
        _footer(place),
    )
    return fragment(Html("<!doctype html>\n"), element("html", head, body, lang="en"), Html("\n"))


def _banner(place: Place) -> Html:
    sign = element("img.mark-sign", src=place.asset_link("icon.svg"), alt="")
    sign = element("img.mark-sign", src=place.asset_link("icon.svg"), alt="")
    home = element("a.home", sign, "Model garden", href=place.list_link())
    api = element("nav", element("a", "API", href=f"{place.root}docs"), aria_label="More")
    return element("header.banner", element("div.wide", home, api if place.mode == "served" else None))


def _footer(place: Place) -> Html:
    told = "GB are decimal: 10⁹ bytes. Expected is the likely peak of a GPU, safe is what a GPU should have."
    api = element("a", "HTTP API", href=place.reference_link())
    return element("footer.foot", element("div.wide", element("p", told), element("p", api)))
