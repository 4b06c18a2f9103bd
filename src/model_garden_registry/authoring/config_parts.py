"""The parts of a config.json beside its numbers: language model, vision tower, head."""

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

#: Numbers of a tower, by our names.
TOWER_KEYS = {
    "num_hidden_layers": ("num_hidden_layers", "depth", "vt_num_hidden_layers"),
    "hidden_size": ("embed_dim", "hidden_size", "vt_hidden_size"),
    "intermediate_size": ("intermediate_size", "vt_intermediate_size"),
    "num_attention_heads": ("num_attention_heads", "num_heads", "attention_heads", "vt_num_attention_heads"),
    "patch_size": ("patch_size",),
    "spatial_merge_size": ("spatial_merge_size",),
    "image_size": ("image_size",),
}
#: The end of the message for models that write no text.
OUT_OF_SCOPE = "out of scope: entries are of models that write text"
_TEXT_PARTS = ("text_config", "llm_config", "language_config")
#: Audio and speech parts, whose weights are counted beside the vision tower.
_FURTHER_PARTS = ("audio_config", "speech_config", "talker_config")
#: No tower is larger; beyond, its numbers are invalid.
_MOST_WEIGHTS = 10**12

#: Keys under which remote code describes a vision tower.
_OTHER_TOWERS = ("img_processor", "embd_layer", "vision_tower", "mm_vision_tower", "visual", "vision_model")

#: Classes whose head writes no text: encoders, reward models, towers.
_OTHER_HEADS = re.compile(
    r"For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice|MaskedLM|PreTraining|RewardModel"
    r"|Reward|ImageClassification|FeatureExtraction|TextEncoding|NextSentencePrediction|CTC)$"
    r"|RewardModel$|Encoder(Model)?$|WithProjection$"
)
#: Classes of a network without a head, except those with a head in spite of their name.
_NO_HEAD = re.compile(r"(?<!LMHead)(?<!Chat)Model$")


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    Return the language model's part: a group of its own if the model takes images.

    Such a group is published without the default values of its class; they are filled in.
    """
    for key in _TEXT_PARTS:
        part = config.get(key)
        if isinstance(part, Mapping):
            return {**class_defaults(part.get("model_type")).numbers, **part}
    return config


def left_out(config: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the source of the values that the language model's part omits, and their keys; None: it has all."""
    part = next((config[key] for key in _TEXT_PARTS if isinstance(config.get(key), Mapping)), None)
    if part is None:
        return None
    defaults = class_defaults(part.get("model_type"))
    absent = tuple(key for key, value in defaults.numbers.items() if key not in part and value is not None)
    return (f"{defaults.checked}, {part['model_type']}", absent) if absent else None


def has_vision(config: Mapping[str, Any], family: Family) -> bool:
    """Return whether a model takes images: its family has a tower, and the config describes one under any name."""
    named = any(config.get(key) for key in _OTHER_TOWERS) and bool(family.tower)
    return named or isinstance(config.get("vision_config"), Mapping)


def refuse_other_heads(config: Mapping[str, Any], path: Path) -> None:
    """
    Refuse a model that writes no text.

    Raises:
        RegistryReadError: Its class has another head, or none in a known family.
    """
    match config.get("architectures"):
        case [str(name), *_] if _OTHER_HEADS.search(name) or (
            _NO_HEAD.search(name) and str(config.get("model_type")) in readable_model_types()
        ):
            what = "has a head for classes or rewards" if "For" in name or "Reward" in name else "has no head"
            problem = f"is of {visible(name)[:80]}, which {what}, {OUT_OF_SCOPE}"
            raise RegistryReadError(path, problem)


def refuse_blind(config: Mapping[str, Any], family: Family, path: Path) -> None:
    """
    Refuse a model of a vision family whose config describes no tower.

    Raises:
        RegistryReadError: There is no vision_config.
    """
    named = config.get("architectures")
    is_causal = isinstance(named, list) and bool(named) and str(named[0]).endswith("ForCausalLM")
    if not family.tower or has_vision(config, family) or is_causal:
        return
    halves = (f"{family.model_type}_text", f"{family.model_type}_text_model")
    half = next((half for half in halves if half in readable_model_types()), "TYPE")
    problem = f"is of {family.model_type}, which takes images, but has no vision_config"
    raise RegistryReadError(path, f"{problem}; --as {half} reads the language model alone")


def tower_of(config: Mapping[str, Any], family: Family, hidden: int, path: Path) -> dict[str, Any] | None:
    """
    Return the vision tower; None if there is none. Its weights include audio parts.

    Args:
        hidden: Width of the language model.

    Raises:
        RegistryReadError: One of its numbers is invalid.
    """
    if not has_vision(config, family):
        return None
    if not isinstance(config.get("vision_config"), Mapping):
        return {}
    seeing = _Part("vision_config", config, family.vision, path)
    weights = [seeing.weights(hidden)]
    for key in _FURTHER_PARTS:
        if isinstance(config.get(key), Mapping):
            weights.append(_Part(key, config, family.vision.get(key, {}), path).weights(hidden))
        elif config.get(key):
            weights.append(None)
    counted = [one for one in weights if one is not None]
    return seeing.found | ({"parameters": sum(counted)} if len(counted) == len(weights) else {})


class _Part:
    """
    A vision or audio part.

    Args:
        key: Where config.json describes it.

        known: Its family record: type, and the projector into the language model.
    """

    def __init__(self, key: str, config: Mapping[str, Any], known: Mapping[str, Any], path: Path) -> None:
        self.part: Mapping[str, Any] = config[key]
        self.config, self.known = config, known
        named = self.part.get("model_type")
        self.tower = tower_of_type(named if isinstance(named, str) and named else known.get("tower", ""))
        absent = {name: value for name, value in self.tower.numbers.items() if name not in self.part}
        stated = {name: _plain(one) for name, one in self.part.items() if _is_number(one)}
        self.numbers = {**absent, **stated}
        self.found = numbers_of(self.numbers, TOWER_KEYS)
        for name, value in self.found.items():
            whole(f"{key}.{name}", value, path, least=1)

    def weights(self, hidden: int) -> int | None:
        """Return its weights, with the projector into a language model of that width; None if unknown."""
        if not self.tower.weights or not self.known.get("projector"):
            return None
        lists = {**self.tower.lists, **self.part}
        told = {
            **self.part,
            **{f"{key}_count": len(value) for key, value in lists.items() if isinstance(value, list)},
            **{f"{key}_stated": value for key, value in self.numbers.items()},
            **self.numbers,
            **{key: self.config.get(key, value) for key, value in self.known.get("numbers", {}).items()},
            **self.found,
            "text": hidden,
        }
        edge, patch = self.found.get("image_size"), self.found.get("patch_size")
        wide, heads = self.found.get("hidden_size"), self.found.get("num_attention_heads")
        told |= {"patches": (edge // patch) ** 2} if edge and patch else {}
        told |= {"head_width": wide // heads} if wide and heads else {}
        inside, outside = (all_told(text, told) for text in (self.tower.weights, self.known["projector"]))
        if inside is None or outside is None or not 0 < inside + outside <= _MOST_WEIGHTS:
            return None
        return inside + outside


def _is_number(value: object) -> bool:
    """Return whether a value is a number, or one for each edge of an image."""
    of = value if isinstance(value, list) and value else [value]
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in of) and of[1:] in ([], of[:1])


def _plain(value: Any) -> int | float:
    """Return a number, as int if whole."""
    one: int | float = value[0] if isinstance(value, list) else value
    return int(one) if isinstance(one, float) and one.is_integer() else one
