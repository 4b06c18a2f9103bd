"""A training tool with its own file, embedded in the launcher's."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest, Form
from model_garden_registry.dialects.launching.started import Started, written_file
from model_garden_registry.dialects.training.axolotl.dialect import AXOLOTL
from model_garden_registry.dialects.training.huggingface.launching import accelerate_config
from model_garden_registry.dialects.training.huggingface.trl import TRL
from model_garden_registry.dialects.training.huggingface.unsloth import UNSLOTH
from model_garden_registry.dialects.training.llamafactory.dialect import LLAMA_FACTORY
from model_garden_registry.dialects.training.msswift.dialect import MS_SWIFT
from model_garden_registry.entries.settings.task_settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class _Trainer:
    """
    A training tool.

    Args:
        dialect: The dialect of its file.

        form: The format of the file.

        file: The name of the file.

        package: The pip package, without its release.

        extras: Extras of the package.

        beside: Requirements that the package does not declare.

        start: The command that trains with it.
    """

    dialect: Dialect
    form: Form
    file: str
    package: str
    extras: tuple[str, ...]
    beside: tuple[str, ...]
    start: Callable[[ExportRequest, str], str]


def trl_configuration(request: ExportRequest) -> str:
    """Return the file of accelerate's settings for a TRL program, as a word of a shell; they are TRL's package data."""
    name = accelerate_config(request)
    here = f"import trl, pathlib; print(pathlib.Path(trl.__file__).parent / 'accelerate_configs' / '{name}.yaml')"
    return f'"$(python -c {shlex.quote(here)})"'


def _trl(request: ExportRequest, file: str) -> str:
    if accelerate_config(request) is None:
        return f"python {file}"
    processes = f"--num_processes {request.training.n_gpus}"
    return f"accelerate launch --config_file {trl_configuration(request)} {processes} {file}"


def _unsloth(request: ExportRequest, file: str) -> str:
    processes = _processes(request.training)
    return f"python {file}" if processes == 1 else f"torchrun --nproc_per_node {processes} {file}"


def _axolotl(request: ExportRequest, file: str) -> str:
    settings = request.training
    if settings.n_gpus == 1:
        return f"axolotl train {file}"
    if _processes(settings) == 1:
        return f"axolotl train {file} --launcher python"
    return f"axolotl train {file} -- --num_processes {settings.n_gpus}"


def _llama_factory(request: ExportRequest, file: str) -> str:
    settings = request.training
    if settings.n_gpus == 1 and settings.sharding == "none":
        return f"CUDA_VISIBLE_DEVICES=0 llamafactory-cli train {file}"
    return f"FORCE_TORCHRUN=1 NPROC_PER_NODE={settings.n_gpus} llamafactory-cli train {file}"


def _ms_swift(request: ExportRequest, file: str) -> str:
    settings = request.training
    command = f"swift {'sft' if settings.algorithm == 'sft' else 'rlhf'} {file}"
    processes = _processes(settings)
    return command if processes == 1 else f"NPROC_PER_NODE={processes} {command}"


def _processes(settings: TrainingSettings) -> int:
    """Return the number of processes: one if a single process lays the model out over GPUs, else one per GPU."""
    return 1 if settings.sharding == "device_map" else settings.n_gpus


#: Stack → how it is started.
_TRAINERS: Mapping[str, _Trainer] = {
    "trl": _Trainer(TRL, "script", "train.py", "trl", ("peft", "quantization"), (), _trl),
    "unsloth": _Trainer(UNSLOTH, "script", "train.py", "unsloth", (), (), _unsloth),
    "axolotl": _Trainer(AXOLOTL, "yaml", "axolotl.yaml", "axolotl", (), (), _axolotl),
    "llama-factory": _Trainer(
        LLAMA_FACTORY, "yaml", "llamafactory.yaml", "llamafactory", (), ("bitsandbytes",), _llama_factory
    ),
    "ms-swift": _Trainer(MS_SWIFT, "yaml", "swift.yaml", "ms-swift", (), ("bitsandbytes",), _ms_swift),
}
#: Packages with a DeepSpeed extra that pins a release they work with.
#: Source: METADATA of axolotl 0.21.0 and TRL 1.16.0
_WITH_DEEPSPEED = frozenset({"axolotl", "trl"})


def trainer_of(request: ExportRequest, start: Callable[[ExportRequest, str], str] | None = None) -> Started:
    """
    Return the stack of the settings, with its file and its command.

    Args:
        start: Returns the command for a file; None: the stack's on one machine.

    Raises:
        UnsupportedExportError: The stack cannot express a setting.
    """
    settings = request.training
    trainer = _TRAINERS[settings.stack]
    made = trainer.dialect.export(request, trainer.form)
    return Started(
        image=None,
        packages=_packages(trainer, settings),
        command=f"{written_file(trainer.file, made.text)}{(start or trainer.start)(request, trainer.file)}\n",
        port=None,
        # The tool's own notes are in its file.
        notes=("outputs is only on the training machine: copy it from there, or mount a volume",),
    )


def _packages(trainer: _Trainer, settings: TrainingSettings) -> tuple[str, ...]:
    extras, beside = [*trainer.extras], [*trainer.beside]
    if settings.sharding.startswith("zero"):
        (extras if trainer.package in _WITH_DEEPSPEED else beside).append("deepspeed")
    named = f"{trainer.package}[{','.join(extras)}]" if extras else trainer.package
    return (f"{named}=={settings.stack_version}", *beside)
