"""The process that asks, seen from outside: one framed line, whatever else happens."""

from __future__ import annotations

import json
import subprocess
import sys

from nvml_stand_in.build import StandIn

PROGRAM = "from model_garden_registry.hardware.driver.answer import main; main(b'<', {})"


def ask(limit_seconds: float) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-c", PROGRAM.format(limit_seconds)]
    return subprocess.run(call, check=False, capture_output=True)


def test_the_answer_is_one_line_behind_the_frame(stand_in: StandIn) -> None:
    """What the driver prints is not among it."""
    stand_in.play("fault nvmlInitWithFlags prints\ngpu NVIDIA L4\n")

    reply = ask(60)

    assert (reply.returncode, reply.stdout[:1], reply.stdout.count(b"\n")) == (0, b"<", 1)
    assert json.loads(reply.stdout[1:])["gpus"][0]["name"] == "NVIDIA L4"


def test_a_process_whose_caller_is_gone_ends_by_itself(stand_in: StandIn) -> None:
    """Nobody is left who could end it while the driver hangs."""
    stand_in.play("fault nvmlInitWithFlags waits 3600\n")

    reply = ask(0.2)

    assert (reply.returncode, reply.stdout) == (1, b"")
