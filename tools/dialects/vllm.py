"""
Parse every exported command and file with vLLM's real parser, and build its configuration.

    python tools/dialects/vllm.py FOLDER

Run it inside an environment that has vLLM; nothing needs a GPU: without one, vLLM is told that it runs on
eight H100, since its parser asks for a platform. ``*.sh`` is one command, ``*.yaml`` and ``*.json`` are files for
``--config``. Every option is compared with the parser's whole options, because argparse takes shortened ones as well.
Then the engine's arguments are made, and the configurations that need no file of the model: for the others vLLM
inspects the class of the model in a process of its own, which wants a GPU. One JSON object goes to stdout; exit code 1
where anything is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import shlex
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != _HERE]
#: Extensions of vLLM that want a driver when they are loaded, and that no parser calls.
_EXTENSIONS = ("_C", "_C_stable_libtorch", "_moe_C", "_moe_C_stable_libtorch")
_GIB = 2**30


def main(folder: Path) -> int:
    """Parse every file and build its configuration."""
    _stand_in()
    make = importlib.import_module("vllm.entrypoints.common.cli_args").make_arg_parser
    parser = make(importlib.import_module("vllm.utils.argparse_utils").FlexibleArgumentParser())
    refused: dict[str, str] = {}
    paths = sorted(path for pattern in ("*.sh", "*.yaml", "*.json") for path in folder.glob(pattern))
    for path in paths:
        try:
            _build(parser.parse_args(list(_arguments(path, parser))))
        except (ValueError, TypeError, AttributeError, SystemExit) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("vllm")
    sys.stdout.write(json.dumps({"tool": "vllm", "version": version, "files": len(paths), "refused": refused}) + "\n")
    return int(bool(refused))


def _stand_in() -> None:
    """Make vLLM believe that there are GPUs."""
    torch = importlib.import_module("torch")
    if torch.cuda.is_available():
        return
    for name in _EXTENSIONS:
        sys.modules[f"vllm.{name}"] = types.ModuleType(f"vllm.{name}")
    platforms = importlib.import_module("vllm.platforms")
    capability = importlib.import_module("vllm.platforms.interface").DeviceCapability
    base = importlib.import_module("vllm.platforms.cuda").CudaPlatformBase
    stands: dict[str, Callable[..., Any]] = {
        "get_device_capability": lambda *_args, **_more: capability(9, 0),
        "has_device_capability": lambda wanted, *_args, **_more: _number(wanted) <= 90,
        "get_device_name": lambda *_args, **_more: "NVIDIA H100 80GB HBM3",
        "get_device_total_memory": lambda *_args, **_more: 80 * _GIB,
        "device_count": lambda: 8,
        "is_fully_connected": lambda *_args, **_more: True,
    }
    made = type("StandIn", (base,), {name: staticmethod(call) for name, call in stands.items()})
    vars(platforms)["_current_platform"] = made()


def _number(capability: Any) -> int:
    return capability[0] * 10 + capability[1] if isinstance(capability, tuple) else int(capability)


def _arguments(path: Path, parser: Any) -> Iterator[str]:
    """Return the words after ``vllm serve``, with every option unabbreviated."""
    if path.suffix == ".sh":
        program, subcommand, *words = _split(path)
        if (program, subcommand) != ("vllm", "serve"):
            raise ValueError(f"starts {program} {subcommand}")
    else:
        words = _of_file(path, parser)
    known = parser._option_string_actions
    for word in words:
        option = word.partition("=")[0]
        if word.startswith("--") and option not in known:
            raise ValueError(f"{option} is no whole option")
        yield word


def _split(path: Path) -> list[str]:
    """Return the words of a command that goes over several lines."""
    return shlex.split(path.read_text(encoding="utf-8").replace("\\\n", " "), comments=True)


def _of_file(path: Path, parser: Any) -> list[str]:
    """Return the parser's arguments from a file for ``--config``; it accepts only YAML suffixes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "config.yaml"
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        words: list[str] = parser.load_config_file(str(copy))
    return words


def _build(arguments: Any) -> None:
    """Make the engine's arguments, and the configurations that no file of the model is needed for."""
    engine = importlib.import_module("vllm.engine.arg_utils").AsyncEngineArgs
    arguments.model = arguments.model_tag or arguments.model
    made = engine.from_cli_args(arguments)
    config = importlib.import_module("vllm.config")
    config.CacheConfig(
        gpu_memory_utilization=made.gpu_memory_utilization,
        cache_dtype=made.kv_cache_dtype,
        kv_cache_memory_bytes=made.kv_cache_memory_bytes,
        mamba_ssm_cache_dtype=made.mamba_ssm_cache_dtype,
    )
    config.ParallelConfig(
        tensor_parallel_size=made.tensor_parallel_size,
        pipeline_parallel_size=made.pipeline_parallel_size,
        data_parallel_size=made.data_parallel_size,
        decode_context_parallel_size=made.decode_context_parallel_size,
        enable_expert_parallel=made.enable_expert_parallel,
        distributed_executor_backend="mp",
    )
    importlib.import_module("vllm.config.offload").UVAOffloadConfig(cpu_offload_gb=made.cpu_offload_gb)
    if made.enable_lora:
        config.LoRAConfig(max_loras=made.max_loras, max_lora_rank=made.max_lora_rank)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
