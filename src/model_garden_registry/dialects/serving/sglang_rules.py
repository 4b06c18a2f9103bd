"""SGLang's options where several mean one thing, or one means several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import Rule, UnsayableError, Words
from model_garden_registry.dialects.serving.spellings import given
from model_garden_registry.dialects.vocabulary import ABSENT

#: Algorithms that draft with the model's own layers, or with a model that it names. Source: SGLang 0.5.23,
#: `SpeculativeAlgorithm.from_string`
_OWN_LAYERS = frozenset({"EAGLE", "NEXTN"})
_WITHOUT_MODEL = frozenset({"NGRAM"})
#: A tree with one branch has one token more than steps: the one already verified.
_LEAST_DRAFTED = 2


def copies_rule() -> Rule:
    """Return the rule for data parallel copies, which data parallel attention does not have."""

    def read(words: Words) -> Mapping[str, Any]:
        divided = given(words, "attn_dp_size")
        if given(words, "enable_dp_attention") or (divided is not None and divided > 1):
            key = "enable_dp_attention" if given(words, "enable_dp_attention") else "attn_dp_size"
            words.leave(key, "data parallel attention is counted as tensor parallel")
            return {"data_parallel_size": 1}
        value = words.get("dp_size") if "dp_size" in words else 1
        return {} if value is ABSENT else {"data_parallel_size": value}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        size = request.inference.data_parallel_size
        return {} if size == 1 else {"dp_size": size}

    return Rule(
        keys=("dp_size", "enable_dp_attention", "attn_dp_size"),
        settings=("data_parallel_size",),
        write=write,
        read=read,
    )


def experts_rule() -> Rule:
    """Return the rule for experts that GPUs divide among them."""

    def write(request: ExportRequest) -> Mapping[str, Any]:
        settings = request.inference
        if not settings.enable_expert_parallel:
            return {}
        if settings.tensor_parallel_size == 1:
            raise UnsayableError("it divides experts over tensor_parallel_size GPUs, which is 1")
        return {"ep_size": settings.tensor_parallel_size}

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("ep_size") if "ep_size" in words else 1
        return {} if value is ABSENT else {"enable_expert_parallel": value > 1}

    return Rule(
        keys=("ep_size",),
        settings=("enable_expert_parallel",),
        write=write,
        read=read,
        says="the tensor-parallel size if GPUs divide experts",
    )


def graphs_rule() -> Rule:
    """Return the rule for CUDA graphs, which are disabled for both phases or for none."""
    phases = ("cuda_graph_backend_decode", "cuda_graph_backend_prefill")

    def read(words: Words) -> Mapping[str, Any]:
        if given(words, "disable_cuda_graph"):
            return {"enforce_eager": True}
        off = [key for key in phases if given(words, key) == "disabled"]
        for key in phases:
            if key in words and (len(off) == 1 or given(words, key) not in {None, "disabled"}):
                words.leave(key, "CUDA graphs are counted for both phases, as by default")
        return {"enforce_eager": len(off) == len(phases)}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        return dict.fromkeys(phases, "disabled") if request.inference.enforce_eager else {}

    return Rule(
        keys=(*phases, "disable_cuda_graph"),
        settings=("enforce_eager",),
        write=write,
        read=read,
        says="disabled for both phases",
    )


def batch_rule() -> Rule:
    """Return the rule for tokens in one prefill batch, which -1 leaves open."""

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("chunked_prefill_size") if "chunked_prefill_size" in words else None
        if value == -1:
            words.leave("chunked_prefill_size", "prompts are counted in chunks, which is SGLang's default")
            return {}
        return {} if value is ABSENT else {"max_num_batched_tokens": value}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        tokens = request.inference.max_num_batched_tokens
        return {} if tokens is None else {"chunked_prefill_size": tokens}

    name = "chunked_prefill_size"
    return Rule(keys=(name,), settings=("max_num_batched_tokens",), write=write, read=read, says="absent: by GPU")


def prefixes_rule() -> Rule:
    """Return the rule for the prefix cache, which is on unless disabled."""

    def read(words: Words) -> Mapping[str, Any]:
        value = words.get("disable_radix_cache")
        return {} if value is ABSENT else {"enable_prefix_caching": False if value else None}

    def write(request: ExportRequest) -> Mapping[str, Any]:
        return {"disable_radix_cache": True} if request.inference.enable_prefix_caching is False else {}

    return Rule(
        keys=("disable_radix_cache",),
        settings=("enable_prefix_caching",),
        write=write,
        read=read,
        says="on unless disabled",
    )


def adapters_rule() -> Rule:
    """Return the rule for adapters, whose rank and targets SGLang reads from them unless stated."""
    keys = ("enable_lora", "max_loras_per_batch", "max_lora_rank", "lora_target_modules", "lora_paths")

    def write(request: ExportRequest) -> Mapping[str, Any]:
        served, rank = request.inference.served_loras, request.inference.max_lora_rank
        if not served and "max_lora_rank" in request.settings.overrides() and rank is not None:
            raise UnsayableError("max_lora_rank has no effect with served_loras 0")
        if not served:
            return {}
        if rank is None:
            raise UnsayableError("it needs max_lora_rank to load adapters later")
        return dict(zip(keys[:4], (True, served, rank, ["all"]), strict=True))

    def read(words: Words) -> Mapping[str, Any]:
        is_on = given(words, "enable_lora") or given(words, "lora_paths")
        if not is_on:
            for key in keys[1:4]:
                if key in words:
                    words.doubt(key, "does nothing without --enable-lora")
            return {"served_loras": 0, "max_lora_rank": None}
        if given(words, "lora_target_modules") not in (None, "all", ["all"]):
            words.leave("lora_target_modules", "adapters are counted on all linear layers of the model")
        served = words.get("max_loras_per_batch")
        found = {} if served is ABSENT else {"served_loras": served}
        return {**found, "max_lora_rank": given(words, "max_lora_rank")}

    return Rule(
        keys=keys,
        settings=("served_loras", "max_lora_rank"),
        write=write,
        read=read,
        says="0 adapters: without --enable-lora",
    )


def speculation_rule() -> Rule:
    """Return the rule for speculative decoding: a tree with one branch, by the model's own layers or another model."""
    keys = (
        *("speculative_algorithm", "speculative_draft_model_path", "speculative_num_draft_tokens"),
        *("speculative_num_steps", "speculative_eagle_topk"),
    )

    def write(request: ExportRequest) -> Mapping[str, Any]:
        tokens, model = request.inference.speculative_tokens, request.inference.draft_model
        if not tokens and model is not None:
            raise UnsayableError("draft_model has no effect with speculative_tokens 0")
        if not tokens:
            return {}
        if tokens < _LEAST_DRAFTED:
            raise UnsayableError(f"it drafts at least {_LEAST_DRAFTED} tokens, the verified one included")
        algorithm = "NEXTN" if model is None else "STANDALONE"
        path = {} if model is None else {keys[1]: model}
        return {keys[0]: algorithm, **path, keys[2]: tokens, keys[3]: tokens - 1, keys[4]: 1}

    def read(words: Words) -> Mapping[str, Any]:
        algorithm, model, tokens = (given(words, key) for key in keys[:3])
        if algorithm is None:
            return {} if "speculative_algorithm" in words else {"speculative_tokens": 0, "draft_model": None}
        steps = given(words, "speculative_num_steps")
        if tokens is None and steps is not None and given(words, "speculative_eagle_topk") == 1:
            tokens = steps + 1
        if reason := _uncounted(str(algorithm), model, tokens):
            words.leave("speculative_algorithm", reason)
            return {}
        return {"speculative_tokens": tokens, "draft_model": model}

    return Rule(
        keys=keys,
        settings=("speculative_tokens", "draft_model"),
        write=write,
        read=read,
        says="NEXTN if the model's own layers draft, one branch",
    )


def _uncounted(algorithm: str, model: str | None, tokens: int | None) -> str | None:
    """Return why an algorithm's drafting is not counted; None if it is."""
    if algorithm.upper() in _WITHOUT_MODEL:
        return f"what {algorithm} drafts without a model is not counted"
    if tokens is None:
        return "the number of drafted tokens is SGLang's choice for the model"
    is_named = model is not None or algorithm.upper() in _OWN_LAYERS
    return None if is_named else f"what {algorithm} drafts with is not named"
