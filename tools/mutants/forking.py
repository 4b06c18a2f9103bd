"""Work in copies of this process, each of which ends with a code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

#: What a copy ends with where its work raises.
RAISED = 1


def code_of(work: Callable[[], int], *, limit: int | None = None, patience: int = 900) -> int:
    """
    Do work in a copy of this process; return the code that it returns, or a negative one where a signal ended it.

    Args:
        limit: How long it may compute, in seconds; None: as long as it wants.

        patience: How long it may take where there is a limit, in seconds: it may wait for what never comes.
    """
    import resource  # late: Windows has none, and no copies either

    sys.stdout.flush()
    if copy := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    code = RAISED
    try:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            signal.alarm(patience)
        code = work()
    finally:
        os._exit(code)
