"""``mgr plan``, through the real program."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import stack_of

Ask = Callable[..., Any]

LARGE, SMALL = "meta-llama/Llama-3.3-70B-Instruct", "Qwen/Qwen3-8B"
COLUMNS = ["GPU", "COUNT", "GB", "SPLIT", "EXPECTED", "SAFE", "SHARE", "CONTEXT"]


@pytest.fixture
def plan(mgr: Ask) -> Ask:
    """Ask ``mgr plan``."""
    return lambda *arguments, **more: mgr("plan", *arguments, **more)


def test_the_gpus_that_run_a_model_stand_by_their_memory(plan: Ask) -> None:
    """Under what was assumed; each with its count, its split, and the share of it that is safe."""
    answer = plan("inference", LARGE, "--gpu", "A100 SXM4 80GB,L4", "--gpu", "H100 SXM5 80GB")
    title, assumed, legend, empty, header, *rows = answer.out.splitlines()

    assert (answer.code, answer.err, empty) == (0, "", "")
    assert title == f"{LARGE}: inference"
    assert assumed == f"{engine_of('vllm').named}; its own context length"
    assert legend == (
        "GB per GPU. EXPECTED: likely peak; SAFE: what to have; SHARE: SAFE of the GPU; tight: SAFE is above it. "
        "CONTEXT: sequences x tokens."
    )
    assert header.split() == COLUMNS
    cells = [re.split(r"  +", row) for row in rows]
    memory = [int(count) * float(size) for _, count, size, *_ in cells]
    assert memory == sorted(memory) != []
    assert {name.split()[0] for name, *_ in cells} <= {"A100", "H100", "L4"}
    assert {split for _, _, _, split, *_ in cells} <= {"tensor", "tensor + pipeline"}


def test_an_id_may_be_written_as_people_do(plan: Ask) -> None:
    """One line says what was taken."""
    answer = plan("inference", "qwen3-8b", "--gpu", "L4", "--json")

    assert json.loads(answer.out)["id"] == "Qwen/Qwen3-8B"
    assert answer.err == "mgr: note: 'qwen3-8b' is taken as Qwen/Qwen3-8B\n"


def test_settings_are_judged_for_every_gpu(plan: Ask) -> None:
    """Those of the options that other commands take; a split that is set is judged as it is."""
    trained = plan(
        "training", "Qwen/Qwen3-8B", "--gpu", "RTX 3060", "--method", "qlora", "--stack", "trl", "--set", "batch_size=1"
    )
    split = json.loads(
        plan("inference", LARGE, "--gpu", "H100 SXM5 80GB", "--set", "tensor_parallel_size=4", "--json").out
    )

    assert (
        f"{stack_of('trl').named}; its own method, batch and length, but batch_size=1 method=qlora stack=trl"
        in trained.out
    )
    assert "qlora 1x" in trained.out
    assert [choice["count"] for choice in split["choices"]] == [4]
    assert not split["choices"][0]["split"]["chosen"]


def test_where_nothing_runs_it_the_reason_is_there(plan: Ask) -> None:
    """Still an answer."""
    answer = plan("training", LARGE, "--gpu", "T4", "--method", "full")

    assert answer.code == 0
    assert answer.out.startswith(f"{LARGE}: training\nNo GPU runs it; the largest: ")


def test_every_format_has_the_same_choices(plan: Ask) -> None:
    """Rows of JSON lines and CSV have what those of JSON have."""
    question = ("inference", LARGE, "--gpu", "H100,L4")
    document = json.loads(plan(*question, "--json").out)
    lines = [json.loads(line) for line in plan(*question, "--format", "jsonl").out.splitlines()]
    rows = list(csv.DictReader(plan(*question, "--format", "csv").out.splitlines()))
    markdown = plan(*question, "--format", "markdown").out.splitlines()
    none = ("training", LARGE, "--gpu", "T4", "--method", "full")

    assert lines == document["choices"]
    assert [(row["gpu"], int(row["count"]), float(row["safe_gb"])) for row in rows] == [
        (choice["gpu"], choice["count"], choice["safe_gb"]) for choice in lines
    ]
    assert rows[0]["assumed_context_tokens"] == str(lines[0]["assumed"]["context_tokens"])
    assert rows[0]["split_how"] == "tensor_parallel"
    assert markdown[0] == f"| {' | '.join(COLUMNS)} |"
    assert len(markdown) == 2 + len(rows)
    assert plan(*none, "--format", "csv").out == ""
    assert len(plan(*none, "--format", "markdown").out.splitlines()) == 2


def test_a_long_name_stands_above_its_row(mgr_on_terminal: Ask) -> None:
    """As ids do."""
    answer = mgr_on_terminal("plan", "inference", LARGE, "--gpu", "RTX PRO 6000 Blackwell Workstation,L4")
    lines = answer.out.splitlines()

    assert max(map(len, lines)) <= 80
    assert "RTX PRO 6000 Blackwell Workstation" in lines


def test_the_first_choices_are_enough_for_a_terminal(plan: Ask, mgr_on_terminal: Ask) -> None:
    """Within 80 columns; --all and --limit say how many there are instead."""
    short = mgr_on_terminal("plan", "inference", "Qwen/Qwen3-4B", env={"NO_COLOR": "1"}).out.splitlines()
    total = json.loads(plan("inference", "Qwen/Qwen3-4B", "--json").out)["total"]
    limited = plan("inference", "Qwen/Qwen3-4B", "--limit", "3").out.splitlines()

    assert max(map(len, short)) <= 80
    assert short[-1] == f"{total - 15} more choices: --all shows every one."
    assert len(limited) == 5 + 3 + 2
    assert len(plan("inference", "Qwen/Qwen3-4B", "--all").out.splitlines()) == 5 + total


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["inference", "no/model"], "no model 'no/model' in the registry", id="no model"),
        pytest.param(["inference", LARGE, "--gpu", "L4:2"], "name a whole GPU, without a count", id="a count"),
        pytest.param(["inference", LARGE, "--gpu", "L44"], "no GPU 'L44'", id="no GPU"),
        pytest.param(["inference", LARGE, "--stack", "trl"], "--stack: only for training", id="another task's option"),
        pytest.param(["inference", LARGE, "--all", "--limit", "2"], "--all and --limit contradict", id="two"),
    ],
)
def test_a_wrong_question_exits_with_2(arguments: list[str], problem: str, plan: Ask) -> None:
    """In one line."""
    answer = plan(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert problem in answer.err.splitlines()[0]


POOLS = {
    "nodes": [
        {"name": "dgx", "pool": "train", "hardware": "8x H100-80GB"},
        {"name": "old", "pool": "odd", "hardware": "A100:4"},
        {"name": "new", "pool": "new", "hardware": None, "reason": "no type"},
        {"name": "off", "pool": "train", "hardware": "L4", "reason": "drained"},
    ]
}


@pytest.fixture
def _cluster() -> None:
    Path("cluster.json").write_text(json.dumps(POOLS), encoding="utf-8")
    Path("none.json").write_text('{"nodes": [{"name": "c", "pool": "cpu", "hardware": {"gpus": []}}]}', "utf-8")
    Path("bad.json").write_text('{"nodes": [{"pool": "p"}]}', encoding="utf-8")


@pytest.mark.usefixtures("_cluster")
def test_the_gpus_of_a_cluster_stand_by_their_memory(plan: Ask) -> None:
    """With their pool; below them the pools in which nothing runs it, and why."""
    answer = plan("inference", LARGE, "--inventory", "cluster.json")
    header, four, eight, empty, title, new, odd = answer.out.splitlines()[4:]

    assert (answer.code, answer.err, empty) == (0, "", "")
    assert header.split() == ["POOL", *COLUMNS]
    assert [re.split(r"  +", row)[:3] for row in (four, eight)] == [
        ["train", "H100 80GB", count] for count in ("4", "8")
    ]
    assert title == "Pools in which no node runs it:"
    assert new == "  new: Could not be checked: the memory of GPU 0 (GPU of a node) is not known: no type (new)"
    assert odd.startswith("  odd: Could not be checked: the name means several GPUs, and they differ")


@pytest.mark.usefixtures("_cluster")
def test_every_format_has_the_pools(plan: Ask) -> None:
    """First in each row."""
    question = ("inference", LARGE, "--inventory", "cluster.json")
    document = json.loads(plan(*question, "--json").out)
    rows = list(csv.DictReader(plan(*question, "--format", "csv").out.splitlines()))
    markdown = plan(*question, "--format", "markdown").out

    assert [(one["pool"], one["gpu"], one["count"]) for one in document["choices"]] == [
        ("train", "H100 80GB", 4),
        ("train", "H100 80GB", 8),
    ]
    assert [one["pool"] for one in document["refused_pools"]] == ["new", "odd"]
    assert [(row["pool"], row["count"]) for row in rows] == [("train", "4"), ("train", "8")]
    assert markdown.startswith(f"| POOL | {' | '.join(COLUMNS)} |")


@pytest.mark.usefixtures("_cluster")
def test_a_cluster_fits_a_terminal(mgr_on_terminal: Ask) -> None:
    """Pools and GPUs are one column if they are too wide for two, and long ones stand above their rows."""
    plain = {"NO_COLOR": "1"}
    wide = mgr_on_terminal("plan", "inference", SMALL, "--inventory", "cluster.json", env=plain).out.splitlines()
    Path("cluster.json").write_text(json.dumps({"nodes": POOLS["nodes"][:1]}), encoding="utf-8")
    narrow = mgr_on_terminal("plan", "inference", SMALL, "--inventory", "cluster.json", env=plain).out.splitlines()

    assert max(map(len, [*wide, *narrow])) <= 80
    assert "POOL: GPU" in "\n".join(wide)
    assert "odd: A100 40GB or A100 80GB" in "\n".join(wide)
    assert narrow[-5].split()[:2] == ["POOL", "GPU"]


@pytest.mark.usefixtures("_cluster")
def test_a_cluster_without_gpus_says_so(plan: Ask) -> None:
    """Still an answer."""
    answer = plan("inference", SMALL, "--inventory", "none.json")

    assert answer.code == 0
    assert answer.out == f"{SMALL}: inference\nNo node runs it:\n  cpu: the file names no GPU.\n"


@pytest.mark.usefixtures("_cluster")
def test_a_configured_inventory_is_used_where_no_gpu_is_named(plan: Ask) -> None:
    """As in fit."""
    Path("mgr.toml").write_text('inventory = "cluster.json"\n', encoding="utf-8")
    answer = plan("inference", LARGE)

    assert "note: --inventory 'cluster.json', as " in answer.err
    assert "POOL" in answer.out
    assert "POOL" not in plan("inference", LARGE, "--gpu", "H100").out


@pytest.mark.usefixtures("_cluster")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--inventory", "gone.json"], "gone.json: no such file"),
        (["--inventory", "bad.json"], "bad.json: /nodes/0/name: a required key, found nothing"),
        (["--inventory", "cluster.json", "--gpu", "L4"], "--gpu and --inventory contradict each other"),
    ],
)
def test_what_is_no_cluster_is_one_line(options: list[str], said: str, plan: Ask) -> None:
    answer = plan("inference", SMALL, *options)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
