"""Speculative decoding in vLLM: by the model's own layers, or by another model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.items import UnknownValue
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words

_KEY = "speculative_config"
#: Options that each set one part of it.
_PARTS = {"spec_method": "method", "spec_model": "model", "spec_tokens": "num_speculative_tokens"}
#: Methods that draft without a model. Source: vLLM 0.33.0, `vllm/config/speculative.py`
_WITHOUT_MODEL = frozenset({"ngram", "ngram_gpu", "suffix", "custom_class", "extract_hidden_states"})


def _write(request: ExportRequest) -> Mapping[str, Any]:
    settings = request.inference
    tokens, model = settings.speculative_tokens, settings.draft_model
    if not tokens:
        if model is not None:
            raise UnsayableError("draft_model has no effect with speculative_tokens 0")
        return {}
    drafting = {"method": "mtp"} if model is None else {"model": model}
    return {_KEY: {**drafting, "num_speculative_tokens": tokens}}


def _read(words: Words) -> Mapping[str, Any]:
    stated = words.get(_KEY) if _KEY in words else {}
    if not isinstance(stated, dict):
        return {}
    parts = {name: words.get(key) for key, name in _PARTS.items() if key in words}
    key = next((one for one in (_KEY, *_PARTS) if one in words), None)
    whole = {**stated, **parts}
    if key is None or not whole:
        return {"speculative_tokens": 0, "draft_model": None}
    if any(isinstance(value, UnknownValue) for value in whole.values()):
        return {}
    return _meant(words, key, whole)


def _meant(words: Words, key: str, whole: Mapping[str, Any]) -> Mapping[str, Any]:
    method, model, tokens = (whole.get(name) for name in ("method", "model", "num_speculative_tokens"))
    if method in _WITHOUT_MODEL:
        words.leave(key, f"what {method} drafts without a model is not counted")
        return {}
    if tokens is None:
        words.leave(key, "the number of drafted tokens comes from the draft model")
        return {}
    if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 1:
        raise RefusedValueError(key, "takes a whole number from 1 as num_speculative_tokens")
    is_own = model is None or (isinstance(method, str) and method.endswith("mtp"))
    return {"speculative_tokens": tokens, "draft_model": None if is_own else str(model)}


SPECULATION = Rule(
    keys=(_KEY, *_PARTS),
    settings=("speculative_tokens", "draft_model"),
    write=_write,
    read=_read,
    says="num_speculative_tokens and model; method mtp if the model's own layers draft",
)
