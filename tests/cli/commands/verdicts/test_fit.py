"""``mgr fit``, through the real program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.buckets import bucket_of
from model_garden_registry.checks.validation import Candidate
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.families.engines import engine_of
from model_garden_registry.registry import fitting
from model_garden_registry.registry.entry_cache import EntryCache

#: What answers name, with the newest release that was read.
VLLM, TRANSFORMERS = engine_of("vllm").named, engine_of("transformers").named

Ask = Callable[..., Any]

DEPRECATED = "Qwen/Qwen2-VL-7B-Instruct"


@pytest.fixture
def fit(mgr: Ask) -> Ask:
    """Ask ``mgr fit``."""
    return lambda *arguments, **more: mgr("fit", *arguments, **more)


def test_every_model_is_in_a_bucket(fit: Ask) -> None:
    """Under a heading with the count; a deprecated model is not judged, and the reason is there."""
    answer = fit("--gpu", "L4")
    headings = re.findall(r"^(\w.*): (\d+) models?$", answer.out, flags=re.MULTILINE)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"L4: inference, {VLLM} or {TRANSFORMERS}\n")
    assert [heading for heading, _ in headings] == [
        "Run as they are",
        "Run with these changes",
        "Too little",
        "Not judged",
    ]
    assert sum(int(count) for _, count in headings) == len(load_registry(bundled_registry()))
    assert f"Model '{DEPRECATED}' is deprecated; use 'Qwen/Qwen2.5-VL-7B-Instruct' instead" in answer.out


def test_json_says_what_validate_says(fit: Ask) -> None:
    """The same verdicts, the same remedies, only of models that support the task."""
    document = json.loads(fit("--task", "training", "--gpu", "T4", "--json").out)
    registry = load_registry(bundled_registry())
    reports = [
        registry.validate(model_id, "training", hardware=known_gpu("T4"))
        for model_id, entry in registry.items()
        if entry.supports("training")
    ]

    assert (document["format"], document["task"]) == ("mgr.fit/1", "training")
    assert [(model["id"], model["bucket"], model["verdict"]) for model in document["models"]] == [
        (report.subject, str(bucket_of(report)), str(report.verdict)) for report in reports
    ]
    assert document["counts"]["runs-with-changes"] == len([report for report in reports if report.remedies])


def test_the_smallest_change_is_named(fit: Ask) -> None:
    """As `--set` takes it."""
    answer = fit("Qwen2.5-VL-7B-Instruct", "--gpu", "T4", "--task", "training", "--no-quantized", "--status", "stable")

    assert re.search(r"method=qlora \(\d+\.\d\d GB\)$", answer.out, flags=re.MULTILINE)


def test_several_gpus_are_counted(fit: Ask) -> None:
    """By name; a name that means several cards is each of them."""
    titles = [fit("--gpu", name, "tinyllama").out.splitlines()[0] for name in ("L4:2", "A100")]

    assert titles == [f"2x L4: inference, {VLLM}", f"A100 40GB or A100 80GB: inference, {VLLM}"]


def test_models_are_chosen_and_sorted_as_in_a_list(fit: Ask) -> None:
    """The options of `mgr list`."""
    options = [
        "qwen2.5-vl",
        "--gpu",
        "H100",
        "--no-quantized",
        "--provider",
        "qwen",
        "--sort",
        "parameters",
        "--limit",
        "2",
        "--json",
    ]
    models = json.loads(fit(*options).out)["models"]

    assert [model["id"] for model in models] == ["Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-7B-Instruct"]


def test_no_model_is_an_answer(fit: Ask) -> None:
    """With a word on what may have been meant."""
    answer = fit("--gpu", "L4", "--tag", "smal")

    assert answer.code == 0
    assert "no model has tag 'smal'" in answer.err


def test_an_entry_that_is_not_valid_is_not_judged(fit: Ask, registry: Ask) -> None:
    """The others are."""
    registry({"id": "org/broken", "training_defaults": {"lora_config": {"r": 0}}}, {"id": "org/model"})
    models = json.loads(fit("--gpu", "H100", "--json").out)["models"]

    assert [(model["id"], model["bucket"]) for model in models] == [("org/broken", "not-judged"), ("org/model", "runs")]


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
    answer = fit("--gpu", "H100")

    assert answer.code == 0
    assert "Run as they are: 1 model" in answer.out
    assert "org/odd' has no architecture.head_dim" in answer.out


@pytest.mark.parametrize(
    ("changes", "code", "title", "bucket", "reason"),
    [
        pytest.param(
            {"state": "no-answer", "problem": "no answer within 8 s"},
            3,
            "NVIDIA driver gives no answer",
            "Not judged",
            "no answer within 8 s",
            id="it hangs",
        ),
        pytest.param(
            {"state": "driver-not-loaded", "problem": "not loaded"},
            1,
            "NVIDIA driver not loaded",
            "Too little",
            "modprobe nvidia",
            id="not loaded",
        ),
        pytest.param(
            {"environment": {"CUDA_VISIBLE_DEVICES": ""}},
            1,
            "GPUs hidden by CUDA_VISIBLE_DEVICES",
            "Too little",
            "CUDA_VISIBLE_DEVICES='' hides the only GPU",
            id="masked",
        ),
        pytest.param({"gpus": []}, 1, "No GPU", "Too little", "the file names no GPU", id="no GPU"),
        pytest.param(
            {"gpus": [{"name": "A100", "total_mib": 40960, "mig_enabled": True}]},
            1,
            "MIG without a slice",
            "Too little",
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
    answer = fit("--hardware", snapshot, "tinyllama-bnb")
    lines = answer.out.splitlines()

    assert (answer.code, lines[0], lines[1], lines[3]) == (code, f"{title}: inference, {VLLM}", "", "")
    assert (reason in lines[2], answer.out.count(reason)) == (True, 1)
    assert lines[4].startswith(f"{bucket}: ")


def test_a_machine_without_a_driver_has_nobody_to_ask(fit: Ask, tmp_path: Path) -> None:
    """Of a file as well: invalid usage, in one line."""
    snapshot = tmp_path / "host.json"
    snapshot.write_text('{"state": "no-library", "gpus": []}', encoding="utf-8")
    answer = fit("--hardware", snapshot)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("mgr: error: there is no NVIDIA driver on that machine to ask; name a GPU with --gpu")


def test_of_no_model_no_gpu_is_judged(fit: Ask, tmp_path: Path) -> None:
    """The title does not say what was not asked."""
    snapshot = tmp_path / "host.json"
    snapshot.write_text('{"gpus": []}', encoding="utf-8")

    assert fit("--hardware", snapshot, "no such model").out == "No GPU judged: inference\n"


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
    answer = fit(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mgr: error: {problem}")


def test_nothing_is_wider_than_a_terminal(mgr_on_terminal: Ask) -> None:
    """Long reasons are folded."""
    answer = mgr_on_terminal("fit", "--gpu", "T4", "--task", "training", env={"NO_COLOR": "1"})

    assert "\x1b" not in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80
