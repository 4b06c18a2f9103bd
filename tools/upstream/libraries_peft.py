"""
Print what PEFT does by default.

    python tools/upstream/libraries_peft.py

Run it inside an environment that has PEFT. One JSON object goes to stdout, with the names of the fields of
``storage/stacks.json``. Works for PEFT 0.12 to 0.21.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys

__all__ = ["facts"]


def facts() -> dict[str, object]:
    """Return what the installed PEFT does, under the names of the fields of ``storage/stacks.json``."""
    peft = importlib.import_module("peft")
    return {
        "converts_expert_targets": importlib.util.find_spec("peft.utils.transformers_weight_conversion") is not None,
        "autocast_adapter_dtype": inspect.signature(peft.get_peft_model).parameters["autocast_adapter_dtype"].default,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")
