"""``mgr registry status``: the files that the registry is made of, and the remote registry."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from remote_site import keep_download, registry_bytes

from model_garden_registry.bundled import bundled_registry

Ask = Callable[..., Any]
NOT_JSON = "is not JSON: expecting property name enclosed in double quotes"
URL = "https://user:secret@models.example/registry.json"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where anything asks the network."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_shipped_registry_alone_is_one_file(mgr: Ask) -> None:
    """With how many models it has, and its date."""
    shipped = json.loads(bundled_registry().read_bytes())

    answer = mgr("registry", "status")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "Registry of 1 file\n"
        "\n"
        "Files, the strongest first\n"
        f"  shipped  whole, {len(shipped['models'])} models  {shipped['last_updated'][:10]}  {bundled_registry()}\n"
    )


def test_overlays_lie_on_the_remote_registry(mgr: Ask) -> None:
    """The strongest comes first; a file that is left out says why."""
    keep_download(URL, registry_bytes(date="2999-01-01T00:00:00Z"))
    Path("mgr.toml").write_text(f'organisation = "team.json"\n[remote]\nurl = "{URL}"\n', encoding="utf-8")
    Path("team.json").write_text("{", encoding="utf-8")
    own = {"version": "1.2.0", "last_updated": "2030-01-01T00:00:00Z", "extends": True}
    Path("own.json").write_text(json.dumps({**own, "models": {"org/model": {"notes": ["ours"]}}}), encoding="utf-8")

    answer = mgr("--registry", "own.json", "registry", "status", env={"MGR_OFFLINE": "1"})
    document = json.loads(mgr("--registry", "own.json", "registry", "status", "--json").out)

    lines = answer.out.splitlines()
    assert lines[:5] == [
        "Registry of 3 files",
        "",
        "Files, the strongest first",
        "  argument      overlay, 1 model  2030-01-01  own.json",
        f"  organisation                    left out    {Path('team.json').resolve()}:1:2: {NOT_JSON}",
    ]
    assert lines[5].startswith("  remote        whole, 1 model    2999-01-01  ")
    assert lines[6:10] == [
        "",
        "Remote registry",
        "  address     https://models.example/registry.json",
        "  usable      yes",
    ]
    assert lines[-1] == "  offline     MGR_OFFLINE is set"
    assert [(layer["named_by"], layer["entries"], layer["overlay"]) for layer in document["layers"]] == [
        ("remote", 1, False),
        ("organisation", 0, True),
        ("argument", 1, True),
    ]
    assert document["remote"]["usable"] is True
    assert "secret" not in f"{answer}{document}"


def test_a_remote_registry_that_is_not_used_says_why(mgr: Ask) -> None:
    """Whether it is there or not."""
    Path("mgr.toml").write_text(f'[remote]\nurl = "{URL}"\n', encoding="utf-8")
    missing = mgr("registry", "status")
    keep_download(URL, registry_bytes(date="2001-01-01T00:00:00Z"))
    older = mgr("registry", "status")

    assert "  usable    no: it is not downloaded: run mgr registry update\n" in missing.out
    assert "  usable      no: the shipped registry is as new, of " in older.out
    assert older.err == ""
