"""Twenty-four writers of one file at once, some of them killed: what was reported written is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS, PROCESSES, THREADS = 10, 4, 6

#: In each round, some processes with some threads each; every thread adds an entry, or adds one to a number. One of the
#: processes is killed somewhere in between. Prints what was reported and what the file holds.
DRIVER = r"""
import json, os, random, signal, sys, threading, time
from pathlib import Path
from model_garden_registry.files.writing import locks
from model_garden_registry.files.writing.additions import add_entry
from model_garden_registry.files.writing.members import replace_numbers
from model_garden_registry.files.writing.replacing import edit_file
import filelock

locks.LIMIT_SECONDS = 120.0
path, rounds, processes, threads = Path(sys.argv[1]), *map(int, sys.argv[2:])

def count(content):
    return replace_numbers(content, {("x-count",): json.loads(content)["x-count"] + 1})

def write(name, report):
    if name.endswith("0"):
        edit_file(path, count)
        name = "count"
    else:
        add_entry(path, {"id": name, "name": "x" * 2000}, categories={}, moment="")
    os.write(report, f"{name}\n".encode())

for number in range(rounds):
    reading, writing = os.pipe()
    children = []
    for process in range(processes):
        if not (child := os.fork()):
            names = [f"r{number}/p{process}t{thread}" for thread in range(threads)]
            crew = [threading.Thread(target=write, args=(name, writing)) for name in names]
            for one in crew:
                one.start()
            for one in crew:
                one.join()
            os._exit(0)
        children.append(child)
    os.close(writing)
    time.sleep(random.random() * 0.2)
    os.kill(children[0], signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        reported = pipe.read().split()
    ends = [os.waitpid(child, 0)[1] for child in children]
    document = json.loads(path.read_bytes())
    print(json.dumps({"reported": reported, "ends": ends, "ids": [*document["models"]], "count": document["x-count"]}))
edit_file(path, lambda content: content + b"\n")  # removes what the last one to be killed left
"""


@pytest.mark.skipif(os.name == "nt", reason="no fork there")
def test_nothing_that_was_reported_written_is_lost(tmp_path: Path) -> None:
    """Nor is anything torn, and nothing is left beside the file."""
    path = tmp_path / "models.json"
    head = b'{"version": "1.1.0", "last_updated": "2026-11-23T00:00:00Z", "categories": {}, "x-count": 0, "models": {}}'
    path.write_bytes(head)

    call = [sys.executable, "-c", DRIVER, path, *map(str, (ROUNDS, PROCESSES, THREADS))]
    reply = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True)

    reported: list[str] = []
    for line in reply.stdout.splitlines():
        record = json.loads(line)
        reported += record["reported"]
        assert {*reported} - {"count"} <= {*record["ids"]}
        counted = reported.count("count")
        assert counted <= record["count"] <= counted + len(reported)
        assert record["ends"][1:] == [0] * (PROCESSES - 1)
    document = json.loads(path.read_bytes())
    assert all(entry == {"id": key, "name": "x" * 2000} for key, entry in document["models"].items())
    assert len(reported) >= ROUNDS * (PROCESSES - 1) * THREADS
    assert document["x-count"] <= reported.count("count") + ROUNDS  # one writer of each killed process may have counted
    assert [*tmp_path.iterdir()] == [path]
