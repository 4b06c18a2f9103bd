"""A real slurmctld with made-up nodes, on this machine: nothing runs on them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: What several tests ask about: types, MIG slices, GPUs without a type, no GPU.
NODES = """
NodeName=dgx[01-02] NodeAddr=127.0.0.1 CPUs=224 RealMemory=2063837 Gres=gpu:h100:8 Feature=h100,vram80g
NodeName=a100-1 NodeAddr=127.0.0.1 CPUs=128 RealMemory=1031000 Gres=gpu:a100:4 Feature=a100
NodeName=mig1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:a100_3g.20gb:2,gpu:a100_1g.5gb:4
NodeName=plain1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=515000 Gres=gpu:8
NodeName=cpu1 NodeAddr=127.0.0.1 CPUs=64 RealMemory=257000
PartitionName=gpu Nodes=dgx[01-02],a100-1,mig1,plain1 Default=YES MaxTime=INFINITE State=UP
PartitionName=all Nodes=ALL MaxTime=INFINITE State=UP
"""
_LIMIT_SECONDS = 60


@dataclass(frozen=True)
class Controller:
    """
    A running slurmctld.

    Args:
        folder: Its configuration, state and logs.

        environment: The environment in which Slurm's commands find it.
    """

    folder: Path
    environment: dict[str, str]

    def ask(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of Slurm's commands: ``ask("scontrol", "show", "nodes", "-o")``."""
        return subprocess.run(
            command, env=self.environment, check=check, capture_output=True, text=True, timeout=_LIMIT_SECONDS
        )


@contextmanager
def controller(folder: Path, nodes: str = NODES) -> Iterator[Controller]:
    """
    Start munged and slurmctld in a folder, and end them.

    Args:
        nodes: Lines of slurm.conf: nodes and partitions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "state").mkdir()
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    place = folder / "munge.socket"
    conf = folder / "slurm.conf"
    conf.write_text(_configuration(folder, place, nodes), encoding="utf-8")
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    munge = ["munged", "--foreground", "--force", f"--socket={place}", f"--key-file={folder / 'munge.key'}"]
    munge += [f"--{name}-file={folder / name}" for name in ("pid", "log", "seed")]
    running = Controller(folder, environment)
    with ExitStack() as stack:
        stack.enter_context(_process(folder / "munged.out", munge, environment))
        _wait(place.exists, folder)
        stack.enter_context(_process(folder / "slurmctld.out", ["slurmctld", "-D", "-f", str(conf)], environment))
        _wait(lambda: running.ask("scontrol", "ping", check=False).stdout.strip().endswith("is UP"), folder)
        yield running


def _configuration(folder: Path, munge: Path, nodes: str) -> str:
    settings = {
        "ClusterName": "demo",
        "SlurmctldHost": f"{socket.gethostname()}(127.0.0.1)",
        "SlurmctldPort": str(_free_port()),
        "SlurmUser": "root",
        "AuthType": "auth/munge",
        "AuthInfo": f"socket={munge}",
        "CredType": "cred/munge",
        "StateSaveLocation": str(folder / "state"),
        "SlurmctldPidFile": str(folder / "slurmctld.pid"),
        "GresTypes": "gpu",
        "SelectType": "select/cons_tres",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "MpiDefault": "none",
        "ReturnToService": "2",
        "SlurmdTimeout": "0",  # nodes that nobody plays are not taken for silent ones
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    return "\n".join([*lines, nodes.strip(), ""])


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def _process(log: Path, command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(is_there: object, folder: Path) -> None:
    end = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < end:
        if callable(is_there) and is_there():
            return
        time.sleep(0.2)
    logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.out"))
    raise TimeoutError(f"Slurm does not start:\n{logs}")
