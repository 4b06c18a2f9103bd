"""``mgr inventory``: the group, and an inventory through all of its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cluster_samples import KUBECTL, RAY, SLICES, SLURM_JSON, SLURM_TEXT

from model_garden_registry.cli.commands.clusters.inventory import SUBCOMMANDS
from model_garden_registry.payloads.shapes.documents import schema_of

Ask = Callable[..., Any]


def test_help_lists_the_commands(mgr: Ask) -> None:
    answer = mgr("inventory")
    assert answer.code == 0
    assert all(f"  {name} " in answer.out and sentence in answer.out for name, sentence in SUBCOMMANDS.items())


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_help_of_a_command_begins_with_its_sentence(name: str, mgr: Ask) -> None:
    assert SUBCOMMANDS[name] in mgr("inventory", name, "--help").out


@pytest.mark.parametrize(
    ("manager", "path"),
    [("slurm", SLURM_JSON), ("slurm", SLURM_TEXT), ("kubernetes", KUBECTL), ("dra", SLICES), ("ray", RAY)],
    ids=lambda value: str(value)[-12:],
)
def test_each_sample_gives_an_inventory_of_the_schema(manager: str, path: Path, mgr: Ask) -> None:
    plain, json_asked = mgr("inventory", "from", manager, path), mgr("inventory", "from", manager, path, "--json")
    assert (plain.code, plain.err, plain.out) == (0, "", json_asked.out)
    document = json.loads(plain.out)
    jsonschema.validate(document, schema_of("mgr.inventory/1"))
    Path("inventory.json").write_text(plain.out, encoding="utf-8")
    assert json.loads(mgr("inventory", "show", "inventory.json", "--json").out) == document
    assert json.loads(mgr("inventory", "merge", "inventory.json").out)["nodes"]


def test_show_is_a_table_by_pool(mgr: Ask) -> None:
    Path("a.json").write_text(mgr("inventory", "from", "slurm", SLURM_JSON).out, encoding="utf-8")
    answer = mgr("inventory", "show", "a.json")
    assert (answer.code, answer.err) == (0, "")
    assert [line.rstrip() for line in answer.out.splitlines()] == [
        "8 nodes with 34 GPUs and MIG slices in 2 pools: slurm, as of 2026-11-28T13:27:34Z",
        "NODE        NODES  GPUS OF EACH                GB      FREE  GB FROM",
        "",
        "gpu,all: 7 nodes with 34 GPUs and MIG slices",
        "a100-[1-2]      2  4x A100 40GB              42.9    8 of 8  table",
        "dgx[01-02]      2  8x H100 80GB              85.5  16 of 16  table",
        "l40s-1          1  4x L40S                   48.3    4 of 4  table",
        "mig1            1  2x A100 40GB MIG 3g.20gb  20.9    2 of 2  table",
        "mig1            1  4x A100 40GB MIG 1g.5gb    5.1    4 of 4  table",
        "plain1          1  ?                                      8           Slurm states no GPU type (gpu:8)",
        "",
        "all: 1 node with 0 GPUs",
        "cpu1            1  none                                   0",
    ]


def test_show_fits_a_terminal(mgr_on_terminal: Ask, mgr: Ask) -> None:
    Path("a.json").write_text(mgr("inventory", "from", "slurm", SLURM_JSON).out, encoding="utf-8")
    lines = mgr_on_terminal("inventory", "show", "a.json").out.splitlines()
    assert max(map(len, lines)) <= 80


def test_ambiguous_unknown_and_empty_inventories_are_shown(mgr: Ask) -> None:
    nodes = [
        {"name": "n" * 90, "hardware": "A100:4", "free": {"gpus": 1}},
        {"name": "\x1b[31mred", "hardware": {"gpus": [{"name": None, "total_mib": None}]}, "reason": "a\nb"},
    ]
    Path("a.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    out = mgr("inventory", "show", "a.json").out
    assert "4x A100 40GB or 4x A100 80GB  42.9 or 85.9  1 of 4  table" in out
    assert f"{'n' * 59}…" in out
    assert "\\x1b[31mred" in out
    assert "a\\nb" in out
    Path("a.json").write_text('{"nodes": []}', encoding="utf-8")
    assert mgr("inventory", "show", "a.json").out == "0 nodes with 0 GPUs in 0 pools: file\n"
