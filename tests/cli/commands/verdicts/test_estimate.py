"""``mgr estimate``, through the real program."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from small_llama import SHAPE

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings import merging
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory import estimation
from model_garden_registry.memory.estimates import PARTS
from model_garden_registry.units import GB

#: What answers name, with the newest release that was read.
UNSLOTH, VLLM = stack_of("unsloth").named, engine_of("vllm").named

Ask = Callable[..., Any]

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
TINY = "unsloth/tinyllama-bnb-4bit"


@pytest.fixture
def estimate(mgr: Ask) -> Ask:
    """Ask ``mgr estimate``."""
    return lambda *arguments, **more: mgr("estimate", *arguments, **more)


def test_the_page_has_parts_settings_assumptions_and_band(estimate: Ask) -> None:
    """Every part that is there, expected and safe, in GB and GiB; no bars in a pipe."""
    answer = estimate("training", LLAMA)
    headings = re.findall(r"^\S.*", answer.out, flags=re.MULTILINE)

    assert (answer.code, answer.err) == (0, "")
    assert headings[:4] == [f"{LLAMA}: training, {UNSLOTH}", "Memory of each GPU", "Settings", "Assumptions"]
    assert re.search(r"^  weights +16\.06 GB +14\.96 GiB$", answer.out, flags=re.MULTILINE)
    assert re.search(r"^  safe +\d+\.\d\d GB +\d+\.\d\d GiB$", answer.out, flags=re.MULTILINE)
    assert headings[4].startswith("Error band: ")
    assert "kv_cache" not in answer.out
    assert "█" not in answer.out


def test_json_is_the_same_in_numbers(estimate: Ask) -> None:
    """As `registry.estimate` gives them."""
    answer = estimate("inference", LLAMA, "--set", "max_model_len=4096", "--json")
    document = json.loads(answer.out)
    expected = load_registry(bundled_registry()).estimate(LLAMA, "inference", max_model_len=4096)

    assert (document["format"], document["id"], document["task"]) == ("mgr.estimate/1", LLAMA, "inference")
    assert document["expected_gb"] == round(expected.expected_bytes / GB, 3)
    assert document["settings"]["max_model_len"] == 4096
    assert "report" not in document


def test_settings_change_the_estimate(estimate: Ask) -> None:
    """Full training needs gradients of all weights; an adapter's rank is not among its settings."""
    adapter, full = (estimate("training", LLAMA, "--method", method).out for method in ("lora", "full"))

    assert [re.search(r"^  r +16$", text, flags=re.MULTILINE) is not None for text in (adapter, full)] == [True, False]
    assert "  gradients " in full


def test_bars_are_for_terminals(mgr_on_terminal: Ask) -> None:
    """Within 80 columns; without colour there is no escape."""
    answer = mgr_on_terminal("estimate", "training", TINY, env={"NO_COLOR": "1"})

    assert "█" in answer.out
    assert "\x1b" not in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80


def test_a_narrow_terminal_has_no_bars(mgr_on_terminal: Ask) -> None:
    """Where they would say nothing."""
    assert "█" not in mgr_on_terminal("estimate", "training", TINY, env={"COLUMNS": "48"}).out


def test_a_named_gpu_adds_verdict_and_room(estimate: Ask) -> None:
    """And the engine's batch is that of such a card; the exit code is that of an answer."""
    answer = estimate("inference", "google/gemma-3-12b-it", "--gpu", "L4")

    assert answer.code == 0
    assert f"{VLLM} profiles 256 sequences and 2048 tokens" in answer.out
    assert "\nWhat fits at most, counted by safe (the verdict goes by expected)\n" in answer.out
    assert re.search(r"^  max_model_len +not even the smallest$", answer.out, flags=re.MULTILINE)
    assert re.search(r"^  GPUs to split over +2$", answer.out, flags=re.MULTILINE)
    assert re.search(
        rf"^fail +google/gemma-3-12b-it +inference, {VLLM}, 1 sequence of [0-9,]+ tokens: ",
        answer.out,
        flags=re.MULTILINE,
    )


def test_a_named_gpu_adds_what_its_cache_holds(estimate: Ask) -> None:
    """In the words of the engine's log; of states also how many sequences may run at once."""
    plain = estimate("inference", LLAMA, "--gpu", "H100").out
    hybrid = estimate("inference", "Qwen/Qwen3.6-27B-FP8", "--gpu", "H100").out

    assert re.search(r"^  size +[0-9.]+ GB, [0-9,]+ tokens$", plain, flags=re.MULTILINE)
    assert re.search(r"^  concurrency +[0-9.]+x at [0-9,]+ tokens$", plain, flags=re.MULTILINE)
    assert "  sequences " not in plain
    assert re.search(r"^  sequences +at most [0-9]+ at once, each with its states$", hybrid, flags=re.MULTILINE)
    assert "\nCache\n" not in estimate("inference", LLAMA).out


def test_a_named_gpu_is_in_the_json(estimate: Ask) -> None:
    """The report of `mgr validate`, and the largest values that fit."""
    document = json.loads(estimate("training", LLAMA, "--gpu", "A100 80GB", "--json").out)

    assert (document["report"]["verdict"], document["report"]["hardware"]["source"]) == ("ok", "named")
    assert sorted(document["room"]) == ["batch_size", "max_seq_length", "r"]
    assert document["fewest_gpus"] == 1


def test_no_number_of_gpus_may_be_enough(estimate: Ask) -> None:
    """Then that is said."""
    answer = estimate("inference", "deepseek-ai/DeepSeek-V3", "--gpu", "T4")

    assert re.search(r"^  GPUs to split over +no number is enough$", answer.out, flags=re.MULTILINE)


def test_hardware_of_a_file_is_judged(estimate: Ask, mgr: Ask, tmp_path: Path) -> None:
    """As `mgr hardware --json` wrote it; where no card can be read, there is no room to speak of."""
    snapshot = tmp_path / "host.json"
    snapshot.write_text(mgr("hardware", "--json").out, encoding="utf-8")
    document = json.loads(estimate("training", TINY, "--hardware", snapshot, "--json").out)

    assert document["report"]["hardware"]["source"] == "file"
    assert "room" not in document


def test_an_unknown_shape_is_a_guess(estimate: Ask, registry: Ask) -> None:
    """It says so, with a wide band."""
    registry({"id": "org/model"})
    answer = estimate("training", "org/model")

    assert "  architecture.num_hidden_layers is not stated" in answer.out
    assert answer.out.endswith("The shape is unknown: this is a guess from the size.\n")


def test_a_sweep_is_a_table(estimate: Ask) -> None:
    """One line for each value, doubling up to the end, which is always there."""
    answer = estimate("training", TINY, "--sweep", "max_seq_length=512..2500", "--gpu", "T4")
    lines = answer.out.splitlines()

    assert lines[:2] == [f"{TINY}: memory of each GPU", f"training, QLoRA, {UNSLOTH}, batch 2"]
    assert re.split(r"  +", lines[3].strip()) == ["max_seq_length", "EXPECTED GB", "SAFE GB", "VERDICT"]
    assert [line.split()[0] for line in lines[4:]] == ["512", "1024", "2048", "2500"]
    assert {line.split()[-1] for line in lines[4:]} <= {"ok", "warning"}


@pytest.mark.parametrize(
    ("task", "sweep", "load"),
    [
        ("training", "r=8,16", f"training, QLoRA, {UNSLOTH}, batch 2 x 2,048 tokens"),
        ("training", "batch_size=1,2", f"training, QLoRA, {UNSLOTH}, 2,048 tokens"),
        ("training", "method=qlora,lora", f"training, {UNSLOTH}, batch 2 x 2,048 tokens"),
        ("inference", "max_model_len=512,1k", f"inference, {VLLM}, 1 sequence"),
        ("inference", "concurrent=1,2", f"inference, {VLLM}, 2,048 tokens"),
    ],
)
def test_a_sweep_says_what_stays_the_same(estimate: Ask, task: str, sweep: str, load: str) -> None:
    """The run without the swept setting."""
    assert estimate(task, TINY, "--sweep", sweep).out.splitlines()[1] == load


def test_a_sweep_is_a_plot_on_a_terminal(mgr_on_terminal: Ask) -> None:
    """Dark up to expected, light up to safe."""
    answer = mgr_on_terminal("estimate", "training", TINY, "--sweep", "r=16..512", env={"NO_COLOR": "1"})

    assert re.search(r"^ *512 .*█+░+$", answer.out, flags=re.MULTILINE)
    assert max(map(len, answer.out.splitlines())) <= 80


def test_a_plot_is_as_wide_as_its_terminal_allows(mgr_on_terminal: Ask) -> None:
    """However long the name of the setting, and beside a verdict."""
    sweep = ["--sweep", "max_num_batched_tokens=2048..16384", "--gpu", "A100 80GB"]
    for columns in (80, 91):
        env = {"NO_COLOR": "1", "COLUMNS": str(columns)}
        lines = mgr_on_terminal("estimate", "inference", LLAMA, *sweep, env=env).out.splitlines()

        assert max(map(len, lines)) <= columns
        assert any("█" in line for line in lines)


@pytest.mark.parametrize(
    ("engine", "shown"),
    [
        pytest.param("vllm", ["gpu_memory_utilization", "max_num_seqs", "enforce_eager"], id="vLLM"),
        pytest.param("sglang", ["max_num_seqs", "enforce_eager"], id="SGLang"),
        pytest.param("transformers", [], id="transformers"),
    ],
)
def test_settings_are_those_that_the_engine_looks_at(engine: str, shown: list[str], estimate: Ask) -> None:
    """What has no effect is not among what decides."""
    out = estimate("inference", LLAMA, "--set", f"engine={engine}").out

    asked = ("gpu_memory_utilization", "max_num_seqs", "enforce_eager")
    assert [name for name in asked if f"\n  {name} " in out] == shown


@pytest.mark.parametrize(
    ("task", "model_id", "sweep", "notes"),
    [
        pytest.param(
            "training",
            LLAMA,
            "learning_rate=0.1,0.2",
            ["the memory is the same for all of these values of learning_rate"],
            id="no effect",
        ),
        pytest.param("training", LLAMA, "r=8", [], id="one value"),
        pytest.param(
            "inference",
            LLAMA,
            "tensor_parallel_size=1,3",
            ["tensor_parallel_size = 3: "],
            id="a value that no engine takes",
        ),
    ],
)
def test_what_a_table_does_not_show_is_said(
    task: str, model_id: str, sweep: str, notes: list[str], estimate: Ask
) -> None:
    """That a setting is not about memory, and which values are refused; not what is true of every value."""
    said = estimate(task, model_id, "--sweep", sweep, "--csv").err.splitlines()

    assert len(said) == len(notes)
    assert all(line.startswith(f"mgr: note: {note}") for line, note in zip(said, notes, strict=True))


@pytest.mark.usefixtures("registry_with_deprecated")
def test_that_a_model_is_deprecated_is_not_said_of_each_value(estimate: Ask) -> None:
    """It is true of every value."""
    answer = estimate("inference", "unsloth/gpt-oss-20b-bnb-4bit", "--sweep", "concurrent=1,2", "--csv")

    assert (answer.code, len(answer.out.splitlines()), answer.err) == (0, 3, "")


def test_a_sweep_as_csv_has_every_part(estimate: Ask) -> None:
    """For other programs; settings are named by their last word, whatever the path."""
    answer = estimate("training", TINY, "--sweep", "lora_config.r=8,16", "--csv", "--gpu", "T4")
    header, *lines = csv.reader(answer.out.splitlines())

    assert header == ["r", "expected_gb", "safe_gb", *(f"{part}_gb" for part in PARTS), "verdict"]
    assert [line[0] for line in lines] == ["8", "16"]


def test_a_sweep_as_json_has_points(estimate: Ask) -> None:
    """With values as the settings have them."""
    document = json.loads(estimate("inference", LLAMA, "--sweep", "concurrent=1..9:4", "--json").out)

    assert (document["format"], document["setting"]) == ("mgr.sweep/1", "concurrent")
    assert [point["value"] for point in document["points"]] == [1, 5, 9]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        pytest.param("1k..4k", [1024, 2048, 4096], id="doubled"),
        pytest.param("1k..2K:0.5k", None, id="no whole number"),
        pytest.param("1k..3k:1k", [1024, 2048, 3072], id="in steps"),
        pytest.param("512,1k", [512, 1024], id="named"),
    ],
)
def test_in_a_sweep_k_is_1024(values: str, read: list[int] | None, estimate: Ask) -> None:
    """As in `--set`."""
    answer = estimate("training", LLAMA, "--sweep", f"max_seq_length={values}", "--json")

    points = json.loads(answer.out)["points"] if answer.code == 0 else None
    assert (points and [point["value"] for point in points]) == read


def test_a_sweep_takes_settings_that_are_no_numbers(estimate: Ask) -> None:
    """A list of words."""
    answer = estimate("training", LLAMA, "--sweep", "method=full,lora,qlora")

    assert [line.split()[0] for line in answer.out.splitlines()[4:]] == ["full", "lora", "qlora"]


@pytest.mark.parametrize(
    ("sweep", "problem"),
    [
        pytest.param("r", "'r' is not NAME=VALUES, such as max_seq_length=1024..32768", id="no values"),
        pytest.param("=1..2", "'=1..2' is not NAME=VALUES, such as max_seq_length=1024..32768", id="no name"),
        pytest.param("r=8..4", "'8..4' ends before it begins", id="backwards"),
        pytest.param("r=0..4", "0 cannot be doubled: begin at 1, or give a step, such as 0..64:8", id="from nothing"),
        pytest.param("r=1..4:0", "a step must not be 0", id="no step"),
        pytest.param(
            "r=1..x", "'1..x' is not a range: write FROM..TO, or FROM..TO:STEP, in whole numbers", id="no number"
        ),
        pytest.param("r=1,,2", "'1,,2' has an empty value between its commas", id="a hole"),
        pytest.param("r=1..999999999999:1", "201 values are more than 200", id="too many"),
    ],
)
def test_a_sweep_that_means_nothing_is_refused(estimate: Ask, sweep: str, problem: str) -> None:
    """In one line, with the exit code of invalid usage."""
    answer = estimate("training", TINY, "--sweep", sweep)

    assert (answer.code, answer.out, answer.err.splitlines()[0]) == (2, "", f"mgr: error: --sweep: {problem}")


def test_one_setting_is_swept_at_a_time(estimate: Ask) -> None:
    """The first of two sweeps is not lost in silence."""
    answer = estimate("training", TINY, "--sweep", "r=8,16", "--sweep", "batch_size=1,2")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[0] == "mgr: error: --sweep: one setting at a time, not 2: run it once for each"


@pytest.mark.usefixtures("read_anew")
def test_a_sweep_merges_once_for_each_value(estimate: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """And estimates no more than twice: with the value, and with what the entry says where the value is refused."""
    counted: Counter[str] = Counter()

    def count(module: ModuleType, name: str) -> None:
        function = getattr(module, name)

        def counting(*given: Any, **named: Any) -> Any:
            counted[name] += 1
            return function(*given, **named)

        monkeypatch.setattr(module, name, counting)

    count(merging, "_build")
    count(estimation, "_exact")

    answer = estimate("training", LLAMA, "--sweep", "batch_size=1,2,4,8", "--gpu", "L4")

    assert (answer.code, len(answer.out.strip().splitlines())) == (0, 8)
    assert counted["_build"] == 4 + 1  # the entry's own settings are built once, to say what is changed
    assert 4 <= counted["_exact"] <= 8


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["--sweep", "rr=1..4"], "unknown setting 'rr'", id="no such setting"),
        pytest.param(["--sweep", "max_seq_length=64,128"], "max_seq_length = '64' is not valid", id="too small"),
        pytest.param(["--csv"], "CSV is for many values: add --sweep, or ask for --json", id="one estimate as CSV"),
        pytest.param(["--csv", "--format", "text"], "--csv and --format text contradict each other", id="two formats"),
        pytest.param(
            ["--gpu", "L4", "--hardware", "x"], "--gpu and --hardware contradict each other", id="two machines"
        ),
        pytest.param(["--gpu", "L5"], "", id="no such GPU"),
        pytest.param(
            ["--svg", "parts.png"], "--svg: parts.png: the name of a picture ends in .svg", id="another picture"
        ),
    ],
)
def test_what_cannot_be_answered_is_asked_wrongly(estimate: Ask, arguments: list[str], problem: str) -> None:
    """Nothing on stdout."""
    answer = estimate("training", TINY, *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mgr: error: {problem}")


def test_a_model_that_is_not_trained_has_no_estimate_for_it(estimate: Ask) -> None:
    """The registry has no defaults to estimate."""
    assert estimate("training", "deepseek-ai/DeepSeek-V3.2").code == 2


def test_an_estimate_is_about_one_gpu(estimate: Ask) -> None:
    """The last of several is no answer to the question about all."""
    answer = estimate("inference", "Qwen/Qwen3-8B", "--gpu", "L4", "--gpu", "A10")

    assert (answer.code, answer.out) == (2, "")
    assert "--gpu: there are several, and this command takes one" in answer.err


def test_a_model_that_the_registry_has_not_is_estimated_by_its_config(estimate: Ask, tmp_path: Path) -> None:
    """The estimate is that of the entry which `mgr new` makes of it; an ID or a config is asked for, and not both."""
    folder = tmp_path / "qwen of ours"
    folder.mkdir()
    entry = load_registry()["Qwen/Qwen3-8B"]
    shape = entry.architecture
    assert shape is not None
    names = ("model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
    names += ("num_key_value_heads", "head_dim", "vocab_size", "tie_word_embeddings", "max_position_embeddings")
    config = folder / "config.json"
    said = {name: getattr(shape, name) for name in names} | {"torch_dtype": "bfloat16"}
    config.write_text(json.dumps(said | {"architectures": ["Qwen3ForCausalLM"]}), encoding="utf-8")

    answer = estimate("training", "--config", str(config), "--json", "--set", "batch_size=1", "--stack", "trl")
    own = estimate("training", "Qwen/Qwen3-8B", "--json", "--set", "batch_size=1", "--stack", "trl")

    assert json.loads(answer.out)["id"] == "own/qwen-of-ours"
    assert json.loads(answer.out)["parts_gb"] == json.loads(own.out)["parts_gb"]
    for arguments in ((), ("Qwen/Qwen3-8B", "--config", str(config))):
        refused = estimate("training", *arguments)
        assert refused.code == 2
        assert "name a model by its ID, or give its config.json" in refused.err


@pytest.mark.parametrize("more", [[], ["--json"], ["--sweep", "r=8,16"], ["--sweep", "r=8,16", "--csv"]])
def test_a_picture_is_written_beside_the_answer(estimate: Ask, tmp_path: Path, more: list[str]) -> None:
    """In every format, which stays as it is; an older picture is replaced."""
    picture = tmp_path / "parts.svg"
    picture.write_text("old", encoding="utf-8")
    arguments = ["training", LLAMA, "--gpu", "L4", *more]

    plain, drawn = estimate(*arguments), estimate(*arguments, "--svg", picture)

    assert (drawn.code, drawn.out, drawn.err) == (0, plain.out, f"{plain.err}mgr: note: wrote {picture}\n")
    assert picture.read_text(encoding="utf-8").startswith("<svg ")


def test_a_picture_that_cannot_be_written_is_one_line(estimate: Ask, tmp_path: Path) -> None:
    """The answer is there all the same."""
    answer = estimate("training", LLAMA, "--svg", tmp_path / "none" / "parts.svg")

    assert answer.code == 3
    assert answer.out.startswith(f"{LLAMA}: training")
    assert re.fullmatch(r"mgr: error: .*parts\.svg.*\n", answer.err)


def test_measurements_stand_beside_estimates(mgr: Ask, registry: Callable[..., Path]) -> None:
    """Of this task, each with the difference; in the document as well."""
    measured = {
        "name": "GPU memory",
        "value": 10,
        "unit": "GiB",
        "source": "a notebook",
        "as_of": "2026-01",
        "task": "training",
        "stack": "unsloth",
        "quantity": "peak_reserved",
        "gpu": "L4",
        "settings": {"batch_size": 1, "method": "lora"},
    }
    several = {**measured, "gpu": "4x L4"}
    registry({"id": "org/model", "architecture": SHAPE, "benchmarks": [measured, several]})

    text = mgr("estimate", "training", "org/model").out
    document = json.loads(mgr("estimate", "training", "org/model", "--json").out)
    other = mgr("estimate", "inference", "org/model").out

    one, two = document["measured"]
    assert (one["measured_gb"], one["gpu"], "why_not" in one) == (10.737, "L4", False)
    assert one["difference"] == pytest.approx(one["expected_gb"] / one["measured_gb"] - 1, abs=1e-3)
    assert two["why_not"] == "it does not state how the GPUs shared it"
    shown = f"  10.74 GB  estimate {one['expected_gb']:.2f} GB, {one['difference']:+.1%}".replace("%", " %")
    assert shown in text
    assert "not compared: it does not state how the GPUs shared it" in text
    assert "Measured" not in other
