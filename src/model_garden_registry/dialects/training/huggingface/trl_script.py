"""A program that trains with TRL: its configuration, the adapter, the quantisation, and a place for the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.training.adapter_rules import saved_modules
from model_garden_registry.dialects.training.huggingface.adapters import target_modules
from model_garden_registry.dialects.training.huggingface.python_text import Code, call, literal

#: Keys in files of TRL's commands that are not arguments of its configuration.
NOT_ARGUMENTS = (
    "model_name_or_path",
    "use_peft",
    "load_in_4bit",
    "load_in_8bit",
    "dtype",
    "attn_implementation",
    "lora_r",
    "lora_alpha",
    "lora_dropout",
    "lora_target_modules",
    "use_rslora",
    "lora_modules_to_save",
    "lora_target_parameters",
    "use_dora",
    "num_processes",
    "accelerate_config",
    "env",
)
#: Classes that unpack published weights which cannot be trained as they are, by the library of their format.
#: Source: transformers 5.24.0, `quantizers/quantizer_mxfp4.py` is_trainable; `utils/quantization_config.py`
UNPACKED_BY = {"mxfp4": "Mxfp4Config", "fp8": "FineGrainedFP8Config"}
_HEAD = """\
from datasets import load_dataset
{imports}
MODEL = {model}


def main() -> None:
    # Put your data here: see https://huggingface.co/docs/trl/dataset_formats
    train_dataset = load_dataset("json", data_files="train.jsonl", split="train")
{evaluation}
    args = {args}
    trainer = {trainer}
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
"""
_EVALUATION = '    eval_dataset = load_dataset("json", data_files="eval.jsonl", split="train")\n'


def sft_arguments(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``SFTConfig`` for the words of a file for TRL's commands."""
    arguments = {key: value for key, value in words.items() if key not in NOT_ARGUMENTS}
    init = {key: words[key] for key in ("dtype", "attn_implementation") if key in words}
    given = {**init, **arguments.pop("model_init_kwargs", {})}
    return arguments | ({"model_init_kwargs": given} if given else {})


def trl_script(request: ExportRequest, words: Mapping[str, Any]) -> str:
    """Return the program; everything from an entry or a user is in it as a value."""
    settings = request.training
    arguments: dict[str, Any] = {"model": Code("MODEL"), "args": Code("args"), "train_dataset": Code("train_dataset")}
    imported = ["from trl import SFTConfig, SFTTrainer\n"]
    if settings.eval_batch_size is not None:
        arguments["eval_dataset"] = Code("eval_dataset")
    if quantization := _quantization(words):
        arguments["quantization_config"] = call("BitsAndBytesConfig", quantization)
        imported.insert(0, "from transformers import BitsAndBytesConfig\n")
    elif unpacking := UNPACKED_BY.get(request.entry.quantization.type or ""):
        arguments["quantization_config"] = call(unpacking, {"dequantize": True})
        imported.insert(0, f"from transformers import {unpacking}\n")
    if settings.method != "full":
        arguments["peft_config"] = call("LoraConfig", lora_arguments(request))
        imported.insert(0, "from peft import LoraConfig\n")
    return _HEAD.format(
        imports="".join(imported),
        model=literal(request.model_id),
        evaluation=_EVALUATION if settings.eval_batch_size is not None else "",
        args=_inside(call("SFTConfig", sft_arguments(words))),
        trainer=_inside(call("SFTTrainer", arguments)),
    )


def lora_arguments(request: ExportRequest) -> dict[str, Any]:
    """Return the arguments of PEFT's ``LoraConfig``."""
    lora = request.training.lora_config
    further = {
        "modules_to_save": saved_modules(request),
        "target_parameters": list(lora.target_parameters),
        "use_dora": lora.use_dora,
    }
    return {
        "task_type": "CAUSAL_LM",
        "r": lora.r,
        "lora_alpha": lora.lora_alpha,
        "lora_dropout": lora.lora_dropout,
        "target_modules": target_modules(request),
        "use_rslora": lora.use_rslora,
        **{key: value for key, value in further.items() if value},
    }


def _quantization(words: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the arguments of ``BitsAndBytesConfig``, whose own defaults are fp4 and computing in float32.

    Source:
        transformers 5.24.0, `utils/quantization_config.py`
    """
    if words.get("load_in_4bit"):
        kind = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
        return {"load_in_4bit": True, **kind, "bnb_4bit_compute_dtype": words["dtype"]}
    return {"load_in_8bit": True} if words.get("load_in_8bit") else {}


def _inside(code: Code) -> str:
    return code.text.replace("\n", "\n    ")
