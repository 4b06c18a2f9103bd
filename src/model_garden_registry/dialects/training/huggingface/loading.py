"""How TRL loads a model, and what it trains of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.dialects.training.adapter_rules import saved_modules
from model_garden_registry.dialects.training.huggingface.adapters import (
    read_ends,
    read_parameters,
    read_targets,
    target_modules,
)
from model_garden_registry.dialects.vocabulary import ABSENT
from model_garden_registry.entries.settings.reached_parts import trains_tower
from model_garden_registry.entries.settings.task_settings import OriginKind
from model_garden_registry.families.stacks import stack_of

#: Keys about loading a model; a file without any of them has only the arguments of a trainer.
_OF_MODEL = ("model_name_or_path", "use_peft", "load_in_4bit", "load_in_8bit", "dtype", "lora_r", "lora_target_modules")
#: The default compute type.
_COMPUTES = "bfloat16"
_TYPES = ("bfloat16", "float16", "float32")
#: Words in the names of attention kernels. Source: transformers 5.24.0, `modeling_utils`; names of kernels on the Hub.
_KERNELS = (
    ("flash-attn3", "flash_attention_3"),
    ("flash_attention_3", "flash_attention_3"),
    ("flash", "flash_attention_2"),
    ("sdpa", "sdpa"),
    ("eager", "eager"),
)


def says_model(words: Words) -> bool:
    """Return whether a file states how its model is loaded."""
    return any(key in words for key in _OF_MODEL)


def check_trained(request: ExportRequest) -> None:
    """
    Check that all weights can be trained, if they are to be.

    Raises:
        UnsayableError: They are published in few bits.
    """
    published = request.entry.quantization.method
    if request.training.method == "full" and published:
        base = f": take {request.entry.base_model}" if request.entry.base_model else ""
        raise UnsayableError(f"weights published in {published} cannot be trained in full{base}")


def written_dtype(request: ExportRequest) -> str | None:
    """
    Return the load type for TRL; None if its default, float32, is meant.

    Source:
        TRL 1.16.0, `trainer/utils.py` create_model_from_path
    """
    settings = request.training
    return None if settings.dtype == "auto" and settings.method == "full" else settings.dtype


def written_kernel(request: ExportRequest) -> str | None:
    """Return the requested attention kernel; None if the stack chooses: not every model has each."""
    is_chosen = request.settings.origins["attn_implementation"].kind is not OriginKind.STACK
    return request.training.attn_implementation if is_chosen else None


def _write(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    check_trained(request)
    found: dict[str, Any] = {"use_peft": settings.method != "full"}
    kwargs: dict[str, Any] = {}
    if dtype := written_dtype(request):
        # With 4 bits TRL needs a compute type; the load type is set separately.
        is_open = dtype == "auto" and settings.method == "qlora"
        found["dtype"] = _COMPUTES if is_open else dtype
        kwargs = {"dtype": dtype} if is_open else {}
    if kernel := written_kernel(request):
        found["attn_implementation"] = kernel
    if settings.method == "qlora":
        found["load_in_4bit"] = True
    elif settings.base_quantization:
        found["load_in_8bit"] = True
    if settings.sharding == "device_map":
        kwargs["device_map"] = "auto"
    return found | ({"model_init_kwargs": kwargs} if kwargs else {})


def _read(words: Words) -> Mapping[str, Any]:
    kwargs = words.get("model_init_kwargs")
    given: Mapping[str, Any] = kwargs if isinstance(kwargs, dict) else {}
    method = _read_method(words) if says_model(words) else None
    found: dict[str, Any] = {}
    if method:
        found = {"method": method, "base_quantization": "8bit" if words.get("load_in_8bit") is True else None}
    key = "model_init_kwargs" if "attn_implementation" in given else "attn_implementation"
    kernel = given.get("attn_implementation", words.get("attn_implementation"))
    return {**found, **_read_dtype(words, given, method), **_read_kernel(words, key, kernel)}


def _read_method(words: Words) -> str:
    four, eight, adapter = (words.get(key) is True for key in ("load_in_4bit", "load_in_8bit", "use_peft"))
    if four and eight:
        raise RefusedValueError("load_in_8bit", "cannot be combined with load_in_4bit")
    if (four or eight) and not adapter:
        key = "load_in_4bit" if four else "load_in_8bit"
        raise RefusedValueError(key, "needs use_peft: weights with so few bits cannot be trained")
    if four and words.get("dtype") == "auto":
        # Source: TRL 1.16.0, `trainer/utils.py` get_quantization_config
        raise RefusedValueError("dtype", "is the compute type with load_in_4bit: auto is not one")
    return "qlora" if four else "lora" if adapter else "full"


def _read_dtype(words: Words, given: Mapping[str, Any], method: str | None) -> Mapping[str, Any]:
    is_said = "dtype" in words or "dtype" in given or "torch_dtype" in given
    if not is_said and (method is None or method == "full"):
        return {} if method is None else {"dtype": "auto"}
    value = given.get("dtype", given.get("torch_dtype", words.get("dtype")))
    if value == "auto" and method == "full":
        # The file does not name the type of the checkpoint; nearly all of today have this one.
        return {"dtype": "bfloat16"}
    return {"dtype": value} if value == "auto" or value in _TYPES else {}


def _read_kernel(words: Words, key: str, kernel: Any) -> Mapping[str, Any]:
    if kernel is ABSENT or kernel is None:
        return {}
    found = next((name for word, name in _KERNELS if word in str(kernel)), None)
    if found is None:
        words.leave(key, "attention of that kind is counted as the stack's own")
        return {}
    return {"attn_implementation": found}


LOADING = Rule(
    keys=("use_peft", "load_in_4bit", "load_in_8bit", "dtype", "attn_implementation", "model_init_kwargs"),
    settings=("method", "base_quantization", "dtype", "attn_implementation"),
    write=_write,
    read=_read,
    says="use_peft: an adapter; with load_in_4bit qlora; dtype float32 if a file has none",
    said_by={
        "method": ("load_in_4bit", "use_peft"),
        "base_quantization": ("load_in_8bit",),
        "dtype": ("dtype", "model_init_kwargs"),
        "attn_implementation": ("attn_implementation", "model_init_kwargs"),
    },
)


def _write_adapter(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    if settings.method == "full":
        return {}
    lora, targets = settings.lora_config, target_modules(request)
    if isinstance(targets, list) and "lm_head" in targets:
        raise UnsayableError("TRL cannot train an adapter on lm_head: set trains_embeddings, or leave it out")
    found = {
        "lora_r": lora.r,
        "lora_alpha": lora.lora_alpha,
        "lora_dropout": lora.lora_dropout,
        # TRL takes a list with one name for a pattern over whole paths, which matches no module; two names stay a list.
        "lora_target_modules": [*targets, *targets] if isinstance(targets, list) and len(targets) == 1 else targets,
        "use_rslora": lora.use_rslora,
    }
    further = {
        "lora_modules_to_save": saved_modules(request),
        "lora_target_parameters": list(lora.target_parameters),
        "use_dora": lora.use_dora,
    }
    return found | {key: value for key, value in further.items() if value}


def _read_adapter(words: Words) -> Mapping[str, Any]:
    if words.get("use_peft") is not True:
        return {}
    names = ("r", "lora_alpha", "lora_dropout", "use_rslora")
    keys = ("lora_r", "lora_alpha", "lora_dropout", "use_rslora")
    said = {f"lora_config.{name}": words.get(key) for name, key in zip(names, keys, strict=True)}
    found = {path: value for path, value in said.items() if value is not ABSENT}
    targets = words.get("lora_target_modules")
    if isinstance(targets, list) and len(targets) == 1 and targets != ["all-linear"]:
        problem = "has one name, which TRL takes for a pattern over whole paths, without a match; write it twice"
        raise RefusedValueError("lora_target_modules", problem)
    if targets == ["all-linear"]:
        found["lora_config.target_modules"] = "all-linear"
    else:
        found |= read_targets(words, "lora_target_modules")
    found["lora_config.use_dora"] = words.get("use_dora") is True
    return {
        **found,
        **read_ends(words, "lora_modules_to_save"),
        **read_parameters(words, "lora_target_parameters"),
    }


ADAPTER = Rule(
    keys=(
        *("lora_r", "lora_alpha", "lora_dropout", "lora_target_modules", "use_rslora", "lora_modules_to_save"),
        *("lora_target_parameters", "use_dora"),
    ),
    settings=(
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
    write=_write_adapter,
    read=_read_adapter,
    says="with use_peft; lora_modules_to_save: embeddings and head, and others",
)


def _write_tower(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.training
    stack = stack_of(settings.stack, settings.stack_version)
    targets = settings.lora_config.target_modules
    if settings.trains_vision_tower != trains_tower(request.entry, stack, method=settings.method, targets=targets):
        raise UnsayableError("whether the vision tower is trained follows from method and target_modules")
    return {}


#: Whether the vision tower is trained follows from other settings.
TOWER = Rule(
    keys=(),
    settings=("trains_vision_tower",),
    write=_write_tower,
    read=lambda _: {},
    says="follows from method and lora_target_modules",
)
