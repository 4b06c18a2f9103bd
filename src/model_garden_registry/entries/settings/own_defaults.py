"""The defaults of an entry, its stack and its engine, each value with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from model_garden_registry.entries.defaults import Sampling, SelectiveLoss
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import Part
from model_garden_registry.entries.settings.following import has_master_weights, learning_rate_of
from model_garden_registry.entries.settings.reached_parts import (
    ENDS,
    names_end,
    quantizes_experts,
    saves_ends,
    trains_tower,
)
from model_garden_registry.entries.settings.task_settings import Origin, OriginKind
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, UnsupportedTaskError
from model_garden_registry.families.engines import engine_package
from model_garden_registry.families.ranges import Package
from model_garden_registry.families.stacks import stack_of, stack_package

#: Settings by dotted path, each with its origin.
Chosen = dict[str, tuple[Any, Origin]]
#: Settings that an engine chooses if the entry does not, each with the value that means "automatic".
_OF_ENGINE = {"max_num_seqs": None, "kv_cache_dtype": "auto", "max_lora_rank": None}
#: Fields of a part that are no settings, or groups of settings.
_APART = ("sampling", "limit_mm_per_prompt")
_BY_FORMAT = Origin(OriginKind.BUILT_IN, "format")
_NO_SAMPLING = Sampling()


def defaults_of(entry: ModelInfo, task: Task, overrides: Chosen) -> Chosen:
    """Return the defaults of a task; overrides decide some, as another stack has other defaults."""
    return _training_defaults(entry, overrides) if task == "training" else _inference_defaults(entry, overrides)


def _training_defaults(entry: ModelInfo, overrides: Chosen) -> Chosen:
    stated = entry.training_defaults
    if stated is None:
        raise UnsupportedTaskError(entry.id, "training")
    requirements = entry.requirements_for("training")
    stack: Chosen = {"stack": (entry.training_stack, Origin(OriginKind.BUILT_IN, f"provider is {entry.provider}"))}
    if stated.stack:
        stack = {"stack": (stated.stack, _in_entry("/training_defaults/stack"))}
    method: Chosen = {"method": (entry.training_method, _in_entry("/quantization"))}
    name, _ = (stack | overrides)["stack"]
    version = _version("stack_version", stack_package(name), overrides)
    is_wanted = any(path.startswith("selective_loss.") for path in overrides)
    selective_loss = stated.selective_loss or (SelectiveLoss() if is_wanted else None)
    split = "device_map" if requirements.min_gpus > 1 else "none"
    plain = Origin(OriginKind.BUILT_IN, "")
    adapter = _of_part(stated.lora_config, "/training_defaults/lora_config", "lora_config.")
    ends = _saved_ends(adapter, overrides)
    first: Chosen = {
        **method,
        "sharding": (split, _in_entry("/requirements")),
        "algorithm": ("sft", plain),
        "dtype": ("auto", plain),
        "base_quantization": (None, plain),
    }
    leading = {path: value for path, (value, _) in (adapter | first | overrides).items()}
    return {
        **_of_part(stated.hyperparameters, "/training_defaults/hyperparameters"),
        **_warm_up(overrides),
        "learning_rate": learning_rate_of(entry, leading["method"]),
        **adapter,
        **_parameters(overrides),
        **ends,
        **(_of_part(selective_loss, "/training_defaults/selective_loss", "selective_loss.") if selective_loss else {}),
        **first,
        **stack,
        **version,
        **_of_stack(entry, name, version["stack_version"][0], leading),
        "images_per_sample": (int(entry.is_vision_model), _in_entry("/capabilities/vision")),
        "n_gpus": (requirements.min_gpus, _in_entry("/requirements")),
        **_over_nodes(requirements.min_gpus, overrides),
        "context_parallel_size": (1, plain),
        "chat_template": (
            stated.chat_template,
            _in_entry("/training_defaults/chat_template") if stated.chat_template else plain,
        ),
        "eval_batch_size": (None, plain),
    }


def _over_nodes(min_gpus: int, overrides: Chosen) -> Chosen:
    """Return the GPUs of a run over several machines: at least one on each, and weights that are sharded over all."""
    plain = Origin(OriginKind.BUILT_IN, "")
    nodes, _ = overrides.get("nodes", (1, plain))
    if nodes == 1:
        return {"nodes": (1, plain)}
    spread = Origin(OriginKind.BUILT_IN, f"over {nodes} machines")
    return {
        "nodes": (1, plain),
        "n_gpus": (nodes * -(-min_gpus // nodes), spread),
        "sharding": ("zero3" if min_gpus > 1 else "none", spread),
    }


def _warm_up(overrides: Chosen) -> Chosen:
    """Return a warm-up ratio of None if only a number of steps is set, whatever ratio the entry states."""
    if "warmup_steps" not in overrides:
        return {}
    return {"warmup_ratio": (None, Origin(OriginKind.BUILT_IN, "warmup_steps is set"))}


def _parameters(overrides: Chosen) -> Chosen:
    """Return no target parameters if modules are set, whatever the entry states."""
    if "lora_config.target_modules" not in overrides:
        return {}
    return {"lora_config.target_parameters": ((), Origin(OriginKind.BUILT_IN, "target_modules is set"))}


def _saved_ends(adapter: Chosen, overrides: Chosen) -> Chosen:
    """
    Return whether embeddings and head are trained in full, and the modules to save.

    Each follows from the other: from module names, or from ``trains_embeddings``.
    """
    names, origin = (adapter | overrides)["lora_config.modules_to_save"]
    saved = saves_ends(names)
    if "trains_embeddings" not in overrides:
        return {"trains_embeddings": (saved, origin if saved else Origin(OriginKind.BUILT_IN, ""))}
    wanted, _ = overrides["trains_embeddings"]
    if wanted == saved:
        return {}
    kept = (*(name for name in names if not names_end(name)), *(ENDS if wanted else ()))
    return {"lora_config.modules_to_save": (kept, Origin(OriginKind.BUILT_IN, "trains_embeddings"))}


def _of_stack(entry: ModelInfo, name: str, version: str, leading: Mapping[str, Any]) -> Chosen:
    """Return a stack's choices for a method, an algorithm, a sharding, and the modules that get adapters."""
    stack, method = stack_of(name, version), leading["method"]
    chosen: dict[str, Any] = {
        "gradient_checkpointing": stack.gradient_checkpointing,
        "attn_implementation": stack.attn_implementation,
        "loss": stack.loss_of(leading["algorithm"]),
        "adapter_dtype": stack.adapter_dtype_of("qlora" if leading["base_quantization"] else method),
        "master_weights": has_master_weights(
            stack, sharding=leading["sharding"], method=method, dtype=leading["dtype"]
        ),
        "expert_quantization": quantizes_experts(entry, stack, leading["base_quantization"]),
        "trains_vision_tower": trains_tower(entry, stack, method=method, targets=leading["lora_config.target_modules"]),
        "image_pixels": stack.image_pixels,
        "offload": "activations" if stack.offloads_activations else "none",
    }
    if not stack.names_parameters:
        chosen["lora_config.target_parameters"] = ()
    origin = Origin(OriginKind.STACK, f"{name} {version}")
    return {key: (value, origin) for key, value in chosen.items()}


def _version(setting: str, package: Package, overrides: Chosen) -> Chosen:
    """
    Return the release of a stack or engine; the default is the newest whose source was read.

    Raises:
        InvalidOverrideError: The release is malformed, or older than all whose source was read.
    """
    if setting not in overrides:
        return {setting: (package.read, Origin(OriginKind.BUILT_IN, "the newest that was read"))}
    version, origin = overrides[setting]
    if not package.covers(version):
        allowed = f"a release of {package.title} from {package.oldest} on, such as {package.read}"
        allowed += f"; for that of another, set {setting.removesuffix('_version')} too"
        raise InvalidOverrideError(setting, version, allowed, origin=str(origin))
    return {setting: (version, origin)}


def _inference_defaults(entry: ModelInfo, overrides: Chosen) -> Chosen:
    stated = entry.inference_defaults
    engine: Chosen = {"engine": (entry.inference_engine, Origin(OriginKind.BUILT_IN, ""))}
    if stated.engine:
        engine = {"engine": (stated.engine, _in_entry("/inference_defaults/engine"))}
    name, _ = (engine | overrides)["engine"]
    automatic = Origin(OriginKind.BUILT_IN, name)
    # An entry's batch, cache and adapter settings are for its own engine.
    said = stated.model_fields_set if name == entry.inference_engine else frozenset()
    return {
        **_of_part(stated, "/inference_defaults"),
        **{path: (value, automatic) for path, value in _OF_ENGINE.items() if path not in said},
        **_of_part(stated.sampling or _NO_SAMPLING, "/inference_defaults/sampling", "sampling."),
        **engine,
        **_version("engine_version", engine_package(name), overrides),
        "max_num_batched_tokens": (None, automatic),
        "enforce_eager": (False, automatic),
        "images_per_prompt": _images_per_prompt(entry),
        "concurrent": (1, Origin(OriginKind.BUILT_IN, "one sequence at full length")),
        **dict.fromkeys(
            ("mem_fraction_static", "kv_cache_memory_gb", "enable_prefix_caching", "draft_model"), (None, automatic)
        ),
        **dict.fromkeys(("nodes", "data_parallel_size", "decode_context_parallel_size"), (1, automatic)),
        "pipeline_parallel_size": _stages(overrides, automatic),
        **dict.fromkeys(("enable_expert_parallel", "language_model_only"), (False, automatic)),
        **dict.fromkeys(("speculative_tokens", "served_loras", "cpu_offload_gb"), (0, automatic)),
        "mamba_ssm_dtype": ("auto", automatic),
    }


def _stages(overrides: Chosen, automatic: Origin) -> tuple[int, Origin]:
    """Return the pipeline stages: one for each machine, since tensor parallelism needs the links inside one."""
    nodes, _ = overrides.get("nodes", (1, automatic))
    return (nodes, Origin(OriginKind.BUILT_IN, "a stage for each machine")) if nodes > 1 else (1, automatic)


def _images_per_prompt(entry: ModelInfo) -> tuple[int, Origin]:
    """Return the number of images per prompt: as the entry limits them, else one if the model takes images."""
    limits = entry.inference_defaults.limit_mm_per_prompt
    if limits is not None and limits.image is not None:
        return limits.image, _in_entry("/inference_defaults/limit_mm_per_prompt/image")
    return int(entry.is_vision_model), _in_entry("/capabilities/vision")


@cache
def _in_entry(pointer: str) -> Origin:
    """Return the origin of a value that the entry states; the same one for all entries."""
    return Origin(OriginKind.ENTRY, pointer)


def _of_part(part: Part, pointer: str, prefix: str = "") -> Chosen:
    """Return every documented key of a part: as stated in the entry, or the format's default."""
    stated = part.model_fields_set
    return {
        path: (getattr(part, name), origin if name in stated else _BY_FORMAT)
        for name, path, origin in _settings_in(type(part), pointer, prefix)
    }


@cache
def _settings_in(kind: type[Part], pointer: str, prefix: str) -> tuple[tuple[str, str, Origin], ...]:
    """Return the settings that a kind of part states: field, dotted path, and the origin of a stated value."""
    fields = (name for name in kind.model_fields if name not in _APART)
    return tuple((name, prefix + name, _in_entry(f"{pointer}/{name}")) for name in fields)
