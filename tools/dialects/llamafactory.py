"""
Check exported files with LLaMA-Factory's own parser and the checks after it.

    python tools/dialects/llamafactory.py FOLDER

Run it inside an environment that has llamafactory, deepspeed and liger-kernel; no GPU is needed. Every ``*.yaml`` of
the folder is read as ``llamafactory-cli train`` reads it, as one process of a run that is divided. What a machine
without a GPU would refuse is left out of the question: the run is told to use the CPU, and that half precision is
there. One JSON object goes to stdout; exit code 1 if a file is refused.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any

# This folder has files named like packages.
sys.path = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]

#: One process of a run with DeepSpeed or FSDP.
_PROCESS = {
    "RANK": "0",
    "LOCAL_RANK": "0",
    "WORLD_SIZE": "1",
    "LOCAL_WORLD_SIZE": "1",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29511",
    # It checks which releases of transformers, TRL and others are beside it, and so does whoever installs it.
    "DISABLE_VERSION_CHECK": "1",
    "LLAMAFACTORY_VERBOSITY": "ERROR",
}
_WITHOUT_GPU = {"use_cpu": True, "ddp_backend": "gloo", "report_to": "none"}


def main(folder: Path) -> int:
    """Build the arguments of every file."""
    os.environ.update(_PROCESS)
    configs = importlib.import_module("omegaconf").OmegaConf
    parser: Any = importlib.import_module("llamafactory.hparams.parser")
    parser.is_torch_bf16_gpu_available = lambda: True
    refused: dict[str, str] = {}
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        try:
            parser.get_train_args({**configs.to_container(configs.load(path)), **_WITHOUT_GPU})
        except (ValueError, TypeError, AssertionError, OSError, ImportError, NotImplementedError) as error:
            refused[path.name] = f"{type(error).__name__}: {error}".partition("\n")[0]
    version = importlib.metadata.version("llamafactory")
    found = {"tool": "llamafactory", "version": version, "files": len(files), "refused": refused}
    sys.stdout.write(json.dumps(found) + "\n")
    return int(bool(refused))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
