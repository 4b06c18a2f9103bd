"""Which addresses may be downloaded, and how they are shown."""

from __future__ import annotations

import pytest

from model_garden_registry.lifecycle.remote.addresses import redirected, scheme_of, shown, sibling
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("https://models.example/registry.json", "https"),
        ("https://user:secret@models.example:8443/index.json?token=1", "https"),
        ("HTTPS://models.example", "https"),
        ("http://127.0.0.1:8000/r.json", "http"),
        ("http://[::1]/r.json", "http"),
        ("http://localhost/r.json", "http"),
        ("s3://bucket/folder/registry.json", "s3"),
        ("gs://bucket/registry.json", "gs"),
    ],
)
def test_addresses_on_the_network_may_be_downloaded(url: str, scheme: str) -> None:
    """HTTPS and object stores; HTTP of this machine only."""
    assert scheme_of(url) == scheme


NO_ADDRESS = "is not an address of a registry: write https://… or s3://BUCKET/KEY"
NO_TEXT = "is not an address: it is too long, or contains spaces"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        *(
            pytest.param(url, NO_ADDRESS, id=url)
            for url in (
                "file:///etc/passwd",
                "/etc/passwd",
                "registry.json",
                "ftp://host/r.json",
                "memory://r.json",
                "git://.:r.json@main",
                "ssh://host/r.json",
                "simplecache::https://host/r.json",
                "s3://bucket",
                "s3://bucket/a::file:///etc/passwd",
                "https:///r.json",
                "https://",
                "",
            )
        ),
        pytest.param("http://models.example/r.json", "http is not encrypted: use https", id="http to elsewhere"),
        pytest.param("http://127.0.0.1.example/r.json", "http is not encrypted: use https", id="a name like loopback"),
        pytest.param(
            "http://localhost@models.example/r", "http is not encrypted: use https", id="a user like loopback"
        ),
        pytest.param("https://host:port/r.json", "is not an address that can be read", id="no port"),
        pytest.param("https://[::1/r.json", "is not an address that can be read", id="half a host"),
        pytest.param("https://host/a b", NO_TEXT, id="a space"),
        pytest.param("https://host/a\r\nX: y", NO_TEXT, id="a line end"),
        pytest.param(f"https://host/{'a' * 5000}", NO_TEXT, id="too long"),
    ],
)
def test_other_addresses_are_refused(url: str, why: str) -> None:
    """Local files, programs, and what is not encrypted."""
    with pytest.raises(RemoteRegistryError) as caught:
        scheme_of(url)

    assert caught.value.why == why


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("https://a/x/index.json", "https://b/y.json", "https://b/y.json"),
        ("https://a/x/index.json", "y.json", "https://a/x/y.json"),
        ("https://a/x/index.json", "//b/y.json", "https://b/y.json"),
        ("http://127.0.0.1:1/x", "/y", "http://127.0.0.1:1/y"),
        ("http://127.0.0.1:1/x", "https://b/y", "https://b/y"),
    ],
)
def test_redirects_stay_encrypted(url: str, location: str, target: str) -> None:
    """Where they lead is resolved as browsers do."""
    assert redirected(url, location) == target


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("http://a/y.json", "http://a/y.json"),
        ("http://127.0.0.1/y.json", "http://127.0.0.1/y.json"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("s3://bucket/key", "s3://bucket/key"),
        ("ftp://u:p@host/y?q", "ftp://host/y"),
        ("https://host:99999/", "https://host:99999/"),
        ("https://[::1/", "an address that cannot be read"),
        (None, "no address"),
        ("", "no address"),
    ],
)
def test_other_redirects_are_refused(location: str | None, where: str) -> None:
    """To this machine, to a file, to a store, or to nothing."""
    with pytest.raises(RemoteRegistryError) as caught:
        redirected("https://user:secret@a/x", location)

    assert str(caught.value) == f"https://a/x: redirects to {where}, which is refused: only https is followed"


@pytest.mark.parametrize(
    ("url", "configured", "expected"),
    [
        ("https://a/x/index.json", "https://a/x/index.json", "https://a/x/r.json"),
        ("https://a/index.json", "https://u:p@a/index.json?sig=1#f", "https://u:p@a/r.json?sig=1"),
        ("https://a/v2/index.json?sig=1", "https://u:p@a/index.json?sig=1", "https://u:p@a/v2/r.json?sig=1"),
        ("https://cdn/v5/index.json?x", "https://u:p@a/index.json?sig=1", "https://cdn/v5/r.json"),
        ("https://a:444/index.json", "https://u:p@a/index.json", "https://a:444/r.json"),
        ("s3://bucket/a/index.json", "s3://bucket/a/index.json", "s3://bucket/a/r.json"),
    ],
)
def test_a_sibling_is_in_the_folder_of_the_answer(url: str, configured: str, expected: str) -> None:
    """What identifies the user goes to the configured server alone."""
    assert sibling(url, "r.json", configured=configured) == expected


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://user:secret@host:8443/a/b?token=1#x", "https://host:8443/a/b"),
        ("s3://bucket/key", "s3://bucket/key"),
        ("https://[::1/r.json", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, text: str) -> None:
    """No user, password, query or fragment."""
    assert shown(url) == text
