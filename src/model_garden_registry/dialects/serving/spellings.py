"""Numbers, types and sizes as engines write them, and rules common to both."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import OF_MODEL
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words
from model_garden_registry.dialects.vocabulary import ABSENT

GIB = 2**30
GB = 10**9
#: Source: vLLM 0.33.0, `human_readable_int`; SGLang 0.5.23 has the same.
_SUFFIXES = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SHORT_NUMBER = re.compile(r"(\d+)(\.\d+)?([kKmMgGtT])")
#: Other names of types in both engines. Source: vLLM 0.33.0, `ModelDType`; SGLang 0.5.23, its `dtype`.
_DTYPES = {"half": "float16", "float": "float32"}


def given(words: Words, key: str) -> Any:
    """Return the file's value of a key; None if it has none, or only a variable."""
    value = words.get(key) if key in words else None
    return None if value is ABSENT else value


def short_number(text: str) -> Any:
    """
    Return ``8k`` as 8000 and ``8K`` as 8192; any other text as it is.

    Raises:
        ValueError: A fraction comes before a binary suffix.
    """
    match = _SHORT_NUMBER.fullmatch(text.strip())
    if match is None:
        return text
    number, fraction, suffix = match.groups()
    if fraction and suffix.isupper():
        raise ValueError(f"takes no fraction before {suffix}; {number}{fraction}{suffix.lower()} is decimal")
    meant = float(f"{number}{fraction or ''}") * _SUFFIXES[suffix]
    return int(meant) if math.isfinite(meant) else text


def length_rule(key: str, *, fits: int | None = None) -> Rule:
    """
    Return the rule for the longest sequence, which an engine takes from the model by default.

    Args:
        key: The engine's key.

        fits: The value that means "as much as fits into memory".
    """

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key)
        if fits is not None and value == fits:
            words.leave(key, "the longest length that fits is not computed")
            return {}
        if value is ABSENT:
            return {}
        return {"max_model_len": OF_MODEL if value is None else value}

    return Rule(
        keys=(key,),
        settings=("max_model_len",),
        write=lambda request: {key: request.inference.max_model_len},
        read=read,
        says="absent: as long as the model's positions",
    )


def dtype_rule() -> Rule:
    """Return the rule for the compute type."""

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("dtype")
        return {} if value is ABSENT else {"dtype": _DTYPES.get(value, value)}

    return Rule(
        keys=("dtype",),
        settings=("dtype",),
        write=lambda request: {"dtype": request.inference.dtype},
        read=read,
        says="half is float16, float is float32",
    )


def number_rule(key: str, setting: str = "") -> Rule:
    """Return the rule for a number that an engine chooses by default."""
    path = setting or key

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(path)
        return {} if value is None else {key: value}

    def read(words: Words) -> Mapping[str, Any]:
        if key not in words:
            return {path: None}
        value = words.get(key)
        return {} if value is ABSENT else {path: value}

    return Rule(keys=(key,), settings=(path,), write=write, read=read, says="absent: the engine's choice")


def counted_rule(key: str, setting: str, own: Any) -> Rule:
    """
    Return the rule for a value that is left out if it is the engine's default.

    Args:
        key: The engine's key.

        setting: Our setting.

        own: The engine's default, in our words.
    """

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key) if key in words else own
        return {} if value is ABSENT else {setting: value}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(setting)
        return {} if value == own else {key: value}

    return Rule(keys=(key,), settings=(setting,), write=write, read=read)


def switch_rule(key: str, setting: str = "") -> Rule:
    """Return the rule for a switch that is off by default."""
    path = setting or key

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get(key)
        return {} if value is ABSENT else {path: bool(value)}

    return Rule(
        keys=(key,),
        settings=(path,),
        write=lambda request: {key: True} if request.value(path) else {},
        read=read,
    )


def choice_rule(key: str, setting: str, names: Mapping[str, str], *, absent: str | None, why: str) -> Rule:
    """
    Return the rule for a choice, of which some values have one of ours.

    Args:
        key: The engine's key.

        setting: Our setting.

        names: The engine's word → ours; if several mean one of ours, the first is written.

        absent: Our value if the key is absent.

        why: What is not counted for all others.
    """
    written: dict[str, str] = {}
    for theirs, ours in names.items():
        written.setdefault(ours, theirs)

    def write(request: ExportRequest) -> Mapping[str, Any]:
        value = request.value(setting)
        if value == absent:
            return {}
        if value not in written:
            raise UnsayableError(f"it has no {setting} {value}: it takes {', '.join(written)}")
        return {key: written[value]}

    def read(words: Words) -> Mapping[str, Any]:
        if key not in words:
            return {setting: absent}
        value = words.get(key)
        if value is ABSENT:
            return {}
        if value not in names:
            words.leave(key, why)
            return {}
        return {setting: names[value]}

    return Rule(keys=(key,), settings=(setting,), write=write, read=read)


def images_rule(key: str) -> Rule:
    """Return the rule for the images per prompt; if absent, the load is assumed."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        if not request.entry.is_vision_model:
            return {}
        stated = request.entry.inference_defaults.limit_mm_per_prompt
        others = {"video": stated.video, "audio": stated.audio} if stated else {}
        known = {kind: limit for kind, limit in others.items() if limit is not None}
        return {key: {"image": request.inference.images_per_prompt, **known}}

    def read(words: Words) -> Mapping[str, Any]:
        limits = words.get(key)
        count = limits.get("image") if isinstance(limits, dict) else None
        count = count.get("count") if isinstance(count, dict) else count
        return {"images_per_prompt": count} if isinstance(count, int) and not isinstance(count, bool) else {}

    return Rule(
        keys=(key,),
        settings=("images_per_prompt",),
        write=write,
        read=read,
        says="a count for each kind; absent: the default of the registry",
    )


def offload_rule(*, whole: bool) -> Rule:
    """
    Return the rule for offloaded weights, which engines count in GiB.

    Args:
        whole: Whether only whole GiB are accepted.

    Source:
        vLLM 0.33.0, `UVAOffloadConfig.cpu_offload_gb`; SGLang 0.5.23, `srt/utils/offloader.py`
    """

    def write(request: ExportRequest) -> Mapping[str, Any]:
        wanted = request.inference.cpu_offload_gb
        if not wanted:
            return {}
        gib = round(wanted * GB / GIB, 9)
        if whole and abs(gib - round(gib)) > 1e-6:
            below, above = (round(one * GIB / GB, 6) for one in (int(gib), int(gib) + 1))
            raise UnsayableError(f"it takes cpu_offload_gb in whole GiB, such as {below:g} or {above:g} GB")
        return {"cpu_offload_gb": round(gib) if whole else gib}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("cpu_offload_gb")
        return {} if value is ABSENT else {"cpu_offload_gb": round((value or 0) * GIB / GB, 6)}

    return Rule(
        keys=("cpu_offload_gb",),
        settings=("cpu_offload_gb",),
        write=write,
        read=read,
        says="GiB there, decimal GB here",
    )
