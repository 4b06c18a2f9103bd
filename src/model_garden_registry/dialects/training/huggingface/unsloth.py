"""A program that trains with Unsloth; written only. Its words are arguments of functions, dotted below the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError
from model_garden_registry.dialects.training.adapter_rules import saved_modules
from model_garden_registry.dialects.training.huggingface.loading import check_trained
from model_garden_registry.dialects.training.huggingface.python_text import Code, call, literal
from model_garden_registry.dialects.training.huggingface.training_arguments import run_rules
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.families.stacks import stack_of

_LOAD, _ADAPT, _CONFIG = "from_pretrained.", "get_peft_model.", "SFTConfig."
#: Unsloth's own seed of adapters. Source: unsloth 2026.10.9, `models/llama.py` get_peft_model
_SEED = 3407
_HEAD = """\
# Unsloth first: it changes what it imports after it.
from unsloth import {loader}

{torch}from datasets import load_dataset
from trl import SFTConfig, SFTTrainer
{collator}
MODEL = {model}


def main() -> None:
    model, tokenizer = {load}
{adapt}
    # Put your data here: see https://huggingface.co/docs/trl/dataset_formats
    train_dataset = load_dataset("json", data_files="train.jsonl", split="train")
{evaluation}
    args = {args}
    trainer = {trainer}
    trainer.train()
    model.save_pretrained({save})
    tokenizer.save_pretrained({save})


if __name__ == "__main__":
    main()
"""
_EVALUATION = '    eval_dataset = load_dataset("json", data_files="eval.jsonl", split="train")\n'
_COLLATOR = "from unsloth.trainer import UnslothVisionDataCollator\n"
_OUTPUT = "outputs"


def _written(settings: tuple[str, ...], write: Callable[[ExportRequest], Mapping[str, Any]], says: str = "") -> Rule:
    return Rule(keys=(), settings=settings, write=write, read=lambda _: {}, says=says)


def _checkpoints(request: ExportRequest) -> str | bool:
    """
    Return Unsloth's value for gradient checkpointing and for offloading the inputs of layers.

    Source:
        unsloth 2026.10.9, `models/_utils.py` apply_unsloth_gradient_checkpointing
    """
    settings = request.training
    if settings.offload in ("optimizer", "weights"):
        raise UnsayableError(f"Unsloth cannot offload the {settings.offload}")
    if not settings.gradient_checkpointing:
        return False
    return "unsloth" if settings.offload == "activations" else True


def _load(request: ExportRequest) -> dict[str, Any]:
    settings = request.training
    four = settings.method == "qlora"
    eight = settings.base_quantization is not None
    full = settings.method == "full"
    dtype = None if settings.dtype == "auto" else Code(f"torch.{settings.dtype}")
    return {
        "max_seq_length": settings.max_seq_length,
        # None lets Unsloth choose; it does not take "auto".
        "dtype": dtype,
        # The default is True, so it is always written; at most one of these four may be True.
        "load_in_4bit": four,
        "load_in_8bit": eight,
        "load_in_16bit": not (four or eight or full),
        "full_finetuning": full,
        "use_gradient_checkpointing": _checkpoints(request),
    }


def _write_load(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    check_trained(request)
    kernel = request.settings.origins["attn_implementation"].kind
    chosen = {} if kernel is OriginKind.STACK else {"attn_implementation": settings.attn_implementation}
    return {f"{_LOAD}{name}": value for name, value in (_load(request) | chosen).items()}


def _write_adapter(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.method == "full":
        return {}
    lora = settings.lora_config
    targets = lora.target_modules
    arguments: dict[str, Any] = {
        "r": lora.r,
        "lora_alpha": lora.lora_alpha,
        "lora_dropout": lora.lora_dropout,
        "target_modules": targets if isinstance(targets, str) else list(targets),
        "use_rslora": lora.use_rslora,
        "bias": "none",
        "random_state": _SEED if settings.seed is None else settings.seed,
        "use_gradient_checkpointing": _checkpoints(request),
    }
    if lora.use_dora:
        raise UnsayableError("Unsloth's get_peft_model has no option for use_dora")
    if lora.target_parameters:
        arguments["target_parameters"] = list(lora.target_parameters)
    if saved := saved_modules(request):
        arguments["modules_to_save"] = saved
    if request.entry.is_vision_model:
        arguments["finetune_vision_layers"] = settings.trains_vision_tower
        arguments |= dict.fromkeys(
            ("finetune_language_layers", "finetune_attention_modules", "finetune_mlp_modules"), True
        )
    return {f"{_ADAPT}{name}": value for name, value in arguments.items()}


def _write_tower(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.method == "full" and request.entry.is_vision_model and not settings.trains_vision_tower:
        raise UnsayableError("Unsloth always trains the vision tower with method full")
    return {}


def _config(write: Callable[[ExportRequest], Mapping[str, Any]]) -> Callable[[ExportRequest], Mapping[str, Any]]:
    return lambda request: {f"{_CONFIG}{key}": value for key, value in write(request).items()}


def _write_run(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    return {
        "learning_rate": settings.learning_rate,
        # The same number in both places: Unsloth caps this one at the length that the model was loaded with.
        "max_length": settings.max_seq_length,
        "packing": settings.packing,
        # TRL's configuration has it on by default.
        **({} if settings.gradient_checkpointing else {"gradient_checkpointing": False}),
    }


def _write_algorithm(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.algorithm != "sft":
        raise UnsayableError(f"this program is for SFTTrainer, not for algorithm {settings.algorithm}")
    own = stack_of(settings.stack, settings.stack_version).loss_of("sft")
    if settings.loss != own:
        raise UnsayableError(f"Unsloth chooses its loss itself: {own}")
    return {}


def _write_launch(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.sharding not in ("none", "device_map"):
        raise UnsayableError(f"sharding {settings.sharding} is set in the launcher, which this program does not set up")
    if settings.context_parallel_size > 1:
        raise UnsayableError("splitting sequences is set in the launcher, which this program does not set up")
    return {f"{_LOAD}device_map": "balanced"} if settings.sharding == "device_map" and settings.n_gpus > 1 else {}


def _notes(request: ExportRequest) -> tuple[str, ...]:
    settings = request.training
    processes = settings.n_gpus if settings.sharding == "none" else 1
    start = "python FILE.py" if processes == 1 else f"torchrun --nproc_per_node {processes} FILE.py"
    return (f"{request.model_id} with Unsloth: {start}",)


def _script(request: ExportRequest, words: Mapping[str, Any]) -> str:
    vision, settings = request.entry.is_vision_model, request.training
    loader = "FastVisionModel" if vision else "FastLanguageModel"
    load = call(f"{loader}.from_pretrained", {"model_name": Code("MODEL"), **_below(_LOAD, words)})
    adapt = _below(_ADAPT, words)
    adapted = call(f"{loader}.get_peft_model", {"model": Code("model"), **adapt})
    config = call("SFTConfig", {"output_dir": _OUTPUT, **_below(_CONFIG, words), **(_OF_IMAGES if vision else {})})
    arguments: dict[str, Any] = {"model": Code("model"), "processing_class": Code("tokenizer"), "args": Code("args")}
    arguments["train_dataset"] = Code("train_dataset")
    if settings.eval_batch_size is not None:
        arguments["eval_dataset"] = Code("eval_dataset")
    if vision:
        arguments["data_collator"] = Code("UnslothVisionDataCollator(model, tokenizer)")
    return _HEAD.format(
        loader=loader,
        torch="import torch\n" if settings.dtype != "auto" else "",
        collator=_COLLATOR if vision else "",
        model=literal(request.model_id),
        load=_inside(load),
        adapt=f"    model = {_inside(adapted)}\n" if adapt else "",
        evaluation=_EVALUATION if settings.eval_batch_size is not None else "",
        args=_inside(config),
        trainer=_inside(call("SFTTrainer", arguments)),
        save=literal(_OUTPUT),
    )


#: Settings that the collator for images needs. Source: unsloth_zoo 2026.10.9, `vision_utils.py`
_OF_IMAGES = {"remove_unused_columns": False, "dataset_kwargs": {"skip_prepare_dataset": True}}


def _below(prefix: str, words: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in words.items() if key.startswith(prefix)}


def _inside(code: Code) -> str:
    return code.text.replace("\n", "\n    ")


UNSLOTH = Dialect(
    name="unsloth",
    task="training",
    model_key=None,
    rules=(
        _written(
            ("method", "base_quantization", "dtype", "gradient_checkpointing", "offload", "attn_implementation"),
            _write_load,
            "of load_in_4bit, load_in_8bit, load_in_16bit and full_finetuning one is True",
        ),
        _written(
            (
                "lora_config.r",
                "lora_config.lora_alpha",
                "lora_config.lora_dropout",
                "lora_config.target_modules",
                "lora_config.use_rslora",
                "lora_config.target_parameters",
                "lora_config.modules_to_save",
                "lora_config.use_dora",
                "trains_embeddings",
            ),
            _write_adapter,
        ),
        _written(("trains_vision_tower",), _write_tower, "finetune_vision_layers"),
        _written(("learning_rate", "max_seq_length", "packing"), _config(_write_run), "the length in both places"),
        *(_written(rule.settings, _config(rule.write), rule.says) for rule in run_rules("trl")),
        _written(("algorithm", "loss"), _write_algorithm),
        _written(("n_gpus", "sharding", "context_parallel_size"), _write_launch),
    ),
    forms=("script",),
    marks=frozenset(),
    constants={"stack": "unsloth"},
    refuses_unknown=False,
    notes=_notes,
    unsaid={
        "images_per_sample": "it depends on the data",
        "nodes": "set when it is started",
        "chat_template": "it is the tokenizer's",
        "stack_version": "it is the installed release",
    },
    writers={"script": _script},
)
