"""A process that is killed, or whose disk fails, at any call of storing or publishing: the old registry or the new."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_shim.build import fault_shim  # noqa: F401  (fixture)

#: Stores a download over another, or publishes one, in a process of its own for each of the calls that it makes.
DRIVER = r'''
import ctypes, json, os, sys, warnings
from pathlib import Path
import filelock, hashlib, platform
from remote_site import digest, keep_download, registry_bytes
from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.remote_cache import cached_registry
from model_garden_registry.lifecycle.remote.publishing import publish_registry

warnings.simplefilter("error")
shim, folder, source = ctypes.CDLL(None), Path(sys.argv[1]), Path(sys.argv[2])
platform.node()
URL = "https://models.example/r.json"
ONE, TWO = registry_bytes(), registry_bytes(date="2031-01-01T00:00:00Z")
site = folder / "site"

def publish(content):
    source.write_bytes(content)
    publish_registry(site, registry=source)

def published():
    index = json.loads((site / "index.json").read_bytes())
    assert digest((site / index["file"]).read_bytes()) == index["sha256"]
    return index["last_updated"]

ACTS = {
    "stored": (lambda content: keep_download(URL, content), lambda: cached_registry(URL).last_updated),
    "published": (publish, published),
}

def run(act, at, error):
    """Do it in a process whose call number AT fails; return its status, and how many calls it made."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        shim.fault_arm(os.fsencode(folder), at, error)
        try:
            ACTS[act][0](TWO)
            said = "done"
        except RegistryWriteError as problem:
            said = str(problem)
        calls = shim.fault_count()
        shim.fault_arm(b"", 0, 0)
        os.write(writing, json.dumps([said, calls]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else ["killed", 0]

def files():
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".mgr-lock"))

def remove_all():
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()

for act, (write, read) in ACTS.items():
    remove_all()
    write(ONE)
    _, calls = run(act, 0, 0)
    sound = files()
    for error in map(int, sys.argv[3:]):
        for at in range(1, calls + 1):
            remove_all()
            write(ONE)
            said, _ = run(act, at, error)
            found = read()
            write(TWO)
            print(json.dumps({
                "act": act, "error": error, "said": said, "found": found, "then": read(), "is_tidy": files() == sound
            }))
'''
OLD, NEW = "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def runs(fault_shim: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:  # noqa: F811
    """Fail at each call, in each way."""
    folder = tmp_path_factory.mktemp("remote").resolve()
    cache = folder / "cache"
    cache.mkdir()
    tests = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "LD_PRELOAD": str(fault_shim), "XDG_CACHE_HOME": str(cache), "PYTHONPATH": paths}
    call = [
        sys.executable,
        "-c",
        DRIVER,
        str(cache),
        str(folder / "source.json"),
        *map(str, (0, errno.EIO, errno.ENOSPC)),
    ]
    reply = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return [json.loads(line) for line in reply.stdout.splitlines()]


def test_the_old_registry_is_there_or_the_new_one(runs: list[dict[str, Any]]) -> None:
    """Whole, whichever call fails; both happen."""
    assert {(one["act"], one["found"]) for one in runs} == {
        (act, date) for act in ("stored", "published") for date in (OLD, NEW)
    }


def test_what_is_done_is_done(runs: list[dict[str, Any]]) -> None:
    """What says so has stored the new one; what was killed says nothing."""
    assert [one for one in runs if one["said"] == "done" and one["found"] != NEW] == []
    assert {one["said"] for one in runs if one["error"] == 0} == {"killed"}


def test_the_next_writer_stores_its_registry_and_tidies_up(runs: list[dict[str, Any]]) -> None:
    """Nothing is left of what failed."""
    assert [one for one in runs if one["then"] != NEW or not one["is_tidy"]] == []
