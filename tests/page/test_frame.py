"""The document around a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model_garden_registry.page.frame import SERVED_POLICY, STATIC_POLICY, page_document
from model_garden_registry.page.links import Place, static_place


def head_of(read: Callable[[str], Any], place: Place) -> Any:
    made = page_document(place, "text", title="T & <t>", description="D", modules=("list.js", "answers.js"))
    return read(made).all("head")[0]


def test_a_page_says_who_answers_and_where_its_root_is(read: Callable[[str], Any]) -> None:
    """For its modules; and it has a title, a language and a size for narrow screens."""
    head = head_of(read, Place(root="../../"))

    named = {one.attributes["name"]: one.attributes["content"] for one in head.all("meta") if "name" in one.attributes}
    assert named == {
        "viewport": "width=device-width, initial-scale=1",
        "color-scheme": "light dark",
        "mgr-mode": "served",
        "mgr-root": "../../",
        "mgr-computes": "yes",
        "description": "D",
    }
    assert head.all("title")[0].text == "T & <t>"


def test_one_module_runs_and_the_others_are_fetched_ahead(read: Callable[[str], Any]) -> None:
    """Nothing runs that is written into the page."""
    head = head_of(read, Place())

    assert [(one.attributes["src"], one.text) for one in head.all("script")] == [("./assets/list.js", "")]
    assert [one.attributes["href"] for one in head.all("link", rel="modulepreload")] == [
        "./assets/answers.js",
        "./assets/served_answers.js",
    ]


def test_a_static_page_has_its_policy_in_itself(read: Callable[[str], Any]) -> None:
    """A served one has it in a header: only there it can forbid frames."""
    (found,) = head_of(read, static_place()).all("meta", http_equiv="Content-Security-Policy")

    assert found.attributes["content"] == STATIC_POLICY
    assert head_of(read, Place()).all("meta", http_equiv="Content-Security-Policy") == []


def test_policies_allow_nothing_inline_and_nothing_from_elsewhere() -> None:
    """WebAssembly needs a policy of its own; the worker of a static site has that of its own response."""
    assert SERVED_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "frame-ancestors 'none'" in SERVED_POLICY
    assert "worker-src 'self'" in STATIC_POLICY
    assert not any(word in SERVED_POLICY + STATIC_POLICY for word in ("unsafe", "http", "*"))


def test_a_page_says_whether_other_settings_have_an_answer(read: Callable[[str], Any]) -> None:
    """A server computes, a static site does if it has Python for the browser."""

    def told(place: Place) -> str | None:
        (meta,) = head_of(read, place).all("meta", name="mgr-computes")
        found: str | None = meta.attributes["content"]
        return found

    assert [told(place) for place in (Place(), static_place(), static_place(computes=True))] == ["yes", "no", "yes"]


def test_every_page_leads_to_the_reference(read: Callable[[str], Any]) -> None:
    """At its end."""
    made = page_document(Place(root="../"), title="T", description="D", modules=("list.js",))
    (foot,) = read(made).all("footer")

    assert [one.attributes["href"] for one in foot.all("a")] == ["../docs"]
