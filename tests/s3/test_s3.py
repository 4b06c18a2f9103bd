"""
Remote registries in a real S3 server: moto's, on this machine.

Run by ``nox -s remote``: the server has many requirements of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from remote_site import digest, index_bytes, registry_bytes

from model_garden_registry.files.configuration import DEFAULT_TIMEOUT_SECONDS, ConfiguredRemote
from model_garden_registry.files.remote_cache import cached_registry
from model_garden_registry.lifecycle.remote.errors import RemoteRegistryError
from model_garden_registry.lifecycle.remote.publishing import publish_registry
from model_garden_registry.lifecycle.remote.updating import Update, UpdateState, update_registry

moto = pytest.importorskip("moto.server", reason="moto is not installed")
pytest.importorskip("s3fs", reason="extra s3 is not installed")

BUCKET = "registries"
URL = f"s3://{BUCKET}/models/registry.json"
INDEX = f"s3://{BUCKET}/models/index.json"
ONE = registry_bytes()
TWO = registry_bytes(date="2031-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Run the server once."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give an empty bucket, with the variables by which AWS's libraries find it."""
    import boto3

    for name, text in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, text)
    found = boto3.resource("s3").create_bucket(Bucket=BUCKET)
    yield found
    found.objects.delete()
    found.delete()


def put(bucket: Any, content: bytes, url: str = URL) -> str:
    """Put an object into the bucket; return its address."""
    bucket.put_object(Key=url.removeprefix(f"s3://{BUCKET}/"), Body=content)
    return url


def update(url: str = URL, pin: str | None = None, seconds: float = DEFAULT_TIMEOUT_SECONDS) -> Update:
    """Update the registry of an address."""
    return update_registry(ConfiguredRemote(url, pin, seconds, Path("mgr.toml")))


def stored(url: str = URL) -> bytes | None:
    """Return the registry that is stored for an address."""
    found = cached_registry(url)
    return found.path.read_bytes() if found else None


def test_a_registry_is_downloaded_once(bucket: Any) -> None:
    """The second time its ETag is the same."""
    put(bucket, ONE)

    states = [update().state, update().state]

    assert states == [UpdateState.UPDATED, UpdateState.UNCHANGED]
    assert stored() == ONE


def test_a_changed_registry_replaces_the_last_one(bucket: Any) -> None:
    """By its ETag."""
    put(bucket, ONE)
    update()
    put(bucket, TWO)

    assert update().state is UpdateState.UPDATED
    assert stored() == TWO


def test_an_index_leads_to_the_registry_that_it_names(bucket: Any, tmp_path: Path) -> None:
    """In the same folder of the bucket."""
    source = tmp_path / "models.json"
    source.write_bytes(ONE)
    published = publish_registry(tmp_path / "site", registry=source)
    for file in (published.registry_file, published.index_file):
        put(bucket, file.read_bytes(), f"s3://{BUCKET}/models/{file.name}")

    assert update(INDEX).state is UpdateState.UPDATED
    assert update(INDEX).state is UpdateState.UNCHANGED
    assert stored(INDEX) == published.registry_file.read_bytes()


@pytest.mark.parametrize(
    ("content", "pin", "why"),
    [
        pytest.param(TWO[:-1], None, "is not JSON", id="cut short"),
        pytest.param(TWO, "0" * 64, f"gives the sha256 {digest(TWO)}", id="not the pinned one"),
        pytest.param(index_bytes(TWO), None, "is not there", id="an index of a registry that is not there"),
        pytest.param(None, None, "is not there", id="gone"),
    ],
)
def test_a_bad_download_keeps_the_last_good_one(content: bytes | None, pin: str | None, why: str, bucket: Any) -> None:
    """As over HTTPS."""
    put(bucket, ONE)
    update()
    bucket.objects.delete() if content is None else put(bucket, content)

    with pytest.raises(RemoteRegistryError) as caught:
        update(pin=pin)

    assert caught.value.why.startswith(why)
    assert caught.value.kept is not None
    assert stored() == ONE


def test_a_bucket_that_is_not_there_is_an_error(bucket: Any) -> None:
    """In one line, without keys."""
    assert bucket.name == BUCKET

    with pytest.raises(RemoteRegistryError) as caught:
        update("s3://no-such-bucket/registry.json")

    assert caught.value.why == "is not there"


def test_without_credentials_there_is_an_error(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what is missing."""
    put(bucket, ONE)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(RemoteRegistryError) as caught:
        update()

    assert "redentials" in caught.value.why
    assert "hunter2" not in str(caught.value)


def test_a_store_that_does_not_answer_is_left(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the configured time."""
    import socket

    put(bucket, ONE)
    update()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(RemoteRegistryError) as caught:
            update(seconds=0.5)

    assert caught.value.why == "no whole answer within 0.5 seconds"
    assert stored() == ONE
