"""Settings that the memory model ignores: an estimate names each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT, ById
from model_garden_registry.entries.settings.reached_parts import names_end
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    OriginKind,
    Settings,
    TrainingSettings,
)
from model_garden_registry.entries.tasks import Task
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.family import family_of
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.estimates import Unmodelled
from model_garden_registry.memory.network.images import encoder_bytes

#: Cache types that every engine has, by these names or others.
_PLAIN_TYPES = ("auto", "bfloat16", "float16", "fp8")


class Rule(NamedTuple):
    """
    A setting that no formula uses.

    Args:
        plain: The values for which the estimate holds.

        reason: What is not counted for other values.

        can_add: Whether what is left out can take memory.

        engine: The engine whose formulas do not use it; None: all engines.

        lacks: Another setting that the formula needs: if it is stated, the rule does not apply.
    """

    plain: tuple[object, ...]
    reason: str
    can_add: bool = True
    engine: str | None = None
    lacks: str | None = None


#: By task and name. When a setting gets its formula, remove its rule.
_RULES: Mapping[Task, Mapping[str, Rule]] = {
    "training": {
        "algorithm": Rule(
            ("sft", "dpo", "kto", "orpo", "reward"), "the engine or the cache that writes completions is not counted"
        ),
    },
    "inference": {
        "enable_prefix_caching": Rule(
            (None,), "SGLang's cache of prefixes is counted as by default", can_add=False, engine="sglang"
        ),
        "draft_model": Rule((None,), "no model that drafts is counted"),
        "served_loras": Rule(
            (0,), "SGLang reads the rank from adapters, max_lora_rank states it", engine="sglang", lacks="max_lora_rank"
        ),
    },
}


def unmodelled(entry: ModelInfo, settings: Settings) -> tuple[Unmodelled, ...]:
    """Return what the estimate leaves out: settings that were chosen, and facts that the entry does not state."""
    if isinstance(settings, InferenceSettings):
        stated, found = _of_entry(ById(entry), "inference"), _found(settings, _RULES["inference"])
        return *stated, *found, *_images(entry, settings), *_served(entry, settings)
    stated, found = _of_entry(ById(entry), "training"), _found(settings, _RULES["training"])
    return *stated, *found, *_adapters(settings), *_images(entry, settings)


def _adapters(settings: TrainingSettings) -> Iterator[Unmodelled]:
    """
    Yield what is trained beside low-rank matrices and not counted.

    Source:
        PEFT 0.21.2, `tuners/lora/dora.py` DoraLinearLayer
    """
    if settings.method == "full":
        return
    others = [name for name in settings.lora_config.modules_to_save if not names_end(name)]
    if others:
        yield Unmodelled("lora_config.modules_to_save", f"{', '.join(others)} trained in full is not counted")
    if settings.lora_config.use_dora:
        yield Unmodelled("lora_config.use_dora", "what DoRA keeps of each adapted layer's output is not counted")


@lru_cache(maxsize=MOST_KEPT)
def _of_entry(asked: ById[ModelInfo], task: Task) -> tuple[Unmodelled, ...]:
    """Return what the entry leaves open, once for all settings."""
    return *_weights(asked.value), *_layers(asked.value, task)


def _weights(entry: ModelInfo) -> Iterator[Unmodelled]:
    if entry.quantization.is_uneven and entry.quantization.weights_gb is None:
        yield Unmodelled("quantization.weights_gb", "the entry does not state what its uneven weights take")


def _layers(entry: ModelInfo, task: Task) -> Iterator[Unmodelled]:
    """
    Yield layers that the format cannot describe, and cached keys that an entry does not state.

    Source:
        vLLM, `DeepseekV32IndexerCache`: 132 bytes of a token in each layer, beside 1,152 of the latent vector
    """
    if entry.architecture is None:
        return
    family = family_of(entry.architecture.model_type)
    if family.refused:
        reason = f"{family.model_type} has {family.refused}; its cache is counted as plain attention"
        yield Unmodelled("architecture.layers", f"{reason}, several times too much or too little")
    elif task == "inference" and any("index" in role for role in family.attention.values()):
        yield Unmodelled("architecture.mla", "the keys of its indexer are not counted, about a tenth of the cache")


def _images(entry: ModelInfo, settings: Settings) -> Iterator[Unmodelled]:
    """Yield image settings that differ from the defaults, if encoding images is not counted."""
    if not entry.is_vision_model:
        return
    usual: Mapping[str, int | None] = {"images_per_prompt": 1}
    pixels = None
    if isinstance(settings, TrainingSettings):
        pixels = settings.image_pixels
        usual = {"images_per_sample": 1, "image_pixels": stack_of(settings.stack, settings.stack_version).image_pixels}
    tower = entry.architecture.vision if entry.architecture else None
    if tower and encoder_bytes(tower, images=1, pixels=pixels):
        return
    for name, own in usual.items():
        if (getattr(settings, name) or own) != own:  # no images, or the default number: nothing to report
            yield Unmodelled(name, "the entry does not say what encoding an image takes")
        elif _encodes_at_start(settings):
            reason = "at its start vLLM encodes the largest image, and the entry does not say what that takes"
            yield Unmodelled(name, reason, can_add=False)


def _encodes_at_start(settings: Settings) -> bool:
    """Return whether the engine profiles an image before it allocates its cache."""
    if not isinstance(settings, InferenceSettings) or settings.engine != "vllm":
        return False
    return settings.images_per_prompt > 0 and not settings.language_model_only


def _served(entry: ModelInfo, settings: InferenceSettings) -> Iterator[Unmodelled]:
    """Yield a cache type that the engine does not have, and drafted tokens whose drafter is not counted."""
    engine, chosen = engine_of(settings.engine, settings.engine_version), settings.kv_cache_dtype
    if chosen not in _PLAIN_TYPES and chosen not in engine.kv_cache_dtypes:
        yield Unmodelled("kv_cache_dtype", f"{engine.named} has no type of that name")
    drafts = settings.speculative_tokens and settings.draft_model is None
    if drafts and not (entry.architecture and entry.architecture.mtp_layers):
        yield Unmodelled("speculative_tokens", "the model has no layers that draft, and what does is not counted")


def _found(settings: Settings, rules: Mapping[str, Rule]) -> Iterator[Unmodelled]:
    for name, rule in rules.items():
        is_chosen = getattr(settings, name) not in rule.plain and settings.origins[name].kind is not OriginKind.STACK
        if is_chosen and _applies(rule, settings):
            yield Unmodelled(name, rule.reason, rule.can_add)


def _applies(rule: Rule, settings: Settings) -> bool:
    others = rule.engine is not None and getattr(settings, "engine", None) != rule.engine
    return not others and (rule.lacks is None or getattr(settings, rule.lacks) is None)
