"""Numbers and lists of a config.json, with their types checked; another type is refused with its key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.families.expressions import words_of
from model_garden_registry.families.family import Family
from model_garden_registry.visible_text import shown_value, visible

#: No number of a network is larger; beyond, the file is broken.
MOST = 10**9

#: Numbers of the language model, by their keys in config.json files.
_NUMBERS = frozenset(
    (
        *("num_hidden_layers", "n_layer", "hidden_size", "n_embd", "intermediate_size", "ffn_hidden_size"),
        *("num_attention_heads", "n_head", "num_key_value_heads", "head_dim", "vocab_size"),
        *("max_position_embeddings", "n_positions", "sliding_window", "num_kv_shared_layers"),
        *("num_experts", "n_routed_experts", "num_local_experts", "moe_num_experts"),
        *("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"),
        *("moe_intermediate_size", "n_shared_experts", "moe_num_shared_experts", "moe_latent_size"),
        *("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"),
        *("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index"),
        *("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval"),
        *("kv_lora_rank", "qk_rope_head_dim", "q_lora_rank", "qk_nope_head_dim", "v_head_dim"),
        *("num_nextn_predict_layers", "mtp_num_hidden_layers"),
    )
)
#: Lists with a name for each layer, and lists of the numbers of some layers.
_LISTS: Mapping[str, type] = {"mlp_layer_types": str, "moe_layers": int, "mlp_only_layers": int}
#: Switches.
_FLAGS = frozenset(("tie_word_embeddings", "use_sliding_window", "use_double_wide_mlp"))


def usable(part: Mapping[str, Any], family: Family, path: Path) -> dict[str, Any]:
    """
    Return the language model's part of a config.json, with every value in its expected type.

    A whole number may be written as 4096.0, or as a list of one number per layer, all equal.

    Raises:
        RegistryReadError: A value has another type; the error names its key.
    """
    ways = {kinds["key"] for kinds in family.layer_kinds if "key" in kinds}
    told = (*family.shape.values(), *(each for keys in family.group_keys.values() for each in keys.values()))
    expressions = [one for each in (*told, family.further) for one in ([each] if isinstance(each, str) else each)]
    ways -= _NUMBERS
    numbers = _NUMBERS.union(*(words_of(one.rpartition("?")[2]) for one in expressions)) - ways
    found = dict(part)
    for key, value in part.items():
        if value is None:
            continue
        if key in numbers:
            found[key] = _number(key, value, path)
        elif key in _LISTS:
            if not isinstance(value, list) or not all(type(one) is _LISTS[key] for one in value):
                raise _odd(key, value, f"is a list of {'names' if _LISTS[key] is str else 'numbers'}", path)
        elif key in ways or key == "moe_layer_freq":
            found[key] = _way(key, value, path)
        elif key == "moe_layer_end_index":
            found[key] = -1 if value == -1 else _number(key, value, path)
        elif key in _FLAGS and not isinstance(value, bool):
            raise _odd(key, value, "is true or false", path)
    _check_layers_by_number(found.get("per_layer_config"), path)
    _check_blocks(found.get("block_configs"), path)
    return found


def whole(key: str, value: object, path: Path, *, least: int = 0) -> int:
    """
    Return a whole number of a network.

    Raises:
        RegistryReadError: It is not a whole number, or out of range.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        raise _odd(key, value, f"is a whole number from {least} to {MOST}", path)
    return value


def _number(key: str, value: object, path: Path) -> int | list[int]:
    if not isinstance(value, list):
        return whole(key, value, path)
    each = [whole(key, one, path) for one in value]
    if not each:
        raise _odd(key, value, "is a number", path)
    if len({*each}) == 1:
        return each[0]
    if key != "intermediate_size":
        raise RegistryReadError(path, f"states {len({*each})} different numbers as {key}, which has one elsewhere")
    return each


def _way(key: str, value: object, path: Path) -> object:
    """Return the list of layer kinds: names, numbers, or letters; or one number."""
    if isinstance(value, list):
        if key == "block_configs" or (key != "moe_layer_freq" and all(isinstance(one, str) for one in value)):
            return value
        return [whole(key, one, path) for one in value]
    return value if isinstance(value, str) and key != "moe_layer_freq" else whole(key, value, path)


def _check_layers_by_number(stated: object, path: Path) -> None:
    """Check numbers of single layers: ``{"03": {"head_dim": 256}}``."""
    for name, numbers in _object("per_layer_config", stated, path).items():
        for key, value in _object(f"per_layer_config.{name}", numbers, path).items():
            if key in ("head_dim", "num_key_value_heads"):
                whole(f"per_layer_config.{name}.{key}", value, path, least=1)


def _check_blocks(stated: object, path: Path) -> None:
    """Check layers that state their heads and widths as shares of the network's."""
    if stated is not None and not isinstance(stated, list):
        raise _odd("block_configs", stated, "is a list", path)
    for index, block in enumerate(stated or ()):
        where = f"block_configs[{index}]"
        parts = _object(where, block, path)
        heads = _object(f"{where}.attention", parts.get("attention") or {}, path)
        after = _object(f"{where}.ffn", parts.get("ffn") or {}, path)
        if not heads.get("no_op") and not heads.get("replace_with_linear"):
            whole(f"{where}.attention.n_heads_in_group", heads.get("n_heads_in_group"), path, least=1)
        share = after.get("ffn_mult")
        if not after.get("no_op") and not after.get("replace_with_linear") and not _is_share(share):
            raise _odd(f"{where}.ffn.ffn_mult", share, "is a share of the width", path)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < MOST


def _object(key: str, value: object, path: Path) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _odd(key, value, "is an object", path)
    return value


def _odd(key: str, value: object, what: str, path: Path) -> RegistryReadError:
    return RegistryReadError(path, f"states {shown_value(value)} as {visible(key)}, which {what} elsewhere")


def numbers_of(part: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """
    Return numbers by our names.

    Args:
        keys: Our name → keys in config.json files; the first that is stated counts.
    """
    told = ((ours, [part[key] for key in theirs if part.get(key) is not None]) for ours, theirs in keys.items())
    return {ours: stated[0] for ours, stated in told if stated and not isinstance(stated[0], list)}


def stated_flag(parts: Collection[Mapping[str, Any]], key: str, path: Path) -> bool | None:
    """
    Return a switch of the first part that has it; None if none has.

    Raises:
        RegistryReadError: It is neither true nor false.
    """
    value = next((part[key] for part in parts if key in part), None)
    if value is not None and not isinstance(value, bool):
        raise _odd(key, value, "is true or false", path)
    return value
