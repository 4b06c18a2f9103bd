"""A writer that is killed, or whose disk fails, at any of its calls: the old content or the new, and one clear line."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fault_shim.build import fault_shim  # noqa: F401  (fixture)

#: The file of each kind of write; "begun" writes another one before.
WRITTEN = {
    **dict.fromkeys(("changed", "removed", "hidden", "migrated", "written over"), "models.json"),
    **dict.fromkeys(("made", "begun", "locked"), "new.json"),
}
SCHEMA = "models_registry_overlay.schema.json"
#: Runs a write in a process of its own for each of its calls; that call fails, or kills it. Prints what came of it.
DRIVER = r'''
import ctypes, json, os, sys
from pathlib import Path
from model_garden_registry.errors import RegistryWriteError
from model_garden_registry.files.writing.additions import add_entry, remove_entry
from model_garden_registry.files.writing.replacing import edit_file, write_file
from model_garden_registry.lifecycle.own_models import init_overlay
from model_garden_registry.lifecycle.locking import Lock, write_lock
from model_garden_registry.lifecycle.migration import migrate_registry_file
import filelock, hashlib, platform

shim, folder = ctypes.CDLL(None), Path(sys.argv[1])
path, other = folder / "models.json", folder / "new.json"
beside = folder / "models_registry_overlay.schema.json"
platform.node()
OLD = '{"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z", "categories": {}, "models": {"org/old": {}}}'
OLD += " " * 9000
ADDED = {"id": "org/a", "name": "x" * 9000}

def add(target):
    add_entry(target, ADDED, categories={}, moment="2026-11-29T00:00:00+00:00")

ACTS = {
    "changed": lambda: add(path),
    "made": lambda: add(other),
    "removed": lambda: remove_entry(path, "org/old", hides=False),
    "hidden": lambda: remove_entry(path, "org/old", hides=True),
    "begun": lambda: init_overlay(other, moment="2026-11-29T00:00:00+00:00"),
    "locked": lambda: write_lock(other, Lock(locked="2026-11-29", registry="0" * 9000, models={})),
    "migrated": lambda: migrate_registry_file(path),
    "written over": lambda: write_file(path, b"{}" * 5000, is_forced=True),
}

def held(file):
    return file.read_text() if file.exists() else None

def run(act, at, error):
    """Do it in a process whose call number AT fails; return its status and what it said."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        shim.fault_arm(os.fsencode(folder), at, error)
        try:
            ACTS[act]()
            said = "done"
        except RegistryWriteError as problem:
            said = str(problem)
        except FileExistsError:
            said = "done"  # a second run finds what the first has finished
        calls = shim.fault_count()
        shim.fault_arm(b"", 0, 0)
        os.write(writing, json.dumps([said, calls]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return status, json.loads(answer) if answer else None

def fresh():
    for file in folder.iterdir():
        file.unlink()
    path.write_text(OLD)
    path.chmod(0o640)

for act in ACTS:
    fresh()
    before = held(path), held(other)
    _, (said, calls) = run(act, 0, 0)
    after = held(path), held(other)
    print(json.dumps({"act": act, "said": said, "calls": calls, "left": sorted(os.listdir(folder))}))
    for error in map(int, sys.argv[2:]):
        for at in range(1, calls + 1):
            fresh()
            status, answer = run(act, at, error)
            content = held(path), held(other)
            mode = path.stat().st_mode & 0o777
            again = run(act, 0, 0)[1][0] if content == before else None
            if again is None:
                edit_file(path, lambda text: text + b"\n")
                edit_file(other, lambda text: (text or b"") + b"\n")
            edit_file(beside, lambda text: (text or b"") + b"\n")  # the next writer of that file tidies up
            print(json.dumps({
                "act": act, "error": error, "at": at, "status": status, "said": answer and answer[0],
                "content": "old" if content == before else "new" if content == after else "torn",
                "mode": mode, "again": again, "left": sorted(os.listdir(folder)),
            }))
'''


class Runs(NamedTuple):
    """What came of each kind of write without a failure, and with one at each of its calls."""

    sound: list[dict[str, Any]]
    failed: list[dict[str, Any]]


@pytest.fixture(scope="module")
def runs(fault_shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:  # noqa: F811
    """Fail at each call of each kind of write, in each way."""
    folder = tmp_path_factory.mktemp("registry").resolve()
    ways = map(str, (0, errno.EIO, errno.ENOSPC, errno.EROFS))
    environment = {**os.environ, "LD_PRELOAD": str(fault_shim)}
    call = [sys.executable, "-c", DRIVER, str(folder), *ways]
    reply = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    records = [json.loads(line) for line in reply.stdout.splitlines()]
    return Runs([one for one in records if "at" not in one], [one for one in records if "at" in one])


def test_a_sound_write_leaves_nothing_else(runs: Runs) -> None:
    """And makes some calls that can fail: of the lock, of the new file, of its name, of the folder."""
    one, two = ["models.json"], ["models.json", "new.json"]
    files = {"changed": one, "made": two, "removed": one, "hidden": one, "migrated": one, "written over": one}
    files["locked"] = two
    files["begun"] = ["models.json", SCHEMA, "new.json"]

    assert {one["act"]: (one["said"], one["left"]) for one in runs.sound} == {
        act: ("done", left) for act, left in files.items()
    }
    assert min(one["calls"] for one in runs.sound) >= 9


def test_nothing_is_torn(runs: Runs) -> None:
    """Whichever call fails, in whichever way, the file holds the old content or the new, with its mode."""
    odd = [one for one in runs.failed if one["content"] not in ("old", "new") or one["mode"] != 0o640]

    assert odd == []
    assert {one["content"] for one in runs.failed} == {"old", "new"}


def test_what_was_reported_is_true(runs: Runs) -> None:
    """Done is done; a problem says whether the file is written, in one line with the file and the system's words."""
    told = [one for one in runs.failed if one["said"] is not None]
    is_written = [one["said"] == "done" or f"{WRITTEN[one['act']]}: is written, but" in one["said"] for one in told]
    wrong = [one for one, written in zip(told, is_written, strict=True) if written != (one["content"] == "new")]
    problems = {one["said"].partition(": ")[2] for one in told if one["said"] != "done"}

    assert wrong == []
    assert problems == {
        f"{what}: {os.strerror(error)}"
        for what in ("cannot be written", "is written, but may not survive a power cut")
        for error in (errno.EIO, errno.ENOSPC, errno.EROFS)
    }


def test_only_a_kill_says_nothing(runs: Runs) -> None:
    """Everything else comes back with an answer."""
    assert {one["error"] == 0 for one in runs.failed if one["said"] is None} == {True}
    assert all(one["status"] == (9 if one["said"] is None else 0) for one in runs.failed)


def test_the_next_writer_finds_the_way_free(runs: Runs) -> None:
    """No lock is left, and no file that was never finished."""
    names = {"models.json", "new.json", SCHEMA}

    assert [one for one in runs.failed if set(one["left"]) - names] == []
    assert {one["again"] for one in runs.failed} == {"done", None}
