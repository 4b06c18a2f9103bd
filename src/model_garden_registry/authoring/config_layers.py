"""Layers of a config.json that are not all alike; and refusal of unknown keys that count parts of the network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, get_args

from model_garden_registry.authoring.config_values import whole
from model_garden_registry.entries.architecture import FeedForwardKind
from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.config_numbers import first_told
from model_garden_registry.families.expressions import words_of
from model_garden_registry.families.family import Family, usual_keys
from model_garden_registry.visible_text import shown_value

#: Keys that count layers, heads or experts, or list which are which.
_COUNTING = re.compile(r"(^|_)(n_)?(layers?|heads?|experts?|blocks?)(_|$)", re.IGNORECASE)
#: Of such keys, harmless ones, unless they end in the counted part.
_HARMLESS = re.compile(
    r"(norm|rope|drop|dtype|loss|coef|bias|scale|theta|init|eps|prob|jitter|multiplier)(?!.*s$)", re.IGNORECASE
)

#: Words for attention with a limited window.
_LOCAL = ("window", "chunked")
#: Widths that a block states as a share are rounded up to a multiple of this.
_WIDTH_STEP = 256
#: Keys that may list a number for each layer → the layer's key.
_BY_LAYER = {"intermediate_size": "intermediate_size", "num_attention_heads_per_layer": "num_attention_heads"}
#: What may follow a mixer.
_FEED_FORWARDS = frozenset(get_args(FeedForwardKind))


def refuse_unread(text: Mapping[str, Any], family: Family, path: Path) -> None:
    """
    Refuse a config.json that counts layers, heads or experts under a key that is not in the family's record.

    Raises:
        RegistryReadError: There is such a key; the error names it.
    """
    known = {*usual_keys(), *family.keys, *(kinds.get("key", "") for kinds in family.layer_kinds)}
    told = [*family.shape.values(), *(text for keys in family.group_keys.values() for text in keys.values())]
    known |= {key for text in told for one in ([text] if isinstance(text, str) else text) for key in words_of(one)}
    for key, value in text.items():
        is_whole = type(value) is int or (isinstance(value, float) and value.is_integer())
        counts = isinstance(value, list | str | dict) or is_whole
        if value and counts and key not in known and _COUNTING.search(key) and not _HARMLESS.search(key):
            problem = f"counts layers, heads or experts under {key}, which is not a known key of {family.model_type}"
            raise RegistryReadError(path, f"{problem}: nothing is guessed")


def layer_groups(text: Mapping[str, Any], shape: Mapping[str, Any], family: Family, path: Path) -> list[dict[str, Any]]:
    """
    Return the layers in groups of equal ones, in the order of their first layer.

    Args:
        text: The language model's part of config.json.

        shape: The numbers read so far: layers, positions, experts, latent attention.

    Raises:
        RegistryReadError: A list of layers has the wrong length, or an unknown kind.
    """
    count = shape["num_hidden_layers"]
    plain, sparse = "latent" if "mla" in shape else "full", sparse_layers(text, count, path) if "moe" in shape else ()
    kept = count - (text.get("num_kv_shared_layers") or 0)
    if kept < 1:
        raise RegistryReadError(path, f"has only layers ({count}) that read the cache of earlier ones")
    window = _window(text, shape)
    groups: Counter[tuple[tuple[str, Any], ...]] = Counter()
    for index, words in enumerate(_mixers(text, count, family, path)):
        kind, *others = words.split()
        parts = (kind, *(word for word in others if word not in _FEED_FORWARDS))
        after = next((word for word in others if word in _FEED_FORWARDS), "moe" if index in sparse else "dense")
        group: dict[str, Any] = {"mixer": kind, "feed_forward": after}
        for part in parts:
            group |= _numbers(text, part, family, path)
        if kind == "window" and window:
            group.setdefault("window", window)
        if kind == "full" or (kind in _LOCAL and "window" not in group):
            group["mixer"] = plain
        group |= _one_layer(text, index, path, shares_cache=index >= kept)
        groups[tuple(group.items())] += 1
    return [{"count": layers, **dict(group)} for group, layers in groups.items()]


def take_heads(groups: Sequence[dict[str, Any]], text: Mapping[str, Any]) -> dict[str, int]:
    """Move the key heads out of groups that all have the same number, if the network states none; return them."""
    heads = {group["num_key_value_heads"] for group in groups if "num_key_value_heads" in group}
    if len(heads) != 1 or text.get("num_key_value_heads"):
        return {}
    for group in groups:
        group.pop("num_key_value_heads", None)
    return {"num_key_value_heads": heads.pop()}


def window_of(groups: Sequence[Mapping[str, Any]]) -> dict[str, int] | None:
    """Return the window of the layers that have one, and their number; None if no layer has one."""
    windowed = [group for group in groups if group["mixer"] == "window"]
    layers = sum(group["count"] for group in windowed)
    return {"window": windowed[0]["window"], "num_layers": layers} if windowed else None


def must_be_listed(groups: Sequence[Mapping[str, Any]], moe: Mapping[str, Any] | None = None) -> bool:
    """
    Return whether layers must be listed, because totals for window, experts and latent attention are not enough.

    Args:
        moe: The stated experts, with the number of leading dense layers.
    """
    dense = sum(group["count"] for group in groups if group["feed_forward"] == "dense")
    windows = {group["window"] for group in groups if "window" in group}
    is_mixed = moe is not None and dense != moe.get("first_k_dense_replace", 0)
    return is_mixed or len(windows) > 1 or not all(map(_is_summed, groups))


def _window(text: Mapping[str, Any], shape: Mapping[str, Any]) -> int | None:
    """Return the window of layers that have one; None if it is off, or as long as the context."""
    window, positions = text.get("sliding_window"), shape.get("max_position_embeddings")
    if not window or text.get("use_sliding_window") is False or (positions and window >= positions):
        return None
    return int(window)


def _is_summed(group: Mapping[str, Any]) -> bool:
    return not group.keys() - {"count", "mixer", "feed_forward", "window"} and (
        group["mixer"] in ("full", "window", "latent") and group["feed_forward"] != "none"
    )


def _one_layer(text: Mapping[str, Any], index: int, path: Path, *, shares_cache: bool) -> dict[str, Any]:
    """Return what is stated for one layer by its number."""
    found: dict[str, Any] = {"shares_cache": True} if shares_cache else {}
    found |= _block(text, index, path)
    found |= _listed(text, index, path)
    width = text.get("intermediate_size")
    if shares_cache and isinstance(width, int) and text.get("use_double_wide_mlp"):
        found["intermediate_size"] = 2 * width
    stated = (text.get("per_layer_config") or {}).get(f"{index:02}") or {}
    return found | {key: stated[key] for key in ("head_dim", "num_key_value_heads") if key in stated}


def _listed(text: Mapping[str, Any], index: int, path: Path) -> dict[str, int]:
    """Return the numbers of a layer that config.json lists per layer, if they differ from the network's."""
    found = {}
    for key, ours in _BY_LAYER.items():
        listed = text.get(key)
        if not isinstance(listed, list):
            continue
        if len(listed) <= index:
            raise RegistryReadError(path, f"states {len(listed)} numbers as {key}, but has more layers")
        if listed[index] != text.get(ours):
            found[ours] = whole(key, listed[index], path, least=1)
    return found


def _block(text: Mapping[str, Any], index: int, path: Path) -> dict[str, int]:
    """
    Return the heads and the width of a layer that states them as shares of the network's.

    Source:
        vLLM 0.33.0, `nemotron_nas.py`: `_ffn_mult_to_intermediate_size`
    """
    if not text.get("block_configs"):
        return {}
    attention, after = (text["block_configs"][index].get(part) or {} for part in ("attention", "ffn"))
    found = {}
    if not attention.get("no_op"):
        heads = text["num_attention_heads"] // attention["n_heads_in_group"]
        found["num_key_value_heads"] = whole(f"block_configs[{index}].attention", heads, path, least=1)
    if not after.get("no_op"):
        wanted = int(2 * after["ffn_mult"] * text["hidden_size"] / 3)
        width = max(1, ceil(wanted / _WIDTH_STEP)) * _WIDTH_STEP
        found["intermediate_size"] = whole(f"block_configs[{index}].ffn", width, path, least=1)
    return found


def _mixers(text: Mapping[str, Any], count: int, family: Family, path: Path) -> list[str]:
    """Return for each layer a word for its mixer and, if needed, one for its feed-forward part."""
    for spelled in family.layer_kinds:
        value: Any = text.get(spelled["key"]) if "key" in spelled else True
        # transformers ignores an empty list.
        if value in (None, []) or ("when" in spelled and not text.get(spelled["when"])):
            continue
        match spelled:
            case {"all": str(kind)}:
                return [kind] * count
            case {"every": int(step), "other": str(other)}:
                return _every(step, other, count)
            case {"listed": str(kind), "other": str(other)}:
                listed = _of_type(value, list, spelled["key"], path)
                return [kind if index in listed else other for index in range(count)]
            case {"first": str(kind), "other": str(other)}:
                first = _of_type(value, int, spelled["key"], path)
                return [kind if index < first else other for index in range(count)]
            case {"other": str(other)}:
                return _every(_of_type(value, int, spelled["key"], path), other, count)
            case _:
                _of_type(value, list | str, spelled["key"], path)
                names = spelled.get("kinds") or spelled["letters"]
                return _named([_word(one) for one in value], names, spelled["key"], count=count, path=path)
    return ["full"] * count


def _of_type(value: Any, kind: Any, key: str, path: Path) -> Any:
    """Return a value of the expected type."""
    if not isinstance(value, kind):
        raise RegistryReadError(path, f"states {shown_value(value)} as {key}, which is not a known form")
    return value


def _every(step: int, other: str, count: int) -> list[str]:
    return ["full" if not step or (index + 1) % step == 0 else other for index in range(count)]


def _word(one: object) -> str:
    """Return the name of a layer: its name, its number, or the names of its parts; a missing part is a `no_op`."""
    if not isinstance(one, Mapping):
        return str(one)
    stands_for = ("no_op", "replace_with_linear")
    return " ".join(next((word for word in stands_for if part.get(word)), name) for name, part in one.items())


def _named(value: Sequence[str], names: Mapping[str, str], key: str, *, count: int, path: Path) -> list[str]:
    if len(value) != count:
        raise RegistryReadError(path, f"states {key} for {len(value)} layers, but has {count}")
    unknown = next((name for name in value if name not in names), None)
    if unknown is not None:
        raise RegistryReadError(path, f"states {shown_value(unknown)} in {key}, which is not a known kind of layer")
    return [names[name] for name in value]


def sparse_layers(text: Mapping[str, Any], count: int, path: Path) -> frozenset[int]:
    """
    Return the layers with experts, in any of the forms that config.json files use.

    Raises:
        RegistryReadError: A list has not one item per layer.
    """
    for key in ("mlp_layer_types", "moe_layer_freq"):
        listed = text.get(key)
        if isinstance(listed, list) and len(listed) != count:
            raise RegistryReadError(path, f"states {key} for {len(listed)} layers, but has {count}")
    kinds = text.get("mlp_layer_types")
    if isinstance(kinds, list):
        return frozenset(index for index, kind in enumerate(kinds) if kind != "dense")
    listed = text.get("moe_layers")
    if isinstance(listed, list):
        return frozenset(range(count)).intersection(listed)
    every = text.get("moe_layer_freq")
    if isinstance(every, list):
        return frozenset(index for index, has_experts in enumerate(every) if has_experts)
    first = text.get("first_k_dense_replace") or text.get("num_dense_layers") or text.get("moe_layer_start_index") or 0
    step = text.get("decoder_sparse_step") or text.get("interleave_moe_layer_step") or text.get("moe_layer_interval")
    last, dense = text.get("moe_layer_end_index"), text.get("mlp_only_layers") or ()
    return frozenset(
        index
        for index in range(first, count if last in (None, -1) else min(count, last + 1))
        if (index + 1) % (step or 1) == 0 and index % (every or 1) == 0 and index not in dense
    )


def _numbers(text: Mapping[str, Any], kind: str, family: Family, path: Path) -> dict[str, Any]:
    found = {ours: first_told(theirs, text) for ours, theirs in family.group_keys.get(kind, {}).items()}
    return {ours: whole(ours, value, path, least=1) for ours, value in found.items() if value is not None}
