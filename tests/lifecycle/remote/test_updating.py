"""The configured remote registry, from a real web server: whatever is bad keeps the last good one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from remote_site import Reply, Site, digest, gzipped, index_bytes, registry_bytes

from model_garden_registry.files.configuration import DEFAULT_TIMEOUT_SECONDS, ConfiguredRemote
from model_garden_registry.files.remote_cache import CachedRegistry, cached_registry
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.publishing import publish_registry
from model_garden_registry.lifecycle.remote.updating import Update, UpdateState, update_registry

pytest.importorskip("aiohttp", reason="extra remote is not installed")

ONE = registry_bytes()
TWO = registry_bytes(date="2031-01-01T00:00:00Z")


def update(url: str, pin: str | None = None, seconds: float = DEFAULT_TIMEOUT_SECONDS) -> Update:
    """Update the registry of an address."""
    return update_registry(configuration(url, pin, seconds))


def configuration(url: str, pin: str | None = None, seconds: float = DEFAULT_TIMEOUT_SECONDS) -> ConfiguredRemote:
    """Return what mgr.toml says."""
    return ConfiguredRemote(url, pin, seconds, Path("mgr.toml"))


def failure(url: str, pin: str | None = None, seconds: float = DEFAULT_TIMEOUT_SECONDS) -> RemoteRegistryError:
    """Return the error of an update."""
    with pytest.raises(RemoteRegistryError) as caught:
        update(url, pin, seconds)
    return caught.value


def kept(url: str) -> CachedRegistry:
    """Return what is stored for an address."""
    found = cached_registry(url)
    assert found is not None
    return found


def test_a_registry_is_downloaded_and_stored(site: Site) -> None:
    """With its date, its digest and the server's ETag."""
    url = site.serve(ONE, ETag='"e"')

    found = update(url)

    assert found == Update(UpdateState.UPDATED, configuration(url), kept(url))
    assert found.cached.path.read_bytes() == ONE
    assert (found.cached.sha256, found.cached.last_updated) == (digest(ONE), "2030-01-01T00:00:00Z")
    assert (found.cached.version, found.cached.etag) == ("1.2.0", '"e"')


def test_an_unchanged_registry_is_not_downloaded_again(site: Site) -> None:
    """The server says so; when it did is stored."""
    url = site.serve(ONE)
    first = update(url)

    again = update(url)

    assert again.state is UpdateState.UNCHANGED
    assert again.cached.fetched_at == first.cached.fetched_at
    assert again.cached == kept(url)
    assert site.asked[1][1]["If-None-Match"] == first.cached.etag


def test_a_server_without_etags_gives_the_same_again(site: Site) -> None:
    """Its digest tells that nothing has changed."""
    site.replies["/registry.json"] = gzipped(ONE)

    assert update(site.url()).state is UpdateState.UPDATED
    assert update(site.url()).state is UpdateState.UNCHANGED


def test_a_changed_registry_replaces_the_last_one(site: Site) -> None:
    """As a whole."""
    update(site.serve(ONE))

    found = update(site.serve(TWO))

    assert found.state is UpdateState.UPDATED
    assert kept(site.url()).path.read_bytes() == TWO


def test_a_damaged_store_is_mended(site: Site) -> None:
    """The ETag of something that is damaged is not sent."""
    url = site.serve(ONE)
    update(url).cached.path.write_bytes(b"damaged")

    with pytest.warns(match="the downloaded registry is ignored"):
        found = update(url)

    assert found.state is UpdateState.UPDATED
    assert kept(url).path.read_bytes() == ONE


def test_an_index_leads_to_the_registry_that_it_names(site: Site, tmp_path: Path) -> None:
    """Both as `publish_registry` writes them; the second update asks for the index alone."""
    source = tmp_path / "models.json"
    source.write_bytes(ONE)
    published = publish_registry(tmp_path / "site", registry=source)
    name = published.registry_file.name
    site.serve(published.registry_file.read_bytes(), f"/v1/{name}")
    url = site.serve(published.index_file.read_bytes(), "/v1/index.json")

    states = [update(url).state, update(url).state]

    assert states == [UpdateState.UPDATED, UpdateState.UNCHANGED]
    assert site.paths == ["/v1/index.json", f"/v1/{name}", "/v1/index.json"]
    assert kept(url).sha256 == published.facts.sha256


def test_a_rewritten_index_that_names_the_same_registry_downloads_nothing_else(site: Site) -> None:
    """Registries under a digest never change."""
    site.serve(ONE, f"/registry-{digest(ONE)}.json")
    url = site.serve(index_bytes(ONE), "/index.json")
    update(url)

    site.serve(index_bytes(ONE, more="x"), "/index.json", ETag='"new"')

    assert update(url).state is UpdateState.UNCHANGED
    assert kept(url).etag == '"new"'
    assert site.paths.count(f"/registry-{digest(ONE)}.json") == 1


def test_a_pinned_registry_that_is_stored_needs_no_network(site: Site) -> None:
    """Nothing else could come."""
    url = site.serve(ONE)
    update(url, digest(ONE))

    assert update(url, digest(ONE)).state is UpdateState.UNCHANGED
    assert len(site.asked) == 1


@pytest.fixture
def last(site: Site) -> Iterator[Callable[[], tuple[Site, str]]]:
    """Give a site from which a good registry was downloaded; whatever follows, that one is stored afterwards."""
    url = site.serve(ONE)
    before = update(url).cached
    site.asked.clear()
    yield lambda: (site, before.fetched_at)
    assert kept(url) == before
    assert before.path.read_bytes() == ONE


NO_DATE = "has no last_updated that can be read, and so cannot be compared with the shipped registry"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param(Reply(status=404), "answers 404 Not Found", id="not there"),
        pytest.param(Reply(TWO, missing_bytes=10), "the download ended early", id="cut short"),
        pytest.param(
            Reply(TWO[:-1]), "is not JSON: expecting ',' delimiter (line 1, column 2200)", id="cut short by the sender"
        ),
        pytest.param(Reply(b"<html>"), "is not JSON: expecting value (line 1, column 1)", id="a page"),
        pytest.param(Reply(b""), "is empty (line 1, column 1)", id="nothing"),
        pytest.param(Reply(b"[]"), "holds a list, not an object (line 1, column 1)", id="a list"),
        pytest.param(Reply(registry_bytes(version="2.0.0")), None, id="a newer major version"),
        pytest.param(Reply(registry_bytes(version="x")), None, id="a head that is not valid"),
        pytest.param(Reply(registry_bytes(models={})), "has no valid entry", id="no entries"),
        pytest.param(Reply(registry_bytes(models={"a/b": {"id": "a/b"}})), "has no valid entry", id="bad entries"),
        pytest.param(Reply(registry_bytes(date="2030-02-30T00:00:00Z")), NO_DATE, id="no day of the calendar"),
        pytest.param(Reply(index_bytes(TWO, lowest_mgr="9.0")), None, id="an index for newer releases"),
        pytest.param(Reply(index_bytes(TWO, file="../x")), None, id="an index of files elsewhere"),
    ],
)
def test_a_bad_download_keeps_the_last_good_one(
    reply: Reply, why: str | None, last: Callable[[], tuple[Site, str]]
) -> None:
    """The error says why, and what stays."""
    site, fetched_at = last()
    site.replies["/registry.json"] = reply

    error = failure(site.url())

    assert (error.address, error.kept) == (site.url(), fetched_at)
    assert why is None or error.why == why or error.why.startswith(why.partition(" (line")[0])


@pytest.mark.filterwarnings("ignore:.*last_updated")
def test_a_registry_without_a_date_keeps_the_last_good_one(last: Callable[[], tuple[Site, str]]) -> None:
    """It could not be compared with the shipped one."""
    site, _ = last()
    site.serve(registry_bytes(date="soon"))

    assert failure(site.url()).why == NO_DATE


def test_a_server_that_does_not_answer_keeps_the_last_good_one(last: Callable[[], tuple[Site, str]]) -> None:
    """After the configured time."""
    site, fetched_at = last()
    site.replies["/registry.json"] = Reply(is_silent=True)

    error = failure(site.url(), seconds=0.2)

    assert str(error) == (
        f"{site.url()}: no whole answer within 0.2 seconds; the registry downloaded on {fetched_at} is kept"
    )


def test_a_registry_that_differs_from_its_index_keeps_the_last_good_one(
    last: Callable[[], tuple[Site, str]],
) -> None:
    """By its digest."""
    site, _ = last()
    name = f"/registry-{digest(TWO)}.json"
    site.serve(index_bytes(TWO))
    site.serve(ONE + b" ", name)

    error = failure(site.url())

    assert error.address == site.url(name)
    assert error.why == f"has the sha256 {digest(ONE + b' ')}, and the index says {digest(TWO)}"


@pytest.mark.parametrize("is_index", [False, True], ids=["a registry", "an index"])
def test_a_registry_that_differs_from_the_pin_keeps_the_last_good_one(
    is_index: bool, last: Callable[[], tuple[Site, str]]
) -> None:
    """The registry that an index names is not even downloaded."""
    site, _ = last()
    site.serve(index_bytes(TWO) if is_index else TWO)

    error = failure(site.url(), "0" * 64)

    assert error.why == f"gives the sha256 {digest(TWO)}, and the pin in mgr.toml is {'0' * 64}"
    assert site.paths == ["/registry.json"]


def test_a_new_pin_that_the_server_does_not_have_keeps_the_last_good_one(
    last: Callable[[], tuple[Site, str]],
) -> None:
    """Though the server says that nothing has changed."""
    site, _ = last()

    assert failure(site.url(), "0" * 64).why == f"gives the sha256 {digest(ONE)}, and the pin in mgr.toml is {'0' * 64}"


def test_an_older_registry_is_stored_as_well(site: Site) -> None:
    """Whether it is used is decided where registries are loaded."""
    url = site.serve(registry_bytes(date="2001-01-01T00:00:00Z"))

    assert update(url).cached.last_updated == "2001-01-01T00:00:00Z"


@pytest.mark.filterwarnings("ignore:.*extends")
def test_an_overlay_is_a_registry(site: Site) -> None:
    """Its entries are parts of entries."""
    url = site.serve(registry_bytes(extends=True, models={"org/model": {"notes": ["ours"]}}))

    assert update(url).state is UpdateState.UPDATED


def test_offline_the_stored_registry_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is asked."""
    url = site.serve(ONE)
    before = update(url).cached
    monkeypatch.setenv("MGR_OFFLINE", "1")

    assert update(url) == Update(UpdateState.OFFLINE, configuration(url), before)
    assert len(site.asked) == 1


def test_offline_without_a_stored_registry_there_is_no_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """MGR_OFFLINE=0 is not offline."""
    monkeypatch.setenv("MGR_OFFLINE", "yes")
    error = failure(site.serve(ONE))
    assert (error.why, error.kept) == ("is not downloaded, and MGR_OFFLINE forbids to do that now", None)

    monkeypatch.setenv("MGR_OFFLINE", "0")
    assert update(site.url()).state is UpdateState.UPDATED


def test_secrets_of_an_address_are_in_no_error_and_no_file(site: Site) -> None:
    """User, password and query are sent, and nothing else."""
    plain = site.serve(ONE)
    url = plain.replace("http://", "http://user:hunter2@") + "?sig=hunter3"
    cached = update(url).cached
    site.replies.clear()

    error = failure(url)

    stored = b"".join(path.read_bytes() for path in cached.path.parent.iterdir())
    assert "hunter" not in f"{error}{error.args}{cached}"
    assert b"hunter" not in stored
    assert json.loads((cached.path.parent / "state.json").read_bytes())["address"] == plain


def test_the_time_limit_is_that_of_both_downloads(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the index takes, the registry has less."""
    seconds: list[Any] = []
    from model_garden_registry.lifecycle.remote import updating

    fetch = updating.fetch

    def note(url: str, **more: Any) -> Any:
        seconds.append(more["seconds"])
        return fetch(url, **more)

    monkeypatch.setattr(updating, "fetch", note)
    site.serve(ONE, f"/registry-{digest(ONE)}.json")
    update(site.serve(index_bytes(ONE), "/index.json"))

    assert seconds[0] == DEFAULT_TIMEOUT_SECONDS
    assert 0 < seconds[1] < seconds[0]


def test_the_configured_registry_is_downloaded_where_none_is_given(site: Site, tmp_path: Path) -> None:
    """From the nearest mgr.toml; without one there is no answer."""
    with pytest.raises(RemoteRegistryError) as caught:
        update_registry()
    assert str(caught.value) == 'mgr.toml: names no remote registry: write [remote], and below it url = "https://…"'

    (tmp_path / "mgr.toml").write_text(f'[remote]\nurl = "{site.serve(ONE)}"\n', encoding="utf-8")
    assert update_registry().state is UpdateState.UPDATED
