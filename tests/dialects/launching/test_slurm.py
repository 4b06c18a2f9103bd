"""Batch scripts for Slurm: a model that is served or trained, on one machine or several."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.launching.servers import server_of
from model_garden_registry.dialects.launching.slurm import slurm
from model_garden_registry.dialects.launching.trainers import trainer_of
from model_garden_registry.dialects.reading import read_configs
from model_garden_registry.hardware.inventory.offers import Offer

Ask = Callable[..., ExportRequest]
#: Programs of a job on two machines, in place of the real ones: each prints its words, `srun` runs them for both.
STAND_INS = """
scontrol() { printf 'one\\ntwo\\n'; }
source() { :; }
srun() { for SLURM_NODEID in 0 1; do export SLURM_NODEID; "$@"; done; }
show() { printf '<%s>' "$@"; printf '\\n'; }
vllm() { show vllm "$@"; }
python3() { show python3 "$@"; }
torchrun() { show torchrun "$@"; }
accelerate() { show accelerate "$@"; }
axolotl() { show axolotl "$@"; }
swift() { show "NNODES=$NNODES" "NPROC=$NPROC_PER_NODE" "RANK=$NODE_RANK" "AT=$MASTER_ADDR:$MASTER_PORT" swift "$@"; }
llamafactory-cli() { show "NNODES=$NNODES" "RANK=$NODE_RANK" "TORCHRUN=$FORCE_TORCHRUN" llamafactory-cli "$@"; }
exec() { "$@"; }
export -f show accelerate vllm python3 swift llamafactory-cli exec
python() { echo FILE; }
SLURM_JOB_NODELIST='[one,two]' SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=2
export SLURM_JOB_ID SLURM_ARRAY_TASK_ID
"""


def directives(request: ExportRequest) -> list[str]:
    """Return the options for ``sbatch``."""
    return [line.removeprefix("#SBATCH ") for line in slurm(request).text.splitlines() if line.startswith("#SBATCH ")]


def run(request: ExportRequest, folder: Path) -> list[str]:
    """Return what the programs of a job say, in the order in which they are started."""
    script = STAND_INS + slurm(request).text
    done = subprocess.run(["bash", "-c", script], cwd=folder, check=True, capture_output=True, encoding="utf-8")
    return done.stdout.splitlines()


def test_a_model_is_served_on_one_machine(ask: Ask) -> None:
    """By the command that other launchers start too; the site decides on everything that is not asked for."""
    request = ask()

    made = slurm(request)
    assert directives(request) == ["--job-name=org-model", "--nodes=1", "--ntasks-per-node=1", "--gres=gpu:1"]
    assert made.text.startswith("#!/bin/bash\n# start it with: sbatch FILE\n# first, where the nodes find it: uv venv ")
    assert made.text.endswith(f"set -eu\nsource ~/vllm-0.33.0/bin/activate\nsrun {server_of(request).started.command}")
    assert "the first node that squeue shows for it answers at port 8000" in made.notes


def test_gpus_are_asked_for_by_the_name_that_every_site_has(ask: Ask) -> None:
    """Where there is one; the site's own names of others are not known."""
    several = ask(tensor_parallel_size=2)

    assert "--gres=gpu:h100:2" in directives(replace(several, gpus=("H100 80GB", "H100 NVL")))
    assert "--gres=gpu:2" in directives(replace(several, gpus=("RTX 4090",)))


def test_a_job_may_have_a_name_and_partitions_of_its_own(ask: Ask) -> None:
    """Else it has the model's name and goes where the site sends it."""
    request = replace(ask(), job="org-model-train", partitions="gpu,gpu-long")

    assert directives(request)[:2] == ["--job-name=org-model-train", "--partition=gpu,gpu-long"]


def test_gpus_are_asked_for_in_the_words_of_the_site(ask: Ask) -> None:
    """With the feature that tells them apart; words of another manager say nothing to Slurm."""
    request = replace(ask(tensor_parallel_size=2), gpus=("H100 80GB",))

    assert "--gres=gpu:hopper:2" in directives(replace(request, offered=Offer(resource="gpu:hopper")))
    featured = directives(replace(request, offered=Offer(resource="gpu", feature="h100&vram80g")))
    assert [line for line in featured if "gres" in line or "constraint" in line] == [
        "--constraint=h100&vram80g",
        "--gres=gpu:2",
    ]
    foreign = Offer(resource="nvidia.com/gpu")
    assert directives(replace(request, offered=foreign)) == directives(request)


def test_copies_are_tasks_of_an_array(ask: Ask) -> None:
    """Each at its own port, since two of them may be on one node."""
    request = replace(ask(), replicas=3)

    made = slurm(request)
    assert "--array=0-2" in directives(request)
    assert made.text.endswith('--port "$((8000 + SLURM_ARRAY_TASK_ID))"\n')
    assert any("ports 8000 to 8002" in note for note in made.notes)


def test_machines_of_a_server_meet_at_the_first(ask: Ask, tmp_path: Path) -> None:
    """As vLLM's pages say: each has its rank, and only the first listens; the words are those of the command."""
    request = replace(ask(nodes=2, tensor_parallel_size=4), replicas=3)

    first, second = (shlex.split(line.replace("><", " ").strip("<>")) for line in run(request, tmp_path))
    own = [*server_of(request).program, *server_of(request).arguments[:-1], "8002"]
    assert first[: len(own)] == shlex.split(" ".join(own))
    assert first[len(own) :] == ["--node-rank", "0", "--master-addr", "one"]
    assert second[len(own) :] == ["--node-rank", "1", "--master-addr", "one", "--headless"]
    assert "--nodes=2" in directives(request)
    assert "--gres=gpu:4" in directives(request)


def test_sglang_has_its_own_words_for_that(ask: Ask, tmp_path: Path) -> None:
    """No machine is without its server."""
    lines = run(ask(engine="sglang", nodes=2), tmp_path)

    ends = [f"<--port><30000><--node-rank><{rank}><--dist-init-addr><one:20000>" for rank in (0, 1)]
    assert [line[line.index("<--port>") :] for line in lines] == ends


def test_a_model_is_trained_on_one_machine(ask: Ask) -> None:
    """As elsewhere; its files stay in the folder of the job."""
    request = ask("training", stack="axolotl")

    made = slurm(request)
    assert made.text.endswith(
        f"source ~/axolotl-{request.training.stack_version}/bin/activate\n{trainer_of(request).command}"
    )
    assert (
        "it writes its file and outputs into the folder in which it is submitted: one folder for each run" in made.notes
    )


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (
            "trl",
            ("accelerate launch --config_file FILE --num_machines 2 --machine_rank 0 --num_processes 8 "
            "--main_process_ip one --main_process_port 29500 train.py"),
        ),
        (
            "unsloth",
            "torchrun --nnodes 2 --nproc_per_node 4 --rdzv_backend c10d --rdzv_id 7 --rdzv_endpoint one:29500 train.py",
        ),
        (
            "axolotl",
            ("axolotl train axolotl.yaml --launcher torchrun -- --nnodes 2 --nproc_per_node 4 --rdzv_backend c10d "
            "--rdzv_id 7 --rdzv_endpoint one:29500"),
        ),
        ("llama-factory", "NNODES=2 RANK=0 TORCHRUN=1 llamafactory-cli train llamafactory.yaml"),
        ("ms-swift", "NNODES=2 NPROC=4 RANK=0 AT=one:29500 swift sft swift.yaml"),
    ],
)  # fmt: skip
def test_machines_of_a_run_meet_at_the_first(ask: Ask, stack: str, words: str, tmp_path: Path) -> None:
    """In each stack's own way."""
    request = ask("training", stack=stack, nodes=2, n_gpus=8, optim="adamw_torch", method="lora")

    lines = run(request, tmp_path)
    assert (lines[0], len(lines)) == ("".join(f"<{word}>" for word in words.split()), 2)
    assert any("which all nodes must share" in note for note in slurm(request).notes)


def test_preferences_are_trained_by_another_command_of_swift(ask: Ask, tmp_path: Path) -> None:
    """On several machines as on one."""
    request = ask("training", stack="ms-swift", nodes=2, n_gpus=2, algorithm="dpo", method="lora")

    assert run(request, tmp_path)[0].endswith("<swift><rlhf><swift.yaml>")


def test_a_run_has_no_copies(ask: Ask) -> None:
    """It is one run."""
    with pytest.raises(UnsupportedExportError, match="only a server has replicas"):
        slurm(replace(ask("training"), replicas=2))


def test_gated_weights_need_a_token(ask: Ask) -> None:
    """Which is never in the file."""
    note = "the weights are gated: submit it with HF_TOKEN in the environment"

    assert note in slurm(ask(changes={"gated": True})).notes
    assert note not in slurm(ask()).notes


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
@pytest.mark.parametrize(
    "settings", [{}, {"nodes": 2}, {"nodes": 2, "tensor_parallel_size": 16, "pipeline_parallel_size": 1}]
)
def test_what_is_written_is_read_again(engine: str, settings: dict[str, int], tmp_path: Path) -> None:
    """The split over machines among it, without a finding."""
    registry, path = load_registry(), tmp_path / "job.sh"
    model, asked = "Qwen/Qwen3-235B-A22B", {"engine": engine, **settings}
    written = registry.export(model, "slurm", hardware=known_gpu("H100", count=8), overrides=asked, replicas=2)
    path.write_text(written.text, encoding="utf-8")

    (config,) = read_configs(path)

    assert (config.findings, config.unknown) == ((), ())
    judged = registry.validate(model, "inference", hardware=known_gpu("H100", count=8), overrides=asked).settings
    assert judged is not None
    again = registry.settings(model, "inference", **config.of_entry(registry[model]).overrides)
    assert again.as_dict() == judged.as_dict()
