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
#: Texts that it reads as JSON where they are that, so that a file may have a mapping in their place.
_JSON = ("device_groups", "fsdp", "rope_scaling", "teacher_deepspeed", "teacher_model_server")
_ARGUMENTS = "swift/arguments/rlhf_args.py"


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of an unpacked ms-swift with transformers beside it."""
    source = Source(root, _FILES)
    found = source.fields(_ARGUMENTS, "RLHFArguments")
    # It takes any text for some of these, and hands it on to transformers, which does not.
    for key, facts in source.fields("transformers/training_args.py", "TrainingArguments").items():
        if "choices" in facts:
            found[key].setdefault("choices", facts["choices"])
    for key in _JSON:
        found[key]["types"] = ["object", "string"]
    # Variables of the environment, which ``swift`` takes out of a file before it reads the rest.
    return dict(sorted((found | {"ENV": {"types": ["object"]}}).items()))
