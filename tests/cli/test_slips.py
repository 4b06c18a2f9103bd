"""Slips of people who are new here: each is answered by what was meant, or by one line that helps."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.cli.app import COMMANDS
from model_garden_registry.cli.commands.registries.registry import SUBCOMMANDS
from model_garden_registry.cli.slips import OF_REGISTRY, meant_line, named_task

Ask = Callable[..., Any]

QWEN = "Qwen/Qwen3-8B\n"
NEAR = "did you mean Qwen/Qwen3-8B, Qwen/Qwen3-8B-"
GGUF = "the registry has no GGUF files; it names the models that they are made from"
OLLAMA = "that is an Ollama name; ids are those of Hugging Face"
NO_TASK = "is not one of 'training', 'inference'"
NO_SUCH = "(from override: --set); did you mean"
NO_ROW = "mgr: note: no model matches; the registry has "


def taken(text: str) -> str:
    """Give the note that says what was taken."""
    return f"mgr: note: {text!r} is taken as Qwen/Qwen3-8B\n"


#: Command line → exit code, how stdout starts, and how stderr does.
SLIPS = [
    # Ids: another case, no organisation, pasted addresses, paths, names of other tools, typos.
    ("show qwen/qwen3-8b", 0, QWEN, taken("qwen/qwen3-8b")),
    ("show Qwen3-8B", 0, QWEN, taken("Qwen3-8B")),
    ("show https://huggingface.co/Qwen/Qwen3-8B", 0, QWEN, taken("https://huggingface.co/Qwen/Qwen3-8B")),
    ("show hf.co/Qwen/Qwen3-8B/tree/main?show=1", 0, QWEN, taken("hf.co/Qwen/Qwen3-8B/tree/main?show=1")),
    ("show hf.co/Qwen/Qwen3-8B:latest", 0, QWEN, taken("hf.co/Qwen/Qwen3-8B:latest")),
    ("show Qwen/Qwen3-8B/", 0, QWEN, taken("Qwen/Qwen3-8B/")),
    ("show models--Qwen--Qwen3-8B", 0, QWEN, taken("models--Qwen--Qwen3-8B")),
    (r"show 'Qwen\Qwen3-8B'", 0, QWEN, taken(r"Qwen\Qwen3-8B")),
    ("show modelscope.cn/models/Qwen/Qwen3-8B", 0, QWEN, taken("modelscope.cn/models/Qwen/Qwen3-8B")),
    (
        "compare qwen3-4b QWEN3-8B --diff",
        0,
        "A  Qwen/Qwen3-4B\nB  Qwen/Qwen3-8B\n",
        "mgr: note: taken: 'qwen3-4b' as Qwen/Qwen3-4B, 'QWEN3-8B' as Qwen/Qwen3-8B\n",
    ),
    ("show Qwn3-8B", 2, "", f"mgr: error: no model 'Qwn3-8B' in the registry; {NEAR}"),
    ("show 'Qwen3 8B'", 2, "", f"mgr: error: no model 'Qwen3 8B' in the registry; {NEAR}"),
    (
        "show Qwen/Qwen3-8B-Instruct",
        2,
        "",
        "mgr: error: no model 'Qwen/Qwen3-8B-Instruct' in the registry; did you mean ",
    ),
    ("show qwen3:8b", 2, "", f"mgr: error: no model 'qwen3:8b' in the registry: {OLLAMA}; {NEAR}"),
    (
        "show llama3.1:8b",
        2,
        "",
        f"mgr: error: no model 'llama3.1:8b' in the registry: {OLLAMA}; did you mean meta-llama/",
    ),
    ("show qwen3:8b-q4_K_M", 2, "", f"mgr: error: no model 'qwen3:8b-q4_K_M' in the registry: {GGUF}; {NEAR}"),
    (
        "show hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M",
        2,
        "",
        "mgr: error: no model 'hf.co/Qwen/Qwen3-8B-GGUF:Q4_K_M' in the registry: another format (GGUF) of Qwen",
    ),
    (
        "show TheBloke/Llama-2-7B-Chat-GGUF",
        2,
        "",
        "mgr: error: no model 'TheBloke/Llama-2-7B-Chat-GGUF' in the registry: another format (GGUF) of meta",
    ),
    (
        "show mlx-community/Qwen3-8B-4bit",
        2,
        "",
        "mgr: error: no model 'mlx-community/Qwen3-8B-4bit' in the registry: another format (MLX) of Qwen/Qwen3-8B; ",
    ),
    ("show gpt-4o", 2, "", "mgr: error: no model 'gpt-4o' in the registry: its weights are not open\n"),
    ("show ./Qwen3-8B", 2, "", "mgr: error: no model './Qwen3-8B' in the registry: that is a path; ids are those of "),
    ("list qwen3:8b", 0, "ID ", NO_ROW),
    ("list training", 0, "ID ", NO_ROW),
    # Tasks and commands: other words, another order.
    (
        "validate finetune qwen3-8b",
        2,
        "",
        f"mgr: error: TASK: 'finetune' {NO_TASK}; did you mean: mgr validate training",
    ),
    ("validate serve qwen3-8b", 2, "", f"mgr: error: TASK: 'serve' {NO_TASK}; did you mean: mgr validate inference"),
    ("validate infer qwen3-8b", 2, "", f"mgr: error: TASK: 'infer' {NO_TASK}; did you mean inference?\n"),
    ("validate trainin qwen3-8b", 2, "", f"mgr: error: TASK: 'trainin' {NO_TASK}; did you mean training?\n"),
    (
        "validate qwen3-8b training",
        2,
        "",
        f"mgr: error: TASK: 'qwen3-8b' {NO_TASK}; did you mean: mgr validate training qwen3-8b\n",
    ),
    (
        "validate qwen3-8b",
        2,
        "",
        f"mgr: error: TASK: 'qwen3-8b' {NO_TASK}; did you mean: mgr validate training qwen3-8b, or inference\n",
    ),
    (
        "plan qwen3-8b inference",
        2,
        "",
        f"mgr: error: TASK: 'qwen3-8b' {NO_TASK}; did you mean: mgr plan inference qwen3-8b\n",
    ),
    (
        "training validate qwen3-8b",
        2,
        "",
        "mgr: error: there is no command 'training'; did you mean: mgr validate training qwen3-8b\n",
    ),
    (
        "finetune qwen3-8b --gpu L4",
        2,
        "",
        "mgr: error: there is no command 'finetune'; did you mean: mgr validate training qwen3-8b --gpu L4\n",
    ),
    ("run qwen3-8b", 2, "", "mgr: error: there is no command 'run'; did you mean: mgr validate inference qwen3-8b\n"),
    ("qwen3-8b show", 2, "", "mgr: error: there is no command 'qwen3-8b'; did you mean: mgr show qwen3-8b\n"),
    ("train", 2, "", "mgr: error: there is no command 'train'; did you mean: mgr fit training\n"),
    # A GPU where words of models are expected.
    ("fit training 'RTX 4090'", 2, "", "mgr: error: 'RTX 4090' is a GPU; did you mean --gpu 'RTX 4090'?\n"),
    ("fit inference h100 80gb", 2, "", "mgr: error: 'h100 80gb' is a GPU; did you mean --gpu 'h100 80gb'?\n"),
    ("fit training T4 --gpu L4", 0, "L4 (24.15 GB): training\n", NO_ROW),
    ("ls", 2, "", "mgr: error: there is no command 'ls'; did you mean: mgr list\n"),
    ("search qwen", 2, "", "mgr: error: there is no command 'search'; did you mean: mgr list qwen\n"),
    ("info qwen3-8b", 2, "", "mgr: error: there is no command 'info'; did you mean: mgr show qwen3-8b\n"),
    ("gpus", 2, "", "mgr: error: there is no command 'gpus'; did you mean: mgr hardware\n"),
    ("help", 2, "", "mgr: error: there is no command 'help'; did you mean: mgr --help\n"),
    ("lst", 2, "", "mgr: error: there is no command 'lst'; did you mean list?\n"),
    (
        "valdiate training L4",
        2,
        "",
        "mgr: error: there is no command 'valdiate'; did you mean: mgr validate training L4\n",
    ),
    ("qwen training", 2, "", "mgr: error: there is no command 'qwen'"),
    (
        "serve qwen3-8b",
        2,
        "",
        "mgr: error: unexpected argument 'qwen3-8b': the registry is served, not a model; see mgr validate inference ",
    ),
    # Settings: short names, names of other tools, units, several at once; options that are settings.
    ("defaults training Qwen/Qwen3-8B --set bs=2", 2, "", f"mgr: error: unknown setting 'bs' {NO_SUCH} batch_size?\n"),
    (
        "defaults training Qwen/Qwen3-8B --set lr=1e-4",
        2,
        "",
        f"mgr: error: unknown setting 'lr' {NO_SUCH} learning_rate?\n",
    ),
    (
        "defaults training Qwen/Qwen3-8B --set per_device_train_batch_size=1",
        2,
        "",
        f"mgr: error: unknown setting 'per_device_train_batch_size' {NO_SUCH} batch_size?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set ctx=8k",
        2,
        "",
        f"mgr: error: unknown setting 'ctx' {NO_SUCH} max_model_len?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set seq_len=1",
        2,
        "",
        f"mgr: error: unknown setting 'seq_len' {NO_SUCH} max_model_len?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set max-model-len=4096",
        2,
        "",
        f"mgr: error: unknown setting 'max-model-len' {NO_SUCH} max_model_len?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set gpu-memory-utilization=0.9",
        2,
        "",
        f"mgr: error: unknown setting 'gpu-memory-utilization' {NO_SUCH} gpu_memory_utilization?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set tp=2",
        2,
        "",
        f"mgr: error: unknown setting 'tp' {NO_SUCH} tensor_parallel_size?\n",
    ),
    (
        "defaults inference Qwen/Qwen3-8B --set lora_alpha=16",
        2,
        "",
        "mgr: error: lora_alpha = '16' is not valid (from override: --set): it is a setting for training\n",
    ),
    (
        "defaults training Qwen/Qwen3-8B --set batch_siz=2",
        2,
        "",
        f"mgr: error: unknown setting 'batch_siz' {NO_SUCH} batch_size or ",
    ),
    (
        "defaults training Qwen/Qwen3-8B --set 'batch_size=2 r=8'",
        2,
        "",
        "mgr: error: --set = 'batch_size=2 r=8' is not valid: one --set for each: --set batch_size=2 --set r=8\n",
    ),
    ("defaults inference Qwen/Qwen3-8B --set max_model_len=32k", 0, "Qwen/Qwen3-8B: inference\n", ""),
    (
        "validate inference Qwen/Qwen3-8B --max-model-len 4096",
        2,
        "",
        "mgr: error: there is no option '--max-model-len': it is a setting, --set max_model_len=VALUE\n",
    ),
    (
        "validate inference Qwen/Qwen3-8B --gpus L4",
        2,
        "",
        "mgr: error: there is no option '--gpus'; did you mean --gpu",
    ),
    ("validate training Qwen/Qwen3-8B --method q-lora", 2, "", "mgr: error: --method: 'q-lora' is not one of 'full', "),
    ("list --categry text-llm", 2, "", "mgr: error: there is no option '--categry'; did you mean --category"),
    # GPUs that are none: other makers, machines, indices, sizes, typos.
    *(
        (
            f"validate inference Qwen/Qwen3-8B --gpu '{name}'",
            2,
            "",
            f"mgr: error: GPU '{name}': that is hardware from {maker}; only NVIDIA GPUs are supported, ",
        )
        for name, maker in (
            *(("RX 7900 XTX", "AMD"), ("MI300X", "AMD"), ("Arc A770", "Intel"), ("Gaudi3", "Intel")),
            *(("M3 Max", "Apple"), ("TPU v5e", "Google"), ("trn1.32xlarge", "AWS")),
        )
    ),
    *(
        (f"validate inference Qwen/Qwen3-8B --gpu '{name}'", 2, "", f"mgr: error: GPU '{name}': {problem}\n")
        for name, problem in (
            ("g5.xlarge", "that is a machine of AWS with one A10G; write A10G"),
            ("p4d.24xlarge", "that is a machine of AWS with 8 x A100 SXM4 40GB; write 'A100 SXM4 40GB:8'"),
            (
                "Standard_NC24ads_A100_v4",
                "that is a machine of Azure with one A100 PCIe 80GB; write 'A100 PCIe 80GB'",
            ),
            ("a2-highgpu-1g", "that is a machine of Google Cloud with one A100 SXM4 40GB; write 'A100 SXM4 40GB'"),
            ("cuda:0", "that is not a GPU model; write one such as L4, or leave it out for the GPUs of this machine"),
            ("24", "a number alone is not a GPU name; write 24GB for a GPU with that much memory"),
            ("22GB", "no GPU in the table is sold with 22 GB (nearest: 20 or 24); write 22GiB for an exact size"),
        )
    ),
    (
        "validate inference Qwen/Qwen3-8B --gpu L4S",
        2,
        "",
        "mgr: error: no GPU 'L4S' in the table of known GPUs; did you mean ",
    ),
    ("validate inference Qwen/Qwen3-8B --gpu 'RTX 409'", 2, "", "mgr: error: no GPU 'RTX 409' in the table of known "),
]


@pytest.mark.parametrize(("command", "code", "out", "err"), SLIPS, ids=[command for command, *_ in SLIPS])
def test_a_slip_is_answered_by_what_was_meant_or_by_one_line_that_helps(
    command: str, code: int, out: str, err: str, mgr: Ask
) -> None:
    """No traceback, and beside an error nothing on stdout."""
    answer = mgr(*shlex.split(command))

    assert (answer.code, answer.out[: len(out)], answer.err[: len(err)]) == (code, out, err)
    assert answer.out or code
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *((size, "24 GB GPU") for size in ("24 GB", "24gb", "24GB VRAM")),
        ("24GiB", "GPU of 25.77 GB"),
        *((name, "RTX 4090") for name in ("4090", "rtx-4090", "4090s", "GeForce RTX 4090 24GB")),
        *((name, "2x RTX 4090") for name in ("4090 x2", "2x4090", "2 4090", "two 4090s")),
        ("dual 3090", "2x RTX 3090"),
        *((name, name) for name in ("A10", "A10G")),
        ("a100-80gb", "A100 80GB"),
        ("NVIDIA-A10G-SHARED", "A10G"),
        ("A100-80GB:1g.10gb", "A100 80GB MIG 1g.10gb"),
        ("H100 MIG 3g.40gb", "H100 80GB MIG 3g.40gb"),
        ("rtx4090 laptop", "RTX 4090 Laptop"),
    ],
)
def test_a_gpu_is_known_however_it_is_typed(typed: str, name: str, mgr: Ask) -> None:
    """What was judged is said, with the number of GPUs."""
    answer = mgr("estimate", "inference", "Qwen/Qwen3-8B", "--gpu", typed)

    number, _, kind = name.rpartition("x ")
    assert (answer.code, answer.err) == (0, "")
    assert (
        f"{kind} judged from the table of known GPUs" in answer.out or f"{kind.split(' MIG')[0]} judged" in answer.out
    )
    assert (f"judged: {name}" in answer.out) == bool(number)


def test_there_are_sixty_of_them() -> None:
    """No two the same."""
    assert len({command for command, *_ in SLIPS}) == len(SLIPS) >= 60


def test_a_query_that_keeps_no_row_is_explained_word_by_word(mgr: Ask) -> None:
    """A task, an id that is nearly one."""
    assert "mgr: note: 'finetune' is a task: --task training keeps models for it\n" in mgr("list", "finetune").err
    assert f"mgr: note: no model 'qwen3:8b' in the registry: {OLLAMA}; {NEAR}" in mgr("list", "qwen3:8b").err
    assert mgr("list", "nothing-like-it").err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("training fit --gpu L4", "mgr fit training --gpu L4"),
        ("training show org/a", "mgr show org/a"),
        ("org/a estimate", "mgr estimate training org/a, or inference"),
        ("verify org/a serving", "mgr validate inference org/a"),
        ("man fit", "mgr fit --help"),
        ("version fit", "mgr --version"),
        ("fit --gpu L4", None),
        ("org/a estimate infer", "mgr estimate inference org/a"),
        ("nothing known", None),
        ("LS 'two words'", "mgr list 'two words'"),
        ("version all", "mgr --version"),
        ("--gpu L4", None),
    ],
)
def test_words_in_another_order_are_a_command_line_where_that_can_be_told(words: str, line: str | None) -> None:
    """A command alone means nothing that it does not say."""
    assert meant_line(shlex.split(words), COMMANDS) == line


def test_a_task_is_known_by_the_words_of_other_tools() -> None:
    """In any case."""
    assert [named_task(word) for word in ("SFT", "serve", "training", "qwen")] == [
        "training",
        "inference",
        "training",
        None,
    ]


@pytest.mark.parametrize(
    "line", ["outdated train.yaml", "lock Qwen/Qwen3-8B --check", "scan", "migrate old.json --fill"]
)
def test_a_command_of_the_group_for_registries_is_found_without_it(line: str, mgr: Ask) -> None:
    """The line that is meant has the group in front."""
    answer = mgr(*line.split())

    name = line.split(maxsplit=1)[0]
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mgr: error: there is no command {name!r}; did you mean: mgr registry {line}\n")


def test_commands_of_the_group_for_registries_are_there() -> None:
    """Those whose names mean nothing else."""
    assert {*SUBCOMMANDS} >= OF_REGISTRY
    assert not OF_REGISTRY & {*COMMANDS}
