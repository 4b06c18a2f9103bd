"""Pages over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.server import create_app
from model_garden_registry.server.live.live_registry import LiveRegistry
from model_garden_registry.server.live.office import OfficeClosedError
from model_garden_registry.server.live.snapshots import Snapshot

Ask = Callable[..., Any]
ID = "Qwen/Qwen3-8B"


@pytest.mark.parametrize("target", ["/", f"/models/{ID}", "/assets/page.css", "/assets/model_list.js"])
def test_pages_and_files_are_sent_like_lists(target: str, ask: Ask) -> None:
    """With a tag, compressed for who can read that, and 304 for who has them."""
    plain = ask("GET", target)
    short = ask("GET", target, headers={"Accept-Encoding": "gzip"})
    kept = ask("GET", target, headers={"If-None-Match": plain.headers["etag"]})
    head = ask("HEAD", target)

    assert (plain.status, plain.headers["cache-control"]) == (200, "no-cache")
    assert gzip.decompress(short.content) == plain.content
    assert (kept.status, kept.content) == (304, b"")
    assert (head.status, head.content, head.headers["etag"]) == (200, b"", plain.headers["etag"])


def test_a_query_is_for_the_page(ask: Ask) -> None:
    """What a shared address chooses is the page's own."""
    assert ask("GET", "/?gpu=L4&q=x").content == ask("GET", "/").content


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/models/Qwen%2FQwen3-8B", "./Qwen/Qwen3-8B"),
        ("/models/unsloth/Qwen3-8B", "../Qwen/Qwen3-8B"),
        ("/models/Qwen/Qwen3-8B/", "../../Qwen/Qwen3-8B"),
    ],
)
def test_other_addresses_of_a_model_lead_to_its_page(target: str, place: str, ask: Ask) -> None:
    """By a relative path: the request's host is not repeated, and a prefix before the path stays."""
    answer = ask("GET", target)

    assert (answer.status, answer.headers["location"]) == (307, place)


@pytest.mark.parametrize("target", ["/models/no/model", "/assets/no.js", "/assets/..%2F__init__.py", "/assets/"])
def test_what_is_not_there_is_404(target: str, ask: Ask) -> None:
    """A folder is not listed, and nothing outside it is sent."""
    assert ask("GET", target).status == 404


def test_a_broken_registry_has_a_page_that_says_so(ask: Ask, tmp_path: Path) -> None:
    """503, without a directory of this machine."""
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    answer = ask("GET", "/", app=create_app(tmp_path / "broken.json"))

    assert answer.status == 503
    assert b"broken.json" in answer.content
    assert b"<h1>There is no answer now</h1>" in answer.content
    assert str(tmp_path).encode() not in answer.content


@pytest.mark.parametrize(("failures", "status"), [(1, 200), (2, 503)])
def test_a_process_that_has_ended_is_replaced_once(
    failures: int, status: int, ask: Ask, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then there is no answer now."""
    app = create_app(LiveRegistry(write({ID: ID})))
    left, page = [None] * failures, Snapshot.page

    async def ended(self: Snapshot, model_id: str | None) -> Any:
        if left:
            left.pop()
            raise OfficeClosedError
        return await page(self, model_id)

    monkeypatch.setattr(Snapshot, "page", ended)

    assert ask("GET", "/", app=app).status == status
