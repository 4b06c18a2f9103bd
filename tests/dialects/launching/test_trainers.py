"""A training tool that is started, on a file of its own which stands in the launcher's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.dialects.targets import written_dialects
from model_garden_registry.entries.tasks import TrainingStack

Ask = Callable[..., ExportRequest]

STACKS = get_args(TrainingStack)


def last_line(request: ExportRequest) -> str:
    """Return what starts the training, after the file was written."""
    return trainer_of(request).command.splitlines()[-1]


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_started_on_the_file_that_is_exported_for_it(ask: Ask, stack: str, tmp_path: Path) -> None:
    """Byte for byte, and named by its command; the release is that of the settings."""
    request = ask("training", stack=stack)
    started = trainer_of(request)
    dialect = next(one for one in written_dialects() if one.constants.get("stack") == stack)
    form: Any = "script" if "script" in dialect.forms else "yaml"

    head, _, start = started.command.rstrip("\n").rpartition("\n")
    subprocess.run(["sh", "-c", head], cwd=tmp_path, check=True)
    (file,) = tmp_path.iterdir()
    assert file.read_text(encoding="utf-8") == dialect.export(request, form).text
    assert file.name in start
    assert started.packages[0].endswith(f"=={request.training.stack_version}")
    assert (started.image, started.port) == (None, None)


@pytest.mark.parametrize(
    ("stack", "overrides", "command"),
    [
        pytest.param("trl", {}, "python train.py", id="TRL"),
        pytest.param("trl", {"n_gpus": 4, "sharding": "device_map"}, "python train.py", id="TRL, laid out"),
        pytest.param("unsloth", {}, "python train.py", id="Unsloth"),
        pytest.param("unsloth", {"n_gpus": 2}, "torchrun --nproc_per_node 2 train.py", id="Unsloth, two GPUs"),
        pytest.param("axolotl", {}, "axolotl train axolotl.yaml", id="axolotl"),
        pytest.param(
            "axolotl", {"n_gpus": 2}, "axolotl train axolotl.yaml -- --num_processes 2", id="axolotl, two GPUs"
        ),
        pytest.param(
            "axolotl",
            {"n_gpus": 2, "sharding": "device_map"},
            "axolotl train axolotl.yaml --launcher python",
            id="axolotl, laid out",
        ),
        pytest.param(
            "llama-factory", {}, "CUDA_VISIBLE_DEVICES=0 llamafactory-cli train llamafactory.yaml", id="LLaMA-Factory"
        ),
        pytest.param(
            "llama-factory",
            {"n_gpus": 2},
            "FORCE_TORCHRUN=1 NPROC_PER_NODE=2 llamafactory-cli train llamafactory.yaml",
            id="LLaMA-Factory, two GPUs",
        ),
        pytest.param("ms-swift", {}, "swift sft swift.yaml", id="ms-swift"),
        pytest.param("ms-swift", {"n_gpus": 2}, "NPROC_PER_NODE=2 swift sft swift.yaml", id="ms-swift, two GPUs"),
        pytest.param("ms-swift", {"algorithm": "dpo"}, "swift rlhf swift.yaml", id="ms-swift, preferences"),
    ],
)
def test_what_is_started_has_a_process_for_each_gpu(
    ask: Ask, stack: str, overrides: dict[str, Any], command: str
) -> None:
    """Or one for all, where a model is laid out over them."""
    assert last_line(ask("training", stack=stack, **overrides)) == command


def test_settings_of_accelerate_are_those_that_trl_brings(ask: Ask) -> None:
    """A file of its package, found where that is installed."""
    line = last_line(ask("training", stack="trl", n_gpus=4, sharding="zero3"))

    assert line.startswith('accelerate launch --config_file "$(python -c ')
    assert "'zero3.yaml'" in line.replace("'\"'\"'", "'")
    assert line.endswith(" --num_processes 4 train.py")


@pytest.mark.parametrize(
    ("stack", "sharding", "packages"),
    [
        pytest.param("trl", "none", ("trl[peft,quantization]==",), id="TRL"),
        pytest.param("trl", "zero2", ("trl[peft,quantization,deepspeed]==",), id="TRL, with ZeRO"),
        pytest.param("axolotl", "zero3", ("axolotl[deepspeed]==",), id="axolotl, with ZeRO"),
        pytest.param("axolotl", "fsdp2", ("axolotl==",), id="axolotl, with FSDP"),
        pytest.param("llama-factory", "zero3", ("llamafactory==", "bitsandbytes", "deepspeed"), id="LLaMA-Factory"),
    ],
)
def test_what_the_settings_need_is_installed(ask: Ask, stack: str, sharding: str, packages: tuple[str, ...]) -> None:
    """DeepSpeed for ZeRO alone, as an extra where a package bounds its release."""
    started = trainer_of(ask("training", stack=stack, n_gpus=2, sharding=sharding, optim="adamw_torch"))

    assert len(started.packages) == len(packages)
    assert all(found.startswith(wanted) for found, wanted in zip(started.packages, packages, strict=True))
