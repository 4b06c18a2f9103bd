"""What a process says of itself when it ends."""

from __future__ import annotations

from model_garden_registry.errors import (
    InvalidOverrideError,
    RegistryError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.findings import Verdict

#: Yes, or here is the answer.
ANSWER = 0
#: The answer is no.
NO = 1
#: Asked wrongly: option, setting, id, name of a GPU.
ASKED_WRONGLY = 2
#: No answer: registry missing or broken, extra not installed.
NO_ANSWER = 3
#: Ctrl-C.
INTERRUPTED = 130

_OF_VERDICTS = {Verdict.FAIL: NO, Verdict.UNKNOWN: NO_ANSWER}
_WRONG_QUESTIONS = (
    InvalidOverrideError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)


def for_error(error: RegistryError) -> int:
    """Say whose mistake an error is: the question's, or nobody could answer."""
    return ASKED_WRONGLY if isinstance(error, _WRONG_QUESTIONS) else NO_ANSWER


def for_verdict(verdict: Verdict) -> int:
    """Say what a verdict amounts to; a warning is an answer like any other."""
    return _OF_VERDICTS.get(verdict, ANSWER)
