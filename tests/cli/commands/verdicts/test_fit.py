"""``mgr fit``, through the real program."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks import cures
from model_garden_registry.checks.buckets import Bucket, bucket_of
from model_garden_registry.checks.cures import with_remedies
from model_garden_registry.checks.validation import Candidate, Case
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.engines import engine_of
from model_garden_registry.payloads.reports import remedy_document
from model_garden_registry.registry import fitting
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.reports import Report

#: What answers name, with the newest release that was read.
VLLM, TRANSFORMERS = engine_of("vllm").named, engine_of("transformers").named

Ask = Callable[..., Any]

DEPRECATED = "unsloth/gpt-oss-20b-bnb-4bit"


@pytest.fixture
def fit(mgr: Ask) -> Ask:
    """Ask ``mgr fit``."""
    return lambda *arguments, **more: mgr("fit", *arguments, **more)


def row_of(model_id: str, out: str) -> list[str]:
    """Return the cells of a model's row in a table of a pipe."""
    return next(line.split() for line in out.splitlines() if line.startswith(f"{model_id} "))


def test_every_model_is_in_a_bucket(fit: Ask, registry_of_kinds: Path) -> None:
    """Under a heading with the count, best first, below what was judged and what was assumed."""
    answer = fit("inference", "--gpu", "L4")
    lines = answer.out.splitlines()
    headings = re.findall(r"^(\w.*): (\d+) models?$", answer.out, flags=re.MULTILINE)
    asked = load_registry(registry_of_kinds)

    assert (answer.code, answer.err) == (0, "")
    assert lines[0] == "L4 (24.15 GB): inference"
    assert lines[1] in {f"{a} or {b}; each model's own context length" for a, b in permutations((VLLM, TRANSFORMERS))}
    assert lines[2] == (
        "GB per GPU. EXPECTED: likely peak; SAFE: what to have; SHARE: SAFE of the GPU; tight: SAFE is above it. "
        "CONTEXT: sequences x tokens."
    )
    assert lines[4].split() == ["ID", "GPUS", "EXPECTED", "SAFE", "SHARE", "CONTEXT"]
    assert [heading for heading, _ in headings] == ["Run unchanged", "Run with changes", "Do not run"]
    assert sum(int(count) for _, count in headings) == sum(row.status != "deprecated" for row in asked.rows())


def test_training_on_one_gpu_is_a_ranked_table(fit: Ask) -> None:
    """Without a warning first, of these the recommended ones; each with its memory, its method and its batch."""
    answer = fit("training", "--gpu", "RTX 4090")
    fits = load_registry(bundled_registry()).fit("training", hardware=known_gpu("RTX 4090"))
    running = [one for one in fits.fitted if one.runs]
    first = next(fits.best())
    estimate = first.judged.estimate
    assert estimate is not None
    cells = row_of(first.row.id, answer.out)

    assert answer.out.splitlines()[6:8] == [
        f"Run unchanged: {len(running)} models",
        next(line for line in answer.out.splitlines() if line.startswith(f"{first.row.id} ")),
    ]
    assert "recommended" in first.row.tags
    assert cells[1:4] == ["1/1", f"{estimate.expected_bytes / 1e9:.1f}", f"{estimate.safe_bytes / 1e9:.1f}"]
    assert re.fullmatch(r"\d+ % (lora|qlora|full) \d+x\d+( tight(; ok with .+)?)?", " ".join(cells[4:]))


def test_json_says_what_validate_says(fit: Ask, registry_of_kinds: Path) -> None:
    """The same verdicts, the first of the remedies, only of models that support the task; the best bucket first."""
    document = json.loads(fit("training", "--gpu", "T4", "--json").out)
    registry = load_registry(registry_of_kinds)
    reports = {
        model_id: registry.validate(model_id, "training", hardware=known_gpu("T4"))
        for model_id, entry in registry.items()
        if entry.supports("training") and entry.status != "deprecated"
    }
    in_order = [model["bucket"] for model in document["models"]]

    assert (document["format"], document["task"]) == ("mgr.fit/1", "training")
    assert {model["id"]: (model["bucket"], model["verdict"]) for model in document["models"]} == {
        model_id: (str(bucket_of(report)), str(report.verdict)) for model_id, report in reports.items()
    }
    assert in_order == sorted(in_order, key=list(Bucket).index)
    cured = {key: one.remedies[:1] for key, one in reports.items() if one.remedies}
    assert document["counts"]["runs-with-changes"] == len([key for key in cured if not reports[key].is_valid])
    assert [model["remedies"] for model in document["models"]] == [
        [remedy_document(remedy) for remedy in cured.get(model["id"], ())] for model in document["models"]
    ]


def test_the_best_change_is_named(fit: Ask) -> None:
    """As `--set` takes it, with the verdict that it gives."""
    answer = fit("training", "Qwen/Qwen2.5-VL-7B-Instruct", "--gpu", "RTX 4080")

    assert re.search(r"  with [a-z_]+=.*\((ok|warning); safe [0-9.]+ GB\)$", answer.out, flags=re.MULTILINE)


def test_gpus_are_counted(fit: Ask) -> None:
    """By name, with their memory; a name that means several GPUs is each of them."""
    titles = [fit("inference", "--gpu", name, "tinyllama").out.splitlines()[0] for name in ("L4:2", "A100")]

    assert titles == ["2x L4 (24.15 GB): inference", "A100 40GB (42.95 GB) or A100 80GB (85.9 GB): inference"]


def test_models_are_chosen_and_sorted_as_in_a_list(fit: Ask) -> None:
    """The options of `mgr list`; within a bucket another order than the best."""
    options = ("qwen2.5-vl", "*instruct", "--gpu", "H100:8", "--no-quantized", "--provider", "qwen")
    models = json.loads(fit("inference", *options, "--sort", "parameters", "--limit", "2", "--json").out)["models"]

    assert [model["id"] for model in models] == ["Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct"]


@pytest.mark.usefixtures("registry_with_deprecated")
def test_words_that_are_all_ids_are_ids(fit: Ask) -> None:
    """A search would find their relatives too; deprecated models, and such as do not support the task, are there."""
    named = ("Qwen/Qwen3-8B", DEPRECATED, "Qwen/Qwen3-8B-AWQ")
    models = json.loads(fit("training", *named, "--gpu", "H100", "--json").out)["models"]
    searched = fit("training", "Qwen/Qwen3-8B", "base", "--gpu", "H100", "-q").out.split()

    assert [(model["id"], model["bucket"]) for model in models] == [
        ("Qwen/Qwen3-8B", "runs"),
        (DEPRECATED, "does-not-run"),
        ("Qwen/Qwen3-8B-AWQ", "does-not-run"),
    ]
    assert searched == ["Qwen/Qwen3-8B-Base"]


def test_ids_may_be_written_as_people_do(fit: Ask) -> None:
    """One line says what was taken; where one word means no model, all of them are words."""
    answer = fit("training", "qwen3-8b", "https://huggingface.co/Qwen/Qwen3-4B", "--gpu", "H100", "-q")
    searched = fit("training", "qwen3-8b", "bnb", "--gpu", "H100", "-q")

    assert sorted(answer.out.split()) == ["Qwen/Qwen3-4B", "Qwen/Qwen3-8B"]
    assert answer.err.startswith("mgr: note: taken: 'qwen3-8b' as Qwen/Qwen3-8B")
    assert searched.err == ""
    assert set(searched.out.split()) == {
        model_id
        for model_id in load_registry(bundled_registry())
        if "qwen3-8b" in model_id.lower() and "bnb" in model_id
    }


@pytest.mark.usefixtures("registry_with_deprecated")
def test_deprecated_models_are_shown_where_they_are_named(fit: Ask) -> None:
    """Or their status is; the reason names the successor."""
    by_status = fit("inference", "--gpu", "L4", "--status", "deprecated").out

    assert DEPRECATED not in fit("inference", "--gpu", "L4", "gpt-oss").out
    assert f"Model '{DEPRECATED}' is deprecated; use 'unsloth/gpt-oss-20b-unsloth-bnb-4bit' instead" in by_status
    assert "Do not run: " in by_status


def test_other_settings_are_judged_and_named(fit: Ask) -> None:
    """Of every model; the line above the table has them."""
    options = ("--method", "qlora", "--stack", "trl", "--set", "batch_size=1")
    answer = fit("training", "Qwen/Qwen3-8B", "--gpu", "RTX 4080", *options)
    served = fit("inference", "Qwen/Qwen3-8B", "--gpu", "L4", "--engine", "sglang")

    assert "each model's own method, batch and length, but " in answer.out
    assert "method=qlora" in answer.out.splitlines()[1]
    assert row_of("Qwen/Qwen3-8B", answer.out)[-2:] == ["qlora", "1x2048"]
    assert f"{engine_of('sglang').named}; each model's own context length, but engine=sglang" in served.out


def test_several_gpus_are_columns(fit: Ask) -> None:
    """What runs on one of them comes first; a cell has the memory to be safe and its share, or why there is none."""
    answer = fit("training", "qwen3", "8b", "--gpu", "T4,RTX 4090", "--gpu", "H100 SXM5 80GB")
    lines = answer.out.splitlines()
    document = json.loads(fit("training", "qwen3", "8b", "--gpu", "T4,RTX 4090", "--json").out)

    assert lines[0] == "T4 (16.11 GB), RTX 4090 (25.76 GB), H100 SXM5 80GB (85.52 GB): training"
    assert lines[4].split() == ["ID", "T4", "RTX", "4090", "H100", "SXM5", "80GB"]
    assert re.search(r"\d+\.\d \(\d+ %\)  +\d+\.\d \(\d+ %\)$", row_of_line("Qwen/Qwen3-8B", lines))
    assert document["format"] == "mgr.fits/1"
    assert [fits["hardware"]["gpus"][0]["name"] for fits in document["fits"]] == ["T4", "RTX 4090"]
    assert fit("training", "no such", "--gpu", "T4,L4").out == "T4 (16.11 GB), L4 (24.15 GB): training\n"


def test_a_column_says_why_a_model_is_not_in_it(fit: Ask, registry: Ask) -> None:
    """It runs over several GPUs, runs with changes, does not run, or was not judged; a guess from the size is one."""
    registry({"id": "org/model"}, {"id": "org/broken", "training_defaults": {"lora_config": {"r": 0}}})
    answer = fit("inference", "--gpu", "T4,H100:2")
    lines = answer.out.splitlines()

    assert row_of_line("org/broken", lines).split()[1:] == ["?", "?"]
    assert row_of_line("org/model", lines).split()[1] in {"no", "changes"}


def row_of_line(model_id: str, lines: list[str]) -> str:
    """Return the row of a model."""
    return next(line for line in lines if line.startswith(f"{model_id} "))


def test_every_format_has_the_same_models(fit: Ask) -> None:
    """JSON lines and CSV have the rows of JSON, Markdown the columns of the table, and ids are of what runs."""
    question = ("training", "qwen3", "--gpu", "RTX 4090")
    models = json.loads(fit(*question, "--json").out)["models"]
    lines = [json.loads(line) for line in fit(*question, "--format", "jsonl").out.splitlines()]
    rows = list(csv.DictReader(fit(*question, "--format", "csv").out.splitlines()))
    markdown = fit(*question, "--format", "markdown").out.splitlines()
    ids = fit(*question, "-q").out.split()

    assert lines == models
    assert [(row["id"], row["bucket"], row["gpus_used"]) for row in rows] == [
        (model["id"], model["bucket"], str(model["gpus"]["used"])) for model in models
    ]
    assert [row["remedy"] != "" for row in rows] == [model["remedies"] != [] for model in models]
    assert markdown[0] == "| ID | BUCKET | GPUS | EXPECTED | SAFE | SHARE | BATCH | REMARK |"
    assert len(markdown) == 2 + len(models)
    assert ids == [model["id"] for model in models if model["bucket"] == "runs"]
    assert fit(*question, "--format", "ids", "--limit", "2").out.split() == ids[:2]


def test_several_gpus_have_every_format_too(fit: Ask) -> None:
    """A line for each model and GPU in CSV and JSON lines, a column for each GPU in Markdown; ids of what runs."""
    question = ("training", "Qwen/Qwen3-8B", "Qwen/Qwen3-0.6B", "--gpu", "T4,RTX 4090")
    lines = [json.loads(line) for line in fit(*question, "--format", "jsonl").out.splitlines()]
    rows = list(csv.DictReader(fit(*question, "--format", "csv").out.splitlines()))
    markdown = fit(*question, "--format", "markdown").out.splitlines()

    assert [(line["gpu"], line["id"]) for line in lines] == [(row["gpu"], row["id"]) for row in rows]
    assert sorted(line["gpu"] for line in lines) == ["RTX 4090", "RTX 4090", "T4", "T4"]
    assert markdown[0] == "| ID | T4 | RTX 4090 |"
    assert sorted(fit(*question, "-q").out.split()) == ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-8B"]
    assert fit("training", "no such", "--gpu", "T4", "--format", "csv").out == ""
    assert len(fit("training", "no such", "--gpu", "T4", "--format", "markdown").out.splitlines()) == 2


def test_no_model_is_an_answer(fit: Ask) -> None:
    """With a word on what may have been meant."""
    answer = fit("inference", "--gpu", "L4", "--tag", "smal")

    assert answer.code == 0
    assert "no model has tag 'smal'" in answer.err


def test_an_entry_that_is_not_valid_is_not_judged(fit: Ask, registry: Ask) -> None:
    """The others are."""
    registry({"id": "org/broken", "training_defaults": {"lora_config": {"r": 0}}}, {"id": "org/model"})
    models = json.loads(fit("inference", "--gpu", "H100", "--json").out)["models"]

    assert [(model["id"], model["bucket"]) for model in models] == [("org/model", "runs"), ("org/broken", "not-judged")]


def test_a_model_that_cannot_be_judged_does_not_end_the_answer(
    fit: Ask, registry: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever of this package's errors it is: its words are the reason."""
    look_up = fitting.candidate_of

    def fail(entries: EntryCache, model_id: str, task: Task) -> Candidate:
        if model_id == "org/odd":
            raise MissingShapeError(model_id, "head_dim")
        return look_up(entries, model_id, task)

    monkeypatch.setattr(fitting, "candidate_of", fail)
    registry({"id": "org/odd"}, {"id": "org/model"})
    answer = fit("inference", "--gpu", "H100")

    assert answer.code == 0
    assert "Run unchanged: 1 model" in answer.out
    assert "org/odd' has no architecture.head_dim" in answer.out


@pytest.mark.parametrize(
    ("changes", "code", "title", "bucket", "reason"),
    [
        pytest.param(
            {"state": "no-answer", "problem": "no answer within 8 s"},
            3,
            "NVIDIA driver does not answer",
            "Not judged",
            "no answer within 8 s",
            id="it hangs",
        ),
        pytest.param(
            {"state": "driver-not-loaded", "problem": "not loaded"},
            1,
            "NVIDIA driver not loaded",
            "Do not run",
            "modprobe nvidia",
            id="not loaded",
        ),
        pytest.param(
            {"environment": {"CUDA_VISIBLE_DEVICES": ""}},
            1,
            "GPUs hidden by CUDA_VISIBLE_DEVICES",
            "Do not run",
            "CUDA_VISIBLE_DEVICES='' hides the only GPU",
            id="masked",
        ),
        pytest.param({"gpus": []}, 1, "No GPU", "Do not run", "the file names no GPU", id="no GPU"),
        pytest.param(
            {"gpus": [{"name": "A100", "total_mib": 40960, "mig_enabled": True}]},
            1,
            "MIG without a slice",
            "Do not run",
            "there is no slice",
            id="MIG without a slice",
        ),
    ],
)
def test_what_leaves_no_gpu_to_judge_is_said_once(
    changes: dict[str, Any], code: int, title: str, bucket: str, reason: str, fit: Ask, tmp_path: Path
) -> None:
    """Above the models, under a title that is true; the exit code is that of `mgr validate`."""
    snapshot = tmp_path / "host.json"
    document = {"gpus": [{"name": "NVIDIA L4", "total_mib": 23034}], **changes}
    snapshot.write_text(json.dumps(document), encoding="utf-8")
    answer = fit("inference", "--hardware", snapshot, "tinyllama-bnb")
    lines = answer.out.splitlines()

    assert (answer.code, lines[0]) == (code, f"{title}: inference")
    assert (reason in lines[1], answer.out.count(reason)) == (True, 1)
    assert f"{bucket}: 1 model" in lines


def test_a_machine_without_a_driver_has_nobody_to_ask(fit: Ask, tmp_path: Path) -> None:
    """Of a file as well: invalid usage, in one line."""
    snapshot = tmp_path / "host.json"
    snapshot.write_text('{"state": "no-library", "gpus": []}', encoding="utf-8")
    answer = fit("inference", "--hardware", snapshot)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mgr: error: there is no NVIDIA driver on that machine to ask; name a GPU with --gpu")


def test_of_no_model_no_gpu_is_judged(fit: Ask, tmp_path: Path) -> None:
    """The title does not say what was not asked."""
    snapshot = tmp_path / "host.json"
    snapshot.write_text('{"gpus": []}', encoding="utf-8")

    assert fit("inference", "--hardware", snapshot, "no such model").out == "No GPU judged: inference\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["--gpu", "L4", "--hardware", "x"], "--gpu and --hardware contradict each other", id="two"),
        pytest.param(["--limit", "0"], "--limit: must be 1 or more", id="no model"),
        pytest.param([], "there is no NVIDIA driver here to ask; name a GPU with --gpu", id="no driver"),
    ],
)
def test_what_cannot_be_answered_is_asked_wrongly(
    fit: Ask, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2; without a driver it says how to name a GPU."""
    from model_garden_registry.hardware.driver import probe
    from model_garden_registry.hardware.gpus import DriverState, Hardware

    monkeypatch.setattr(probe, "read_hardware", lambda: Hardware(source="nvml", state=DriverState.NO_LIBRARY))
    answer = fit("inference", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mgr: error: {problem}")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("training", "--gpu", "T4", "--all"), id="one"),
        pytest.param(("inference", "bnb", "--gpu", "T4,L4,A100,RTX 4090,H100 SXM5 80GB", "--all"), id="several"),
    ],
)
def test_nothing_is_wider_than_a_terminal(
    arguments: tuple[str, ...], mgr_on_terminal: Ask, registry_of_kinds: Path
) -> None:
    """Long reasons are folded; an id of more than 34 characters stands above its row, whole."""
    answer = mgr_on_terminal("fit", *arguments, env={"NO_COLOR": "1"})
    lines = answer.out.splitlines()

    assert "\x1b" not in answer.out
    assert max(map(len, lines)) <= 80
    assert any(len(line) > 34 and load_registry(registry_of_kinds).check_model_exists(line) for line in lines)


@pytest.mark.parametrize("gpus", ["RTX 4090", "RTX 4090,T4"])
def test_the_first_models_are_enough_for_a_terminal(
    gpus: str, fit: Ask, mgr_on_terminal: Ask, registry_of_kinds: Path
) -> None:
    """The best fifteen, and how many more there are; in a pipe, or with --all, every one."""
    answer = mgr_on_terminal("fit", "training", "--gpu", gpus, env={"NO_COLOR": "1"})
    ids = {row.id for row in load_registry(registry_of_kinds).rows()}
    shown = [line.split()[0] for line in answer.out.splitlines() if line and line.split()[0] in ids]
    everything = [line.split()[0] for line in fit("training", "--gpu", gpus).out.splitlines() if line]

    assert shown == [word for word in everything if word in ids][:15]
    assert answer.out.splitlines()[-1] == f"{len(ids & set(everything)) - 15} more models: --all shows every one."


def test_a_cut_bucket_says_how_many_it_has(mgr_on_terminal: Ask, fit: Ask) -> None:
    """Of those that run as they are; the others are not counted for that."""
    asked = ("training", "qwen3", "--gpu", "RTX 4090")
    total = len(fit(*asked, "-q").out.split())

    assert f"Run unchanged: 15 of {total} models" in mgr_on_terminal("fit", *asked).out


def test_changes_are_searched_for_only_where_they_are_shown(mgr: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the models that run as they are fill the answer."""
    searched: list[str] = []

    def search(report: Report, case: Case, most: int) -> Report:
        searched.append(case.subject)
        return with_remedies(report, case, most)

    monkeypatch.setattr(cures, "with_remedies", search)
    few = mgr("fit", "training", "--gpu", "RTX 4090", "--limit", "15").out
    of_few = list(searched)
    mgr("fit", "training", "Qwen/Qwen3-32B", "--gpu", "RTX 4090")

    assert "Run unchanged: 15 of " in few
    assert "Qwen/Qwen3-32B" not in of_few
    assert "Qwen/Qwen3-32B" in searched


def test_the_word_that_no_model_has_is_the_one_that_is_named(fit: Ask) -> None:
    """Not all of them as one name."""
    answer = fit("training", "Qwen3-8B", "Qwen3-8Bb", "--gpu", "L4")

    assert "no model 'Qwen3-8Bb' in the registry; did you mean" in answer.err
