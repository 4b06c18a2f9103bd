"""``mgr registry update``: the configured remote registry, downloaded if it has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from remote_site import Reply, Site, digest, keep_download, registry_bytes, running_site

pytest.importorskip("aiohttp", reason="extra remote is not installed")
Ask = Callable[..., Any]

NEW = registry_bytes(date="2999-01-01T00:00:00Z")


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a web server of this machine, with a registry that mgr.toml names."""
    with running_site() as found:
        Path("mgr.toml").write_text(f'[remote]\nurl = "{found.serve(NEW)}"\n', encoding="utf-8")
        yield found


def test_a_downloaded_registry_is_used_from_then_on(mgr: Ask, site: Site) -> None:
    """Until then, every command says that it is not there."""
    before = mgr("list", "-q")
    updated = mgr("registry", "update")
    after = mgr("list", "-q")

    assert before.err.endswith("the registry of [remote] is not downloaded, and not used: run mgr registry update\n")
    assert (updated.code, updated.err) == (0, "")
    assert re.sub(r"20\d\d-\d\d-\d\dT[\d:+]+, just now", "NOW", updated.out) == (
        f"Remote registry {site.url()}\n"
        "\n"
        "  state       downloaded now\n"
        "  usable      yes\n"
        "  date        2999-01-01T00:00:00Z, in format 1.2.0\n"
        "  downloaded  NOW\n"
        "  checked     NOW\n"
        f"  sha256      {digest(NEW)}\n"
        f"  stored in   {Path('.cache/mgr/remote').resolve()}/{folder_name()}\n"
        "  pin         none\n"
        f"  named in    {Path('mgr.toml').resolve()}\n"
    )
    assert (after.code, after.out, after.err) == (0, "org/model\n", "")


def folder_name() -> str:
    """Return the name of the one folder in the cache."""
    (folder,) = Path(".cache/mgr/remote").iterdir()
    return folder.name


def test_what_came_of_it_is_a_document(mgr: Ask, site: Site) -> None:
    """The second time nothing has changed."""
    first, second = (json.loads(mgr("registry", "update", "--json").out) for _ in range(2))

    assert (first["state"], second["state"]) == ("updated", "unchanged")
    assert second["remote"]["address"] == site.url()
    assert second["remote"]["usable"] is True


def test_a_bad_download_keeps_the_last_one(mgr: Ask, site: Site) -> None:
    """And is no answer; the next command still uses what was there."""
    mgr("registry", "update")
    site.replies["/registry.json"] = Reply(status=503)

    answer = mgr("registry", "update")

    assert (answer.code, answer.out) == (3, "")
    assert re.fullmatch(
        rf"mgr: error: {site.url()}: answers 503 Service Unavailable; the registry downloaded on \S+ is kept\n",
        answer.err,
    )
    assert mgr("list", "-q").out == "org/model\n"


def test_offline_the_last_download_and_its_age_are_told(mgr: Ask, site: Site) -> None:
    """Nothing is asked."""
    keep_download(site.url(), NEW)

    answer = mgr("registry", "update", env={"MGR_OFFLINE": "1"})

    assert answer.code == 0
    assert "not downloaded, since MGR_OFFLINE is set: this is the last download\n" in answer.out
    assert re.search(r"downloaded  2026-01-01T00:00:00\+00:00, \d+ days ago\n", answer.out)
    assert site.asked == []


def test_without_configuration_there_is_no_answer(mgr: Ask) -> None:
    """The message is what to write."""
    answer = mgr("registry", "update")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == (
        'mgr: error: mgr.toml: names no remote registry: write [remote], and below it url = "https://…"\n'
    )


def test_an_address_that_is_refused_is_one_line(mgr: Ask) -> None:
    """No file of this machine is read."""
    Path("mgr.toml").write_text('[remote]\nurl = "file:///etc/passwd"\n', encoding="utf-8")

    answer = mgr("registry", "update")

    assert (answer.code, answer.out) == (3, "")
    assert answer.err == (
        "mgr: error: file:///etc/passwd: is not an address of a registry: write https://… or s3://BUCKET/KEY\n"
    )
