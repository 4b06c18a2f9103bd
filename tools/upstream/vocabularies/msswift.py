"""Keys of a file of arguments for ms-swift: the fields of what ``swift rlhf`` fills, which has those of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.dataclass_fields import Source

__all__ = ["BESIDE", "keys"]

#: Unpacked beside it, at the newest release that it takes: its training arguments are that one's.
BESIDE = ("transformers",)

_FILES = (
    "swift/arguments/**/*.py", "swift/trainers/*.py", "swift/rlhf_trainers/*.py", "swift/ray_utils/*.py",
    "transformers/*.py",
)  # fmt: skip
_ARGUMENTS = "swift/arguments/rlhf_args.py"


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of an unpacked ms-swift with transformers beside it."""
    found = Source(root, _FILES).fields(_ARGUMENTS, "RLHFArguments")
    # Variables of the environment, which ``swift`` takes out of a file before it reads the rest.
    return dict(sorted((found | {"ENV": {"types": ["object"]}}).items()))
