"""The exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_garden_registry.dialects.errors import ForeignFileError, UnsupportedExportError
from model_garden_registry.errors import (
    EntryExistsError,
    InvalidOverrideError,
    RegistryError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)
from model_garden_registry.hardware.inventory.errors import InventoryError

if TYPE_CHECKING:  # help needs no verdicts
    from model_garden_registry.findings import Verdict

#: The answer is yes, or is on stdout.
ANSWER = 0
#: The answer is no.
NO = 1
#: Invalid usage: a wrong option, setting, id or GPU name.
INVALID_USAGE = 2
#: No answer: registry missing or broken, extra not installed.
NO_ANSWER = 3
#: A bug of this program (EX_SOFTWARE of sysexits.h).
UNFORESEEN = 70
#: Ctrl-C.
INTERRUPTED = 130

_OF_VERDICTS = {"fail": NO, "unknown": NO_ANSWER}
_INVALID_USAGE = (
    EntryExistsError,
    ForeignFileError,
    InventoryError,
    InvalidOverrideError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
)


def for_error(error: RegistryError) -> int:
    """Return the code of an error: the answer is no, the usage is invalid, or there is no answer."""
    if isinstance(error, UnsupportedExportError):
        return NO
    return INVALID_USAGE if isinstance(error, _INVALID_USAGE) else NO_ANSWER


def for_verdict(verdict: Verdict) -> int:
    """Return the exit code of a verdict; a warning is 0."""
    return _OF_VERDICTS.get(verdict, ANSWER)
