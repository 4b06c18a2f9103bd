"""The page that says why there is no other one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model_garden_registry.page.links import model_place
from model_garden_registry.page.problem_page import BROKEN_ENTRY, problem_page


def test_it_links_to_what_may_be_meant(read: Callable[[str], Any]) -> None:
    """And to the list."""
    page = read(problem_page(model_place("Qwen/Qwen3"), "no <model>", ["Qwen/Qwen3-8B"])).all("main")[0]

    assert [one.attributes["href"] for one in page.all("a")] == ["../../models/Qwen/Qwen3-8B", "../../"]
    assert page.all("p", class_="lead")[0].text == "no <model>"


def test_there_need_not_be_anything_close(read: Callable[[str], Any]) -> None:
    """Then there is only the way back."""
    assert len(read(problem_page(model_place("x"), "no")).all("main")[0].all("a")) == 1


def test_it_says_what_kind_of_problem_it_is(read: Callable[[str], Any]) -> None:
    """A page that is not there, unless told otherwise."""
    pages = (problem_page(model_place("x"), "no"), problem_page(model_place("x"), "no", title=BROKEN_ENTRY))

    assert [read(page).all("h1")[0].text for page in pages] == ["There is no such page", "This entry is broken"]
