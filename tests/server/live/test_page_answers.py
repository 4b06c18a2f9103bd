"""Pages as bodies."""

from __future__ import annotations

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.frame import SERVED_POLICY
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.server.live.page_answers import asset_bodies, page_answer

REGISTRY = ModelRegistry(bundled_registry())


def test_pages_are_guarded() -> None:
    """By a policy without exceptions, in a header."""
    answer = page_answer(REGISTRY, None)
    assert answer.body is not None

    headers = dict(answer.body.headers)
    assert (answer.status, answer.key, headers[b"content-type"]) == (200, None, b"text/html; charset=utf-8")
    assert headers[b"content-security-policy"] == SERVED_POLICY.encode()
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_a_model_is_found_by_a_former_id_and_with_a_slash_behind() -> None:
    """The key is its id."""
    assert {page_answer(REGISTRY, one).key for one in ("unsloth/Qwen3-8B", "Qwen/Qwen3-8B/", "Qwen/Qwen3-8B")} == {
        "Qwen/Qwen3-8B"
    }


def test_an_unknown_model_has_a_page_that_says_so() -> None:
    """With the status of the API, and names that may be meant."""
    answer = page_answer(REGISTRY, "Qwen/Qwen3-8")
    assert answer.body is not None

    assert (answer.status, answer.key) == (404, None)
    assert b'href="../../models/Qwen/Qwen3-8B"' in answer.body.content


def test_every_asset_is_a_body() -> None:
    """With its type."""
    bodies = asset_bodies()

    assert bodies.keys() == assets().keys()
    assert dict(bodies["page.css"].headers)[b"content-type"] == b"text/css; charset=utf-8"
