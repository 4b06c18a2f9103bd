"""
Print transformers' defaults: experts, their quantisation, and the reach of gradient checkpointing.

    python tools/upstream/libraries_transformers.py

Run it inside an environment that has transformers and torch. One JSON object goes to stdout, with the names of the
fields of ``storage/stacks.json``. Works for transformers 4.45 to 5.24; no weights are read or made.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys
from pathlib import Path

__all__ = ["facts"]

#: Smallest numbers from which a Mixtral can be built.
_SMALL = {
    "vocab_size": 8,
    "hidden_size": 16,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "num_local_experts": 4,
}


def facts() -> dict[str, object]:
    """Return what the installed transformers does, under the names of the fields of ``storage/stacks.json``."""
    optimizers = importlib.import_module("transformers.training_args").OptimizerNames
    schedulers = importlib.import_module("transformers.trainer_utils").SchedulerType
    fuses = _fuses_experts()
    return {
        "fuses_experts": fuses,
        "moe_unquantized": fuses and not _bitsandbytes_knows_experts(),
        "optimizers": sorted(member.value for member in optimizers),
        "passes_frozen_towers": _hooks_all_embeddings(),
        "schedulers": sorted(member.value for member in schedulers),
    }


def _fuses_experts() -> bool:
    """Return whether the experts of a Mixtral are parameters with three dimensions, rather than linear layers."""
    torch = importlib.import_module("torch")
    transformers = importlib.import_module("transformers")
    with torch.device("meta"):
        model = transformers.MixtralForCausalLM(transformers.MixtralConfig(**_SMALL))
    return any(parameter.dim() == 3 for parameter in model.parameters())


def _hooks_all_embeddings() -> bool:
    """Return whether gradient checkpointing lets the embeddings of every part of a model require a gradient."""
    model = importlib.import_module("transformers").PreTrainedModel
    return "self.modules()" in inspect.getsource(model.enable_input_require_grads)


def _bitsandbytes_knows_experts() -> bool:
    """Return whether the module that swaps linear layers for quantised ones looks at experts at all."""
    spec = importlib.util.find_spec("transformers.integrations.bitsandbytes")
    if spec is None or spec.origin is None:
        message = "transformers has no module for bitsandbytes"
        raise ModuleNotFoundError(message)
    return "expert" in Path(spec.origin).read_text(encoding="utf-8").lower()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")
