"""The process that asks the driver: it prints one answer, whatever the driver prints or does."""

from __future__ import annotations

import faulthandler
import json
import os

from model_garden_registry.hardware.driver.nvml import read_driver
from model_garden_registry.hardware.snapshots import hardware_document


def main(frame: bytes, limit_seconds: float) -> None:
    """
    Print the facts that the driver reports.

    Args:
        frame: Text to print first, so that the caller finds the answer.

        limit_seconds: When to end in any case: the caller, which should have ended this process, is gone by then.
    """
    faulthandler.dump_traceback_later(limit_seconds, exit=True)
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # the driver's own output

    document = json.dumps(hardware_document(read_driver()))

    with os.fdopen(answer, "wb") as file:
        file.write(frame + document.encode() + b"\n")
