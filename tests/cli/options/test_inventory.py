"""``--inventory``: the pools of a cluster as columns of ``fit`` and ``validate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import inventory_files

Ask = Callable[..., Any]

SMALL, LARGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct"
NODES = [
    {"name": "dgx[01-02]", "count": 2, "pool": "train", "hardware": "8x H100-80GB", "free": {"gpus": 0}},
    {"name": "l4", "pool": "mix", "hardware": "L4:2"},
    {"name": "t4", "pool": "mix", "hardware": "T4"},
    {"name": "new", "pool": "new", "hardware": None, "reason": "no type"},
]


@pytest.fixture(autouse=True)
def _inventory() -> None:
    Path("cluster.json").write_text(json.dumps({"nodes": NODES}), encoding="utf-8")


def test_columns_of_fit_are_pools(mgr: Ask) -> None:
    answer = mgr("fit", "inference", SMALL, LARGE, "--inventory", "cluster.json")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    pools = "train: 8x H100 80GB (85.52 GB), mix: T4 (16.11 GB); 2x L4 (24.15 GB), new: no type (new)"
    assert lines[0] == f"{pools}: inference"
    header, small, large = (line.split() for line in lines[4:])
    assert header == ["ID", "train", "mix", "new"]
    assert (small[0], small[-1]) == (SMALL, "?")
    assert large[-2:] == ["no", "?"]


def test_a_pool_alone_is_a_column_too(mgr: Ask) -> None:
    Path("one.json").write_text(json.dumps({"nodes": NODES[:1]}), encoding="utf-8")
    out = mgr("fit", "inference", SMALL, "--inventory", "one.json").out
    assert out.splitlines()[4].split() == ["ID", "train"]
    markdown = mgr("fit", "inference", SMALL, "--inventory", "one.json", "--format", "markdown").out
    assert markdown.startswith("| ID | train |")
    document = json.loads(mgr("fit", "inference", SMALL, "--inventory", "one.json", "--json").out)
    assert (document["format"], document["fits"][0]["pool"]) == ("mgr.fits/1", "train")


def test_json_says_the_pool_and_the_gpus_of_each_row(mgr: Ask) -> None:
    document = json.loads(mgr("fit", "inference", SMALL, LARGE, "--inventory", "cluster.json", "--json").out)
    rows = {fits["pool"]: {row["id"]: row for row in fits["models"]} for fits in document["fits"]}
    assert {pool: (each[SMALL]["gpu"], each[SMALL]["gpus"]["there"]) for pool, each in rows.items()} == {
        "train": ("H100 80GB", 8),
        "mix": ("L4", 2),
        "new": ("GPU of a node", 1),
    }
    lines = mgr("fit", "inference", SMALL, "--inventory", "cluster.json", "--format", "csv").out.splitlines()
    assert "pool" in lines[0].split(",")


@pytest.mark.parametrize(
    ("ids", "options", "code"),
    [
        ([SMALL], [], 0),
        ([SMALL, LARGE], [], 0),
        ([LARGE], ["--now"], 3),
        ([SMALL], ["--now"], 0),
        (["none"], [], 2),
    ],
)
def test_one_pool_that_passes_is_enough(ids: list[str], options: list[str], code: int, mgr: Ask) -> None:
    assert mgr("validate", "inference", *ids, "--inventory", "cluster.json", *options).code == code


def test_no_pool_that_passes_is_a_no(mgr: Ask) -> None:
    Path("small.json").write_text(json.dumps({"nodes": NODES[1:3]}), encoding="utf-8")
    answer = mgr("validate", "inference", LARGE, "--inventory", "small.json")
    assert answer.code == 1
    assert f"fail: {LARGE} on mix: each of 2 x L4" in answer.out


def test_reports_name_their_pool(mgr: Ask) -> None:
    document = json.loads(mgr("validate", "inference", SMALL, "--inventory", "cluster.json", "--json").out)
    assert [report["pool"] for report in document["reports"]] == ["train", "mix", "new"]
    assert document["verdict"] == "ok"
    junit = mgr("validate", "inference", SMALL, "--inventory", "cluster.json", "--format", "junit").out
    assert f"{SMALL} on mix" in junit


def test_a_node_without_a_free_gpu_has_none_now(mgr: Ask) -> None:
    out = mgr("validate", "inference", SMALL, "--inventory", "cluster.json", "--now").out
    assert "the file names no GPU. No GPU of these nodes is free." in out


def test_standard_input_is_an_inventory(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory_files, "_text", lambda path: f'{{"nodes": [{{"name": "{path}", "hardware": "L4"}}]}}')
    assert " -: " not in mgr("fit", "inference", SMALL, "--inventory", "-").out
    assert mgr("validate", "inference", SMALL, "--inventory", "-").code == 0


@pytest.mark.parametrize("command", ["fit", "validate"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--inventory", "gone.json"], "gone.json: no such file"),
        (["--inventory", "empty.json"], "the inventory has no nodes"),
        (["--inventory", "cluster.json", "--gpu", "L4"], "--gpu and --inventory contradict each other"),
        (["--inventory", "cluster.json", "--hardware", "x"], "--hardware and --inventory contradict each other"),
    ],
)
def test_what_cannot_be_judged_is_one_line(command: str, options: list[str], said: str, mgr: Ask) -> None:
    Path("empty.json").write_text('{"nodes": []}', encoding="utf-8")
    answer = mgr(command, "inference", SMALL, *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_an_inventory_may_be_configured(mgr: Ask) -> None:
    Path("mgr.toml").write_text('inventory = "cluster.json"\ngpu = "T4"\n', encoding="utf-8")
    for command in ("fit", "validate"):
        answer = mgr(command, "inference", SMALL)
        assert "train" in answer.out
        assert "note: --inventory 'cluster.json', as " in answer.err
        assert "train" not in mgr(command, "inference", SMALL, "--gpu", "L4").out
    assert mgr("validate", "inference", SMALL, "--quiet").err == ""
    assert "train" not in mgr("validate", "inference", SMALL, "--skip-hardware").out
