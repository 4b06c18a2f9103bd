"""Algorithm, method and loss of a run of ms-swift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.msswift.adapters import is_full
from model_garden_registry.dialects.training.run_rules import attention

_TOOL = "ms-swift"
_TYPES = {"dpo": "dpo", "orpo": "orpo", "kto": "kto", "rm": "reward", "grpo": "grpo"}
#: Algorithms for which Liger's kernels fuse head and loss.
#: Source: 4.6, `rlhf_trainers/grpo_trainer.py` _prepare_liger_loss; of the others none but gkd has such a loss
_FUSED = ("sft", "grpo")
#: Kernels that can separate packed sequences.
#: Source: 4.6, `arguments/sft_args.py` _check_padding_free
_PACKING = ("flash_attention_2", "flash_attention_3")


def algorithm_of(words: Words) -> str | None:
    """Return the algorithm of a run; None if there is no setting for it."""
    return _TYPES.get(words.get("rlhf_type")) if "rlhf_type" in words else "sft"


def _algorithm() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        algorithm = request.value("algorithm")
        types = {ours: theirs for theirs, ours in _TYPES.items()}
        return {} if algorithm == "sft" else {"rlhf_type": types[algorithm]}

    def read(words: Words) -> Mapping[str, Any]:
        algorithm = algorithm_of(words)
        if words.get("task_type") not in (None, "causal_lm"):
            words.leave("task_type", "a head other than the language model's")
        if algorithm is None:
            words.leave("rlhf_type", "that algorithm needs further models or other losses")
            return {}
        return {"algorithm": algorithm}

    return Rule(
        keys=("rlhf_type", "task_type"),
        settings=("algorithm",),
        write=write,
        read=read,
        says="not written for sft; rm is reward",
    )


def _method() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        method, bits = request.value("method"), 8 if request.value("base_quantization") else None
        bits = 4 if method == "qlora" else bits
        kind = {"tuner_type": "full" if method == "full" else "lora"}
        return kind | ({"quant_method": "bnb", "quant_bits": bits} if bits else {})

    def read(words: Words) -> Mapping[str, Any]:
        kind, how, bits = words.get("tuner_type"), words.get("quant_method"), words.get("quant_bits")
        if kind not in ("full", "lora"):
            words.leave("tuner_type", "another way to train")
            return {}
        if how is None and bits is not None:
            words.doubt("quant_bits", "does nothing without quant_method")
        if how not in (None, "bnb"):
            words.leave("quant_method", "a quantisation other than bitsandbytes")
            return {"method": kind}
        if how is None:
            return {"method": kind, "base_quantization": None}
        if bits not in (4, 8):
            raise RefusedValueError("quant_method", "bnb needs quant_bits 4 or 8")
        if kind == "full":
            raise RefusedValueError("quant_method", "cannot be combined with tuner_type: full")
        return {"method": "qlora" if bits == 4 else "lora", "base_quantization": "8bit" if bits == 8 else None}

    return Rule(
        keys=("tuner_type", "quant_method", "quant_bits"),
        settings=("method", "base_quantization"),
        write=write,
        read=read,
        says="qlora is lora with quant_method bnb in 4 bits",
        said_by={"method": ("quant_bits", "tuner_type"), "base_quantization": ("quant_bits",)},
    )


def _rate() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        rate = words.get("learning_rate")
        return {"learning_rate": rate if rate is not None else 1e-5 if is_full(words) else 1e-4}

    return Rule(
        keys=("learning_rate",),
        settings=("learning_rate",),
        write=lambda request: {"learning_rate": request.value("learning_rate")},
        read=read,
    )


def _loss() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        loss, algorithm, sharding = (request.value(name) for name in ("loss", "algorithm", "sharding"))
        if loss not in ("full", "fused") or (loss == "fused" and algorithm not in _FUSED):
            raise UnsayableError(f"{_TOOL} has no {loss} loss for {algorithm}")
        if loss == "fused" and sharding == "device_map":
            raise UnsayableError(f"{_TOOL} has no fused loss with sharding device_map")
        return {"use_liger_kernel": loss == "fused"}

    def read(words: Words) -> Mapping[str, Any]:
        is_fused = words.get("use_liger_kernel") and algorithm_of(words) in _FUSED
        return {"loss": "fused" if is_fused else "full"}

    return Rule(
        keys=("use_liger_kernel",), settings=("loss",), write=write, read=read, says="Liger's kernels: fused, or full"
    )


_KERNEL = attention(
    "attn_impl",
    {name: name for name in ("sdpa", "eager", "flash_attention_2", "flash_attention_3")},
    None,
    also={"flash_attn": "flash_attention_2"},
)


def _packing() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        packing = request.value("packing")
        if packing and request.value("attn_implementation") not in _PACKING:
            raise UnsayableError(f"{_TOOL} packs only with attention {' or '.join(_PACKING)}")
        return {"packing": packing}

    def read(words: Words) -> Mapping[str, Any]:
        kernel = words.get("attn_impl")
        if words.get("packing") and kernel in (None, "sdpa", "eager", "flex_attention"):
            raise RefusedValueError("packing", "needs attn_impl: flash_attn")
        return {"packing": words.get("packing")}

    return Rule(keys=("packing",), settings=("packing",), write=write, read=read)


RULES = (
    _algorithm(),
    _method(),
    _rate(),
    _loss(),
    _KERNEL,
    _packing(),
)
