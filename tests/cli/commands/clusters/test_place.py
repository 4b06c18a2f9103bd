"""``mgr inventory place``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.placement import placing

Ask = Callable[..., Any]
SMALL, LARGE, HUGE = "Qwen/Qwen3-8B", "meta-llama/Llama-3.3-70B-Instruct", "deepseek-ai/DeepSeek-V3"
#: Three pools, one of MIG slices, and nodes of which nothing is known.
POOLS: list[dict[str, Any]] = [
    {"name": "dgx[01-02]", "count": 2, "pool": "train", "hardware": "8x H100-80GB", "free": {"gpus": 6}},
    {"name": "l4-[1-8]", "count": 8, "pool": "small", "hardware": "2x L4"},
    {"name": "mig1", "pool": "slices", "hardware": "H100-80GB 1g.10gb:7"},
    {"name": "new[1-3]", "count": 3, "pool": "train", "hardware": None, "reason": "Slurm states no GPU type (gpu:8)"},
]


@pytest.fixture
def pools() -> Path:
    """Write the inventory."""
    return written(*POOLS)


def written(*nodes: dict[str, Any]) -> Path:
    """Write an inventory of these nodes."""
    path = Path("pools.json")
    path.write_text(json.dumps({"source": "slurm", "as_of": "2026-11-23T00:00:00Z", "nodes": nodes}), encoding="utf-8")
    return path


def snapshot(name: str, mib: int | None) -> dict[str, Any]:
    """Return the hardware of a node with one GPU."""
    return {"format": "mgr.hardware/1", "gpus": [{"name": name, "total_mib": mib}]}


def place(mgr: Ask, pools: Path, *arguments: str) -> Any:
    """Ask for a placement of models that are served."""
    return mgr("inventory", "place", "inference", *arguments, "--inventory", pools)


def test_each_model_has_a_row_and_what_has_no_place_a_reason(mgr: Ask, pools: Path) -> None:
    """Exit code 1: one is not placed."""
    answer = place(mgr, pools, SMALL, LARGE, HUGE)

    assert answer.code == 1
    assert answer.err == ""
    assert answer.out.startswith(
        "2 of 3 models placed on 5 GPUs: inference, optimal (CP-SAT)\n"
        "Inventory: slurm, as of 2026-11-23T00:00:00Z\n"
        "vLLM "
    )
    assert f"\n{LARGE}  train         1     4  tensor " in answer.out
    assert f"\nNot placed\n{HUGE}: it runs on none of these GPUs\n    slices: GPU 0 slice 0 " in answer.out
    assert "train, 3 nodes: Slurm states no GPU type (gpu:8)\n" in answer.out


def test_a_terminal_of_80_columns_is_enough_for_three_pools(mgr_on_terminal: Ask, pools: Path) -> None:
    """Nothing is cut, and no line is longer."""
    answer = place(mgr_on_terminal, pools, SMALL, LARGE, HUGE, "--color", "never")
    lines = answer.out.splitlines()

    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith(("POOL", "slices ", "small ", "train "))] == [
        "POOL    GPU                      GB  GPUS  IN USE  PLACED  LEFT  AT MOST",
        "slices  H100 80GB MIG 1g.10gb  10.5     7       0       0     7        7",
        "small   L4                     24.2    16       0       0    16        2",
        "train   H100 80GB              85.5    16       4       5     7        6",
    ]
    assert f"{LARGE}      no        no   1 of 2" in lines


def test_every_model_placed_is_exit_code_0(mgr: Ask, pools: Path) -> None:
    """As a document, too."""
    answer = place(mgr, pools, SMALL, "--replicas", "3", "--json")
    document = json.loads(answer.out)

    assert answer.code == 0
    assert (document["format"], document["is_complete"], document["gpus"]) == ("mgr.placement/1", True, 3)


def test_replicas_are_of_all_models_or_of_one(mgr: Ask, pools: Path) -> None:
    """The last number that is for a model counts; ids as people write them."""
    answer = place(mgr, pools, SMALL, LARGE, "--replicas", "2", "--replicas", "qwen3-8b=5", "--json")

    assert [model["replicas"] for model in json.loads(answer.out)["models"]] == [5, 2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0", "a whole number from 1 to 1,000,000,000, not '0'"),
        ("-1", "a whole number from 1 to 1,000,000,000, not '-1'"),
        ("two", "a whole number from 1 to 1,000,000,000, not 'two'"),
        ("", "a whole number from 1 to 1,000,000,000, not ''"),
        ("1" * 5000, "a whole number from 1 to 1,000,000,000, not '111"),
        ("1000000001", "a whole number from 1 to 1,000,000,000, not '1000000001'"),
        ("²", "a whole number from 1 to 1,000,000,000, not '²'"),
        (f"{LARGE}=2", f"{LARGE} is not among the models to place"),
    ],
)
def test_wrong_replicas_are_invalid_usage(text: str, problem: str, mgr: Ask, pools: Path) -> None:
    """One line, exit code 2."""
    answer = place(mgr, pools, SMALL, f"--replicas={text}")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mgr: error: --replicas: {problem}")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["no/model"], 2, "no model 'no/model' in the registry"),
        ([SMALL, "--set", "batch_siz=1"], 2, "unknown setting"),
        ([SMALL, "--seconds", "nan"], 2, "--seconds: "),
        ([SMALL, "--seconds", "-1"], 2, "--seconds: "),
        ([SMALL, "--solver", "magic"], 2, "--solver: "),
        ([SMALL, "--jobs", "slurm"], 2, "jobs need a platform and a folder: --jobs TARGET --output DIR"),
        ([SMALL, "-o", "jobs"], 2, "jobs need a platform and a folder: --jobs TARGET --output DIR"),
        ([SMALL, "--jobs", "nomad", "-o", "jobs"], 2, "--jobs: "),
        ([SMALL, "--set", "engine=transformers", "--jobs", "kubernetes", "-o", "jobs"], 1, "transformers"),
    ],
    ids=str,
)
def test_wrong_questions_are_one_line(arguments: list[str], code: int, problem: str, mgr: Ask, pools: Path) -> None:
    """And write nothing."""
    answer = place(mgr, pools, *arguments)

    assert (answer.code, answer.out) == (code, "")
    assert problem in answer.err
    assert answer.err.count("mgr: error: ") == 1
    assert not Path("jobs").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("{", "truncated"),
        ("[]", "an object, found []"),
        ('{"nodes": 3}', "/nodes"),
        ('{"nodes": []}', "the inventory has no nodes"),
        ('{"nodes": [{"name": "a", "hardware": "8x H1O0"}]}', "/nodes/0/hardware"),
        ('{"nodes": [{"name": "a", "hardware": "L4", "count": 0}]}', "/nodes/0/count"),
        ('{"nodes": [{"name": "a", "hardware": "L4", "count": 1e9}]}', "/nodes/0/count"),
        ('{"nodes": [{"name": "a", "hardware": "L4", "free": {"gpus": -1}}]}', "/nodes/0/free/gpus"),
    ],
)
def test_what_is_no_inventory_is_told_with_its_place(text: str, problem: str, mgr: Ask) -> None:
    """Exit code 2."""
    path = Path("bad.json")
    path.write_text(text, encoding="utf-8")
    answer = place(mgr, path, SMALL)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(("mgr: error: bad.json:", "mgr: error: --inventory: "))
    assert problem in answer.err


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param([{"name": "a", "hardware": None}], id="nothing known"),
        pytest.param([{"name": "a", "hardware": "4x L4", "free": {"gpus": 0}}], id="all in use"),
        pytest.param([{"name": "a", "hardware": "A100", "reason": "40 or 80 GB"}], id="an unclear name"),
    ],
)
def test_an_inventory_of_no_use_is_an_answer(nodes: list[dict[str, Any]], mgr: Ask) -> None:
    """Nothing is placed: exit code 1, with the reason."""
    answer = place(mgr, written(*nodes), SMALL)

    assert answer.code == 1
    assert f"\n\nNot placed\n{SMALL}: " in answer.out


def test_the_inventory_may_be_configured(mgr: Ask, pools: Path) -> None:
    """Else it is to be named."""
    unnamed = mgr("inventory", "place", "inference", SMALL)
    Path("mgr.toml").write_text(f'inventory = "{pools}"\n', encoding="utf-8")
    configured = mgr("inventory", "place", "inference", SMALL)

    assert (unnamed.code, unnamed.out) == (2, "")
    assert unnamed.err.startswith("mgr: error: --inventory: which nodes: name an inventory, here or in mgr.toml\n")
    assert configured.code == 0
    assert configured.err.startswith("mgr: note: --inventory 'pools.json', as ")


def test_names_from_a_file_are_escaped(mgr: Ask) -> None:
    """No escape sequence reaches the terminal, and a long list of entries is counted."""
    odd = [{"name": f"\x1b[31mnode{number}" + "x" * 99, "pool": "p\x1b[0m", "hardware": "L4"} for number in range(5)]
    answer = place(mgr, written(*odd), SMALL, "--replicas", "5")

    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert "…, 2 more\n" in answer.out


def test_a_pool_with_several_kinds_of_gpus_names_them(mgr: Ask) -> None:
    """By memory, if even the name is the same."""
    nodes = [
        {"name": "a", "pool": "p", "hardware": "L4"},
        {"name": "b", "pool": "p", "hardware": "A10"},
        {"name": "c", "pool": "q", "hardware": snapshot("X", 24000)},
        {"name": "d", "pool": "q", "hardware": snapshot("X", 48000)},
        {"name": "e", "pool": "r", "hardware": snapshot("Y", None)},
    ]
    answer = place(mgr, written(*nodes), SMALL)

    heads = next(line for line in answer.out.splitlines() if line.startswith("MODEL") and "p L4" in line)

    assert re.split("  +", heads) == ["MODEL", "p L4", "p A10", "q X 50.3 GB", "q X 25.2 GB", "r"]
    assert "\nr     Y       ?     1 " in answer.out


def test_a_model_over_two_nodes_shows_them(mgr: Ask) -> None:
    """As the number of nodes, times the GPUs of each."""
    answer = place(mgr, written({"name": "dgx[1-2]", "count": 2, "pool": "p", "hardware": "8x H100-80GB"}), HUGE)

    assert answer.code == 0
    assert f"\n{HUGE}  p            1  2 x 8  tensor + pipeline " in answer.out


def test_a_model_that_needs_no_gpu_is_said_to_need_none(mgr: Ask, tmp_path: Path) -> None:
    """It has no row."""
    least = {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_gpus": 1}
    none = {"requirements": {"min_vram_gb": 0, "recommended_vram_gb": 0, "inference": least, "training": least}}
    overlay = tmp_path / "own.json"
    overlay.write_text(json.dumps({"extends": True, "version": "1.2.0", "models": {SMALL: none}}), encoding="utf-8")
    answer = place(mgr, written({"name": "a", "hardware": None}), SMALL, "--registry", str(overlay))

    assert (answer.code, f"\n{SMALL}: needs no GPU" in answer.out) == (0, True)


def test_first_fit_says_that_it_is_one(mgr: Ask, pools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, or because OR-Tools is not there; asked for CP-SAT, the extra is named."""
    asked = place(mgr, pools, SMALL, "--solver", "first-fit")
    monkeypatch.setattr(placing, "is_installed", lambda: False)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    lacking, refused = place(mgr, pools, SMALL), place(mgr, pools, SMALL, "--solver", "cpsat")

    assert "1 model placed on 1 GPU: inference, packed by plain first-fit\n" in asked.out
    assert "plain first-fit may leave out models that would fit" in lacking.out
    assert (refused.code, "[place]" in refused.err) == (3, True)


def test_a_search_that_ends_early_says_so(mgr: Ask, pools: Path) -> None:
    """In how many seconds it was the best."""
    answer = place(mgr, pools, SMALL, "--seconds", "0")

    assert "the best found in 0 s (CP-SAT)" in answer.out


def test_jobs_are_written_all_or_none(mgr: Ask, pools: Path) -> None:
    """A file that exists is kept, unless it is forced."""
    asked = (SMALL, LARGE, "--jobs", "slurm", "-o", "jobs")
    first, again, forced = place(mgr, pools, *asked), place(mgr, pools, *asked), place(mgr, pools, *asked, "--force")

    assert [one.code for one in (first, again, forced)] == [0, 2, 0]
    assert sorted(path.name for path in Path("jobs").iterdir()) == [
        "meta-llama-llama-3-3-70b-instruct.sh",
        "qwen-qwen3-8b.sh",
    ]
    assert "mgr: note: wrote jobs/qwen-qwen3-8b.sh\n" in first.err
    assert again.err.startswith("mgr: error: --output: jobs/qwen-qwen3-8b.sh exists; --force overwrites it")
    assert "#SBATCH --partition=train\n" in Path("jobs/qwen-qwen3-8b.sh").read_text(encoding="utf-8")


def test_the_jobs_of_ray_are_one_file(mgr: Ask, pools: Path) -> None:
    """A cluster of Ray runs one configuration."""
    answer = place(mgr, pools, SMALL, "--replicas", "20", "--jobs", "ray-serve-llm", "--output", "jobs")

    assert answer.code == 0
    assert [path.name for path in Path("jobs").iterdir()] == ["serve.yaml"]


@pytest.mark.parametrize("target", ["kubernetes", "slurm", "skypilot"])
def test_jobs_are_for_a_platform(target: str, mgr: Ask, pools: Path) -> None:
    """One for each pool."""
    answer = place(mgr, pools, SMALL, "--replicas", "20", "--jobs", target, "--output", "jobs")
    ending = "sh" if target == "slurm" else "yaml"

    assert answer.code == 0
    assert {path.name for path in Path("jobs").iterdir()} == {
        f"qwen-qwen3-8b-{pool}.{ending}" for pool in ("small", "train")
    }


def test_what_a_job_does_not_say_is_a_note(mgr: Ask) -> None:
    """With the name of its file."""
    answer = place(mgr, written(POOLS[2]), "Qwen/Qwen3-0.6B", "--jobs", "kubernetes", "--output", "jobs")

    assert answer.code == 0
    assert "mgr: note: qwen-qwen3-0-6b.yaml: it is placed on a MIG slice, H100 80GB MIG 1g.10gb: " in answer.err


def test_a_word_that_is_no_task_suggests_no_command_that_does_not_exist(mgr: Ask, pools: Path) -> None:
    """There is no ``mgr place``."""
    answer = mgr("inventory", "place", "serving", SMALL, "--inventory", pools)

    assert answer.code == 2
    assert answer.err.splitlines()[0] == "mgr: error: TASK: 'serving' is not one of 'training', 'inference'"
