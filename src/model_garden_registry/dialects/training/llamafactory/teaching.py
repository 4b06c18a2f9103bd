"""Algorithm, method and loss of a LLaMA-Factory file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.adapter_rules import of_adapter, of_dora, saved_modules, saved_settings

_TOOL = "LLaMA-Factory"
_STAGES = {"sft": "sft", "pt": "sft", "dpo": "dpo", "kto": "kto", "rm": "reward"}
#: Losses of its stage dpo with DPO's memory: they differ only in arithmetic on the same four numbers.
_LIKE_DPO = ("sigmoid", "hinge", "ipo", "kto_pair")


def _algorithm() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        algorithm = request.value("algorithm")
        if algorithm == "orpo":
            return {"stage": "dpo", "pref_loss": "orpo"}
        stages = {ours: theirs for theirs, ours in _STAGES.items() if theirs != "pt"}
        if algorithm not in stages:
            raise UnsayableError(f"{_TOOL} has no stage for {algorithm}")
        return {"stage": stages[algorithm]}

    def read(words: Words) -> Mapping[str, Any]:
        stage, loss = words.get("stage"), words.get("pref_loss")
        if stage not in _STAGES:
            words.leave("stage", "further models and text generated during training")
            return {}
        if stage != "dpo" or loss in _LIKE_DPO:
            return {"algorithm": _STAGES[stage]}
        if loss == "orpo":
            return {"algorithm": "orpo"}
        words.leave("pref_loss", "a loss without a reference model, for which there is no setting")
        return {}

    return Rule(keys=("stage", "pref_loss"), settings=("algorithm",), write=write, read=read, says="rm is reward")


def _method() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        method, bits = request.value("method"), 8 if request.value("base_quantization") else None
        if method == "full":
            return {"finetuning_type": "full"}
        bits = 4 if method == "qlora" else bits
        return {"finetuning_type": "lora"} | ({"quantization_bit": bits, "quantization_method": "bnb"} if bits else {})

    def read(words: Words) -> Mapping[str, Any]:
        kind, bits = words.get("finetuning_type"), words.get("quantization_bit")
        if bits is not None and kind not in ("lora", "oft"):
            raise RefusedValueError("quantization_bit", f"needs finetuning_type lora or oft, not {kind}")
        if kind not in ("lora", "full"):
            words.leave("finetuning_type", "another way to train")
            return {}
        if bits is None:
            return {"method": kind, "base_quantization": None}
        if words.get("quantization_method") != "bnb":
            words.leave("quantization_bit", "a quantisation other than bitsandbytes")
            return {"method": "lora"}
        if bits not in (4, 8):
            raise RefusedValueError("quantization_bit", f"takes 4 or 8 with bitsandbytes, not {bits}")
        return {"method": "qlora" if bits == 4 else "lora", "base_quantization": "8bit" if bits == 8 else None}

    return Rule(
        keys=("finetuning_type", "quantization_bit", "quantization_method"),
        settings=("method", "base_quantization"),
        write=write,
        read=read,
        says="qlora is lora with 4 bits; a model published quantised stays as it is",
        said_by={"method": ("quantization_bit", "finetuning_type"), "base_quantization": ("quantization_bit",)},
    )


def is_full(words: Words) -> bool:
    """Return whether all weights are trained."""
    return bool(words.get("finetuning_type") == "full")


def _alpha(words: Words) -> Any:
    alpha = words.get("lora_alpha")
    return 2 * words.get("lora_rank") if alpha is None else alpha


def _targets(words: Words) -> str | list[str]:
    targets = _names(words.get("lora_target"))
    return "all-linear" if targets == ["all"] else targets


def _names(value: str | list[Any]) -> list[str]:
    return [str(one).strip() for one in (value.split(",") if isinstance(value, str) else value)]


def _saved() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        saved = saved_modules(request)
        return {"additional_target": ",".join(saved)} if saved else {}

    def read(words: Words) -> Mapping[str, Any]:
        named = words.get("additional_target")
        if is_full(words):
            return {}
        if named is None:
            return {"trains_embeddings": bool(words.get("resize_vocab"))}
        return saved_settings(_names(named))

    return Rule(
        keys=("additional_target", "resize_vocab"),
        settings=("trains_embeddings", "lora_config.modules_to_save"),
        write=write,
        read=read,
        says="names of modules; a larger vocabulary trains embeddings and head too",
        said_by={"lora_config.modules_to_save": ("additional_target",)},
    )


def _parameters() -> Rule:
    """Return the rule for parameters: no key names them, and fused experts get no adapters."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        if request.value("lora_config.target_parameters"):
            raise UnsayableError(f"{_TOOL} has no option for target_parameters")
        return {}

    return Rule(
        keys=(),
        settings=("lora_config.target_parameters",),
        write=write,
        read=lambda words: {} if is_full(words) else {"lora_config.target_parameters": []},
        says="always none",
    )


def _loss() -> Rule:
    """Return the rule for the loss: Liger's kernels leave the head alone if a loss needs all logits."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        loss, algorithm = request.value("loss"), request.value("algorithm")
        if loss not in ("full", "fused") or (loss == "fused" and algorithm != "sft"):
            raise UnsayableError(f"{_TOOL} has no {loss} loss for {algorithm}")
        return {"enable_liger_kernel": loss == "fused"}

    def read(words: Words) -> Mapping[str, Any]:
        is_on = words.get("enable_liger_kernel") or words.get("use_liger_kernel")
        return {"loss": "fused" if is_on and _STAGES.get(words.get("stage")) == "sft" else "full"}

    return Rule(
        keys=("enable_liger_kernel", "use_liger_kernel"),
        settings=("loss",),
        write=write,
        read=read,
        says="Liger's kernels: fused, or full",
    )


def _packing() -> Rule:
    def read(words: Words) -> Mapping[str, Any]:
        asked = words.get("packing")
        whole = words.get("stage") == "pt" if asked is None else asked
        return {"packing": bool(whole or words.get("neat_packing"))}

    return Rule(
        keys=("packing", "neat_packing"),
        settings=("packing",),
        write=lambda request: {"packing": request.value("packing")},
        read=read,
        says="automatic with stage pt",
    )


def _tower() -> Rule:
    def write(request: ExportRequest) -> Mapping[str, Any]:
        trains = request.value("trains_vision_tower")
        return {"freeze_vision_tower": not trains} if trains or request.entry.is_vision_model else {}

    return Rule(
        keys=("freeze_vision_tower",),
        settings=("trains_vision_tower",),
        write=write,
        read=lambda words: {"trains_vision_tower": not words.get("freeze_vision_tower")},
        says="the opposite",
    )


RULES = (
    _algorithm(),
    _method(),
    of_adapter("lora_rank", "r", is_full),
    of_adapter("lora_alpha", "lora_alpha", is_full, of=_alpha, says="default: twice the rank"),
    of_adapter("lora_dropout", "lora_dropout", is_full),
    of_adapter(
        "lora_target",
        "target_modules",
        is_full,
        to=lambda targets: "all" if targets == "all-linear" else ",".join(targets),
        of=_targets,
        says="names with commas between; all is all-linear",
    ),
    of_adapter("use_rslora", "use_rslora", is_full),
    _saved(),
    _parameters(),
    of_dora("use_dora", is_full),
    _tower(),
    _loss(),
    _packing(),
)
