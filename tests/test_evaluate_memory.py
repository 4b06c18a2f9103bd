"""The evaluation of the memory estimates: its answer, its goals, and what it makes of tables that are not as ours."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from benchmarks.evaluate_memory import main

import model_garden_registry

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = Path(model_garden_registry.__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "evaluate_memory.py"
DATA = ROOT / "benchmarks" / "data"
PARTS = {
    *("serving", "training", "training_hf", "training_certain", "sharded"),
    *("kv_bytes", "kv_tokens", "non_kv", "weights", "weights_quantised"),
}
CLASSES = {"dense", "mixture_of_experts", "hybrid", "vision", "sharded", "serving", "overall"}
SCORES = {"n", "mape", "median", "p90", "bias", "under5", "safe_under5"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script in this process, from the repository."""
    with (
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        code = main(arguments)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def run_process(*program: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a process of its own; warnings are errors."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "PYTHONUTF8": "1"}
    call = [sys.executable, "-W", "error", *program]
    return subprocess.run(call, check=False, capture_output=True, encoding="utf-8", cwd=ROOT, env=environment)


@cache
def evaluation() -> dict[str, Any]:
    """Give the answer for the measurements in the repository."""
    answer: dict[str, Any] = json.loads(run("--json", "--leave-out-source").stdout)
    return answer


def written(path: Path, rows: list[dict[str, str]]) -> str:
    """Write a table and give its name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


ROW = {
    "arch": "Llama-3.1-8B",
    "task": "training",
    "method": "lora",
    "quant": "bf16",
    "batch": "1",
    "seq": "2048",
    "lora_r": "16",
    "lora_targets": "all",
    "grad_ckpt": "1",
    "framework": "transformers+peft",
    "quantity": "peak_allocated",
    "measured_gb": "18.91",
    "unit": "GiB",
    "notes": "lora_fp32=1",
}


def test_the_answer_has_exactly_the_agreed_keys() -> None:
    """One JSON document: scores by part and class, sources and other estimators, in percent."""
    answer = json.loads(run("--json").stdout)

    assert set(answer) == PARTS | CLASSES | {"by_source", "peers"}
    assert all(set(answer[name]) >= SCORES for name in PARTS)
    assert all({"n", "mape", "safe_under5", "safe_ratio"} <= set(answer[name]) for name in CLASSES)
    assert set(answer["kv_tokens"]) == SCORES | {"mean", "max"}
    assert all(set(tasks) == {"serving", "training"} for tasks in answer["peers"].values())
    assert set(answer["by_source"]["Lightning-AI/litgpt"]) == {"serving", "training"}


@pytest.mark.parametrize(
    ("scores", "name", "goal"),
    [
        ("serving", "mape", 3),
        ("serving", "median", 1.5),
        ("serving", "p90", 6),
        ("serving", "safe_under5", 2),
        ("training", "mape", 6),
        ("training", "median", 4),
        ("training", "p90", 13),
        ("training", "safe_under5", 5),
        ("training_hf", "mape", 4),
        ("training_hf", "median", 2.5),
        ("kv_tokens", "median", 0.5),
        ("kv_tokens", "max", 3),
    ],
)
def test_estimates_are_as_near_as_promised(scores: str, name: str, goal: float) -> None:
    """On all published measurements in the repository."""
    assert evaluation()[scores][name] <= goal


@pytest.mark.parametrize("scores", ["serving", "training", "training_hf"])
def test_constants_hold_for_sources_that_they_were_not_fitted_to(scores: str) -> None:
    """Fitted without the source that is scored, the mean error stays within one and a half times."""
    assert evaluation()["leave_out_source"][scores]["mape"] <= 1.5 * evaluation()[scores]["mape"]


def test_nobody_else_is_as_near() -> None:
    """Every other estimator has a larger median error on what it covers."""
    found = evaluation()

    assert all(
        scores["median"] > found[task]["median"]
        for tasks in found["peers"].values()
        for task, scores in tasks.items()
        if scores["n"]
    )


def test_bands_are_wider_than_the_errors() -> None:
    """What an estimate says of itself is what the evaluation found, also for unseen sources."""
    from model_garden_registry.memory.classes import SPREADS

    for kind, scores in (("serving", "serving"), ("dense", "training")):
        unseen = evaluation()["leave_out_source"][scores]["p90"]
        assert max(unseen, evaluation()[scores]["p90"]) <= 100 * SPREADS[kind].band


def test_a_suspect_row_is_left_out_by_name() -> None:
    """On stderr, with its line; the table counts it."""
    reply = run_process("-m", "benchmarks.evaluate_memory")

    assert "measured_memory.csv:163: qwen1train-006: suspect at its source" in reply.stderr
    assert reply.stdout.splitlines()[-1] == "calibrated constants: 17; rows left out: 1; all in percent"


def test_the_default_files_are_those_of_the_repository() -> None:
    """Naming them changes nothing."""
    named = run("--measurements", str(DATA / "measured_memory.csv"), "--architectures", str(DATA / "architectures.csv"))

    reply = run_process(str(SCRIPT))

    assert (reply.stdout, reply.stderr, reply.returncode) == (named.stdout, named.stderr, named.returncode)


@cache
def evaluation_2026() -> tuple[dict[str, Any], str]:
    """Give the answer for the measurements that name entries of the registry, and what was said beside it."""
    reply = run("--json", "--rows", "--measurements", str(DATA / "measured_2026.csv"))
    return json.loads(reply.stdout), reply.stderr


@pytest.mark.parametrize(
    ("part", "rows"),
    [
        ("training", 40),
        ("training_certain", 15),
        ("sharded", 7),
        ("kv_bytes", 13),
        ("kv_tokens", 7),
        ("non_kv", 8),
        ("serving", 8),
        ("weights", 26),
        ("weights_quantised", 15),
        ("overall", 48),
    ],
)
def test_rows_that_name_entries_are_scored_by_part(part: str, rows: int) -> None:
    """Every row but the suspect ones has its place; none is left out for another reason."""
    answer, said = evaluation_2026()

    assert answer[part]["n"] == rows
    assert [line.rpartition(": ")[2] for line in said.splitlines()] == ["suspect at its source"] * 5


def test_each_row_is_printed_with_the_answer() -> None:
    """In its own unit: tokens for tokens, bytes for everything else."""
    rows = {row["id"]: row for row in evaluation_2026()[0]["rows"]}

    assert len(rows) == 94
    assert (rows["A-vs-01-b"]["measured"], rows["A-vs-01-b"]["predicted"]) == (57_354, 57_344)
    assert (rows["A-vs-01-t"]["measured"], rows["A-vs-01-t"]["class"]) == (464_848, "serving")


def test_rows_are_lines_of_the_table_as_well(tmp_path: Path) -> None:
    """What no setting expresses stands behind the error."""
    row = ROW | {"arch": "Qwen/Qwen3-8B", "notes": "sharding=megatron", "id": "mine-1", "quantity": "peak_reserved"}
    table = written(tmp_path / "rows.csv", [row])

    reply = run("--rows", "--measurements", table)

    line = next(line for line in reply.stdout.splitlines() if line.startswith("mine-1"))
    assert (reply.returncode, reply.stderr) == (0, "")
    assert line.split()[1:3] == ["peak_reserved", "20304457892"]
    assert line.endswith("%  sharding=megatron")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="a row as ours"),
        pytest.param({"framework": "unsloth 2026.9", "loss": "", "attn": "xformers"}, id="another framework"),
        pytest.param({"framework": "LLaMA-Factory 0.9", "optimizer": "muon"}, id="an unknown optimizer"),
        pytest.param({"method": "qlora", "quant": "nf4-dq", "gpu": "B200"}, id="another GPU"),
        pytest.param({"lora_targets": "q_proj,v_proj", "lora_r": ""}, id="targets by name"),
        pytest.param({"n_gpus": "4", "notes": "zero-3"}, id="sharded"),
        pytest.param({"extra": "column"}, id="one column more"),
        pytest.param({"unit": "MiB", "measured_gb": "19000"}, id="another unit"),
    ],
)
def test_other_stacks_are_scored_as_well(changes: dict[str, str], tmp_path: Path) -> None:
    """What a row does not say is as its stack has it."""
    table = written(tmp_path / "rows.csv", [ROW | changes])

    reply = run("--json", "--measurements", table)

    assert (reply.returncode, reply.stderr) == (0, "")
    assert json.loads(reply.stdout)["training"]["n"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"framework": "vLLM 0.19", "quantity": "vllm_non_kv_per_gpu", "seq": "8192"}, id="vllm"),
        pytest.param({"framework": "SGLang 0.5", "quantity": "peak_process"}, id="sglang"),
        pytest.param({"framework": "transformers 5.0", "quantity": "resident", "gen": "100"}, id="transformers"),
    ],
)
def test_engines_are_told_apart(changes: dict[str, str], tmp_path: Path) -> None:
    """By the framework that the row names."""
    table = written(tmp_path / "rows.csv", [ROW | {"task": "inference", "method": "generate"} | changes])

    reply = run("--json", "--measurements", table)

    assert (reply.returncode, reply.stderr) == (0, "")
    assert json.loads(reply.stdout)["serving"]["n"] == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"arch": "Owl-1T"}, "no architecture 'Owl-1T'"),
        ({"task": "dreaming"}, "unknown task 'dreaming'"),
        ({"method": "prompting"}, "unknown method 'prompting'"),
        ({"quant": "ternary"}, "unknown quantisation 'ternary'"),
        ({"quantity": "feeling"}, "unknown quantity 'feeling'"),
        ({"unit": "KiB"}, "unknown unit 'KiB'"),
        ({"unit": "tokens"}, "unknown unit 'tokens'"),
        ({"quantity": "kv_tokens", "unit": "GB"}, "unknown unit 'GB'"),
        ({"measured_gb": "much"}, "could not convert string to float: 'much'"),
        ({"measured_gb": "-1"}, "measured -1073741824.0"),
        ({"measured_gb": "nan"}, "measured nan"),
        ({"batch": "few"}, "could not convert string to float: 'few'"),
        ({"batch": "inf"}, "cannot convert float infinity to integer"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_row_that_cannot_be_scored_is_named(changes: dict[str, str], why: str, tmp_path: Path) -> None:
    """With file and line; the others are scored."""
    table = written(tmp_path / "rows.csv", [ROW, ROW | changes])

    reply = run("--json", "--measurements", table)

    row = (ROW | changes)["arch"]
    assert (reply.returncode, reply.stderr) == (0, f"left out: {table}:3: {row}: {why}\n")
    assert json.loads(reply.stdout)["training"]["n"] == 1


def test_a_table_without_a_row_has_no_errors(tmp_path: Path) -> None:
    """Nothing was measured: counts are zero, the rest is null."""
    table = written(tmp_path / "rows.csv", [ROW | {"arch": "Owl-1T"}])

    answer = json.loads(run("--json", "--measurements", table).stdout)

    assert answer["training"] == {"n": 0, **dict.fromkeys(SCORES - {"n"})}
    assert answer["kv_tokens"] == {"n": 0, **dict.fromkeys(SCORES - {"n"}), "mean": None, "max": None}
    assert answer["overall"] == {"n": 0, "mape": None, "safe_under5": None, "safe_ratio": None}


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        pytest.param(b"", 1, "no column arch, task, quantity, measured_gb", id="empty"),
        pytest.param(b"arch,task,quantity\n", 1, "no column measured_gb", id="a column is missing"),
        pytest.param(b"\xff\xfe\x00", 1, "cannot be read", id="not UTF-8"),
        pytest.param(b'arch,task,quantity,measured_gb\na,b,c,d\n"x"y,,,\n', 3, "", id="broken quotes"),
    ],
)
def test_a_broken_table_is_one_line(content: bytes, line: int, why: str, tmp_path: Path) -> None:
    """File, line and what is wrong; exit 2, no traceback."""
    table = tmp_path / "rows.csv"
    table.write_bytes(content)

    reply = run("--measurements", str(table))

    assert (reply.returncode, reply.stdout) == (2, "")
    assert reply.stderr.startswith(f"{table}:{line}: {why}")
    assert reply.stderr.count("\n") == 1


def test_a_table_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """Likewise."""
    reply = run("--architectures", str(tmp_path / "nowhere.csv"))

    assert (reply.returncode, reply.stderr.count("\n")) == (2, 1)


def test_a_measurement_says_the_constants_that_fit_it(tmp_path: Path) -> None:
    """Refitting prints every constant; those that the rows do not speak to are as they were."""
    from dataclasses import asdict

    from model_garden_registry.memory.constants import CALIBRATED

    table = written(tmp_path / "rows.csv", [ROW | {"quantity": "peak_reserved", "measured_gb": "20.5"}])

    fitted = json.loads(run("--refit", "--measurements", table).stdout)

    changed = {name for name, value in asdict(CALIBRATED).items() if fitted[name] != value}
    assert changed == {"slack"}
