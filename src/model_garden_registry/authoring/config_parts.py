"""The parts of a config.json beside its numbers: the language model's, the tower that sees images, the head."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.authoring.config_values import numbers_of, whole
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.config_numbers import all_told
from model_garden_registry.families.family import Family, class_defaults, readable_model_types, tower_of_type
from model_garden_registry.visible_text import visible

#: Numbers of a tower, by our names for them.
TOWER_KEYS = {
    "num_hidden_layers": ("num_hidden_layers", "depth", "vt_num_hidden_layers"),
    "hidden_size": ("embed_dim", "hidden_size", "vt_hidden_size"),
    "intermediate_size": ("intermediate_size", "vt_intermediate_size"),
    "num_attention_heads": ("num_attention_heads", "num_heads", "attention_heads", "vt_num_attention_heads"),
    "patch_size": ("patch_size",),
    "spatial_merge_size": ("spatial_merge_size",),
    "image_size": ("image_size",),
}
_TEXT_PARTS = ("text_config", "llm_config", "language_config")
#: Parts that hear, see or speak, beside the tower whose weights are counted.
_FURTHER_PARTS = ("audio_config", "speech_config", "talker_config")
#: Under which keys remote code describes what sees images.
_OTHER_TOWERS = ("img_processor", "embd_layer", "vision_tower", "mm_vision_tower", "visual", "vision_model")

#: Classes whose head writes no text: of an encoder, of rewards, of a tower alone.
_OTHER_HEADS = re.compile(
    r"For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice|MaskedLM|PreTraining|RewardModel"
    r"|Reward|ImageClassification|FeatureExtraction|TextEncoding|NextSentencePrediction|CTC)$"
    r"|RewardModel$|Encoder(Model)?$|WithProjection$|(?<!LMHead)(?<!Chat)(?<!ChatGLM)(?<!GLM)Model$"
)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the language model's part: a group of its own where there are images.

    Such a group is published without the values that its class has anyway; they are filled in.
    """
    for key in _TEXT_PARTS:
        part = config.get(key)
        if isinstance(part, Mapping):
            return {**class_defaults(part.get("model_type")).numbers, **part}
    return config


def left_out(config: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return where the values come from that the language model's part leaves out, and their keys; None: it has all."""
    part = next((config[key] for key in _TEXT_PARTS if isinstance(config.get(key), Mapping)), None)
    if part is None:
        return None
    defaults = class_defaults(part.get("model_type"))
    absent = tuple(key for key, value in defaults.numbers.items() if key not in part and value is not None)
    return (f"{defaults.checked}, {part['model_type']}", absent) if absent else None


def has_vision(config: Mapping[str, Any], family: Family) -> bool:
    """Return whether a model takes images: it describes a tower, where its family has one under any name."""
    named = any(config.get(key) for key in _OTHER_TOWERS) and bool(family.tower)
    return named or isinstance(config.get("vision_config"), Mapping)


def refuse_other_heads(config: Mapping[str, Any], path: Path) -> None:
    """
    Refuse a model that writes no text.

    Raises:
        RegistryReadError: Its class has another head, or none.
    """
    match config.get("architectures"):
        case [str(name), *_] if _OTHER_HEADS.search(name):
            what = "has a head for classes or rewards" if "For" in name or "Reward" in name else "has no head"
            problem = f"is of {visible(name)[:80]}, which {what}: entries are of models that write text"
            raise RegistryReadError(path, problem)


def refuse_blind(config: Mapping[str, Any], family: Family, path: Path) -> None:
    """
    Refuse a model that sees images, as its family does, where nothing says how.

    Raises:
        RegistryReadError: There is no vision_config.
    """
    named = config.get("architectures")
    is_causal = isinstance(named, list) and bool(named) and str(named[0]).endswith("ForCausalLM")
    if not family.tower or has_vision(config, family) or is_causal:
        return
    halves = (f"{family.model_type}_text", f"{family.model_type}_text_model")
    half = next((half for half in halves if half in readable_model_types()), "TYPE")
    problem = f"is of {family.model_type}, which sees images, but has no vision_config that says how"
    raise RegistryReadError(path, f"{problem}; --as {half} reads the language model alone")


def tower_of(config: Mapping[str, Any], family: Family, hidden: int, path: Path) -> dict[str, Any] | None:
    """
    Return the vision tower; None where there is none.

    Args:
        hidden: Width of the language model.

    Raises:
        RegistryReadError: One of its numbers is none.
    """
    if not has_vision(config, family):
        return None
    if not isinstance(config.get("vision_config"), Mapping):
        return {}
    part: Mapping[str, Any] = config["vision_config"]
    named = part.get("model_type")
    known = tower_of_type(named if isinstance(named, str) and named else family.vision.get("tower", ""))
    stated = {key: _plain(f"vision_config.{key}", value, path) for key, value in part.items() if _is_number(value)}
    numbers = {**{key: value for key, value in known.numbers.items() if key not in part}, **stated}
    found = numbers_of(numbers, TOWER_KEYS)
    for name, value in found.items():
        whole(f"vision_config.{name}", value, path, least=1)
    if not known.weights or not family.vision.get("projector") or any(config.get(key) for key in _FURTHER_PARTS):
        return found
    outside = {key: config.get(key, value) for key, value in family.vision.get("numbers", {}).items()}
    counts = {f"{key}_count": len(value) for key, value in {**known.lists, **part}.items() if isinstance(value, list)}
    unchanged = {f"{key}_stated": value for key, value in numbers.items()}
    told = {**numbers, **part, **counts, **unchanged, **stated, **outside, **found, "text": hidden}
    if "image_size" in found and "patch_size" in found:
        told["patches"] = (found["image_size"] // found["patch_size"]) ** 2
    weights = [all_told(expression, told) for expression in (known.weights, family.vision["projector"])]
    return found if None in weights else {**found, "parameters": sum(one or 0 for one in weights)}


def _is_number(value: object) -> bool:
    """Return whether a value is a number, or one for each edge of an image."""
    of = value if isinstance(value, list) and value else [value]
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in of) and of[1:] in ([], of[:1])


def _plain(key: str, value: Any, path: Path) -> int | float:
    """Return a number; of one that is no whole one, what it is: a rate, a share."""
    one: int | float = value[0] if isinstance(value, list) else value
    if isinstance(one, float) and not one.is_integer():
        return one
    return whole(key, one, path, least=-1)
