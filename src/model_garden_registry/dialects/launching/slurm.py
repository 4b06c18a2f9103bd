"""A batch script for Slurm that serves or trains a model, on one machine or several."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from model_garden_registry.dialects.exporting import Exported, ExportRequest
from model_garden_registry.dialects.launching.choosing import check_replicas, gpu_count, gpus_note
from model_garden_registry.dialects.launching.judged_gpus import family_word
from model_garden_registry.dialects.launching.resource_names import resource_name
from model_garden_registry.dialects.launching.servers import Server, server_of
from model_garden_registry.dialects.launching.started import Expanded, double_quoted, shell_lines
from model_garden_registry.dialects.launching.trainers import trainer_of, trl_configuration
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.visible_text import visible

#: Ports at which the machines of one job meet: of torch's rendezvous, and of SGLang.
_MEETING_PORT = 29500
_SGLANG_PORT = 20000
#: The first machine of the job, whose name the others know.
_FIRST = 'first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)\nexport first\n'
_RANK = Expanded('"$SLURM_NODEID"')
_PYTHON = "3.12"
_SUBMITTED_IN = "it writes its file and outputs into the folder in which it is submitted: one folder for each run"


def slurm(request: ExportRequest) -> Exported:
    """
    Return a script for ``sbatch``.

    It asks for nodes and GPUs; partition, account, time, CPUs and memory are left to the site.

    Raises:
        UnsupportedExportError: The tool cannot express a setting, or a training run has replicas.

        MissingExtraError: The stack's file is YAML, and PyYAML is not installed.
    """
    check_replicas(request)
    if isinstance(request.settings, InferenceSettings):
        server = server_of(request)
        packages: tuple[str, ...] = (f"{server.name}=={request.settings.engine_version}",)
        command, notes = _serving(request, server), (*server.started.notes, *_where(request, server))
    else:
        several = request.settings.nodes > 1
        started = trainer_of(request, _OVER[request.settings.stack] if several else None)
        packages, command = started.packages, started.command
        notes = (_SUBMITTED_IN + (", which all nodes must share" if several else ""),)
    place = f"~/{_place(packages[0])}"
    head = _FIRST if request.settings.nodes > 1 else ""
    notes = ("start it with: sbatch FILE", _installs(place, packages), *_gated(request), *notes, *gpus_note(request))
    comments = "".join(f"# {visible(note)}\n" for note in notes)
    body = f"set -eu\nsource {place}/bin/activate\n{head}{command}"
    return Exported(text=f"#!/bin/bash\n{comments}{_directives(request)}\n{body}", notes=notes)


def _directives(request: ExportRequest) -> str:
    resource, feature = _resource(request)
    asked = {
        "job-name": resource_name(request.job_name),
        **({"partition": request.partitions} if request.partitions else {}),
        "nodes": request.settings.nodes,
        "ntasks-per-node": 1,
        **({"constraint": feature} if feature else {}),
        "gres": f"{resource}:{gpu_count(request)}",
        **({"array": f"0-{request.replicas - 1}"} if request.replicas > 1 else {}),
    }
    return "".join(f"#SBATCH --{name}={value}\n" for name, value in asked.items())


def _resource(request: ExportRequest) -> tuple[str, str | None]:
    """Return the GPUs in Slurm's words, and the feature that nodes must have; a family's word is a guess at them."""
    offered = request.offered
    if offered is not None and offered.is_slurms:
        return offered.resource, offered.feature
    kind = family_word(request.gpus)
    return f"gpu:{kind}" if kind else "gpu", None


def _place(requirement: str) -> str:
    """Return the folder of an environment: ``vllm-0.33.0``."""
    return re.sub(r"\[.*?\]", "", requirement).replace("==", "-")


def _installs(place: str, packages: Sequence[str]) -> str:
    made = f"uv venv --python {_PYTHON} {place}"
    return f"first, where the nodes find it: {made} && uv pip install --python {place} {shlex.join(packages)}"


def _gated(request: ExportRequest) -> Iterator[str]:
    if request.entry.gated:
        yield "the weights are gated: submit it with HF_TOKEN in the environment"


def _where(request: ExportRequest, server: Server) -> Iterator[str]:
    port = f"port {server.port}"
    if request.replicas > 1:
        port = f"ports {server.port} to {server.port + request.replicas - 1}, one for each task of the array"
    yield f"the first node that squeue shows for it answers at {port}"


def _serving(request: ExportRequest, server: Server) -> str:
    settings = request.inference
    words: list[str | Expanded] = [*server.program, *server.arguments]
    if request.replicas > 1:  # two of them may run on one node
        words[-1] = Expanded(f'"$(({server.port} + SLURM_ARRAY_TASK_ID))"')
    if settings.nodes == 1:
        return f"srun {shell_lines(words)}"
    words += ["--node-rank", _RANK]
    if settings.engine == "sglang":
        words += ["--dist-init-addr", Expanded(f'"$first:{_SGLANG_PORT}"')]
        return _on_each(f"exec {shell_lines(words, quote=double_quoted)}")
    words += ["--master-addr", Expanded('"$first"'), Expanded("$part")]
    rest = 'if [ "$SLURM_NODEID" -gt 0 ]; then part=--headless; fi\n'
    return _on_each(f"{rest}exec {shell_lines(words, quote=double_quoted)}")


def _on_each(script: str) -> str:
    """Return the command that runs a script on each machine of the job."""
    return f"srun bash -c {shlex.quote(script.rstrip())}\n"


def _by_torch(settings: TrainingSettings) -> str:
    """Return the options by which torch's launchers on all machines find each other."""
    return (
        f"--nnodes {settings.nodes} --nproc_per_node {settings.gpus_of_node} --rdzv_backend c10d "
        f'--rdzv_id "$SLURM_JOB_ID" --rdzv_endpoint "$first:{_MEETING_PORT}"'
    )


def _trl(request: ExportRequest, file: str) -> str:
    """
    Return the start of a TRL program.

    Source:
        accelerate 1.15.0, `prepare_multi_gpu_env`: with ``same_network``, as TRL's files have it, ranks are static
    """
    settings = request.training
    machines = f"--num_machines {settings.nodes} --machine_rank {_RANK.text} --num_processes {settings.n_gpus}"
    meeting = f'--main_process_ip "$first" --main_process_port {_MEETING_PORT}'
    script = f'accelerate launch --config_file "$settings" {machines} {meeting} {file}'
    return f"settings={trl_configuration(request)}\nexport settings\n{_on_each(script)}".rstrip()


def _unsloth(request: ExportRequest, file: str) -> str:
    return f"srun torchrun {_by_torch(request.training)} {file}"


def _axolotl(request: ExportRequest, file: str) -> str:
    return f"srun axolotl train {file} --launcher torchrun -- {_by_torch(request.training)}"


def _by_variables(settings: TrainingSettings, command: str) -> str:
    """Return a command with the variables by which a tool's own launchers find each other."""
    on_each = f"NNODES={settings.nodes} NPROC_PER_NODE={settings.gpus_of_node}"
    meeting = f'NODE_RANK={_RANK.text} MASTER_ADDR="$first" MASTER_PORT={_MEETING_PORT}'
    return _on_each(f"{on_each} {meeting} {command}").rstrip()


def _llama_factory(request: ExportRequest, file: str) -> str:
    return _by_variables(request.training, f"FORCE_TORCHRUN=1 llamafactory-cli train {file}")


def _ms_swift(request: ExportRequest, file: str) -> str:
    settings = request.training
    return _by_variables(settings, f"swift {'sft' if settings.algorithm == 'sft' else 'rlhf'} {file}")


#: Stack → how it is started on several machines.
_OVER: Mapping[str, Callable[[ExportRequest, str], str]] = {
    "trl": _trl,
    "unsloth": _unsloth,
    "axolotl": _axolotl,
    "llama-factory": _llama_factory,
    "ms-swift": _ms_swift,
}
