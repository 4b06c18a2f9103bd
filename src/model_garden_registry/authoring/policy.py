"""
Starting values for training and serving, by size and kind.

The rules in words, with reasons: docs/defaults-policy.md. What depends on memory is chosen in ``sizing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.families.engines import engine_of
from model_garden_registry.families.family import family_of
from model_garden_registry.memory.fitting.gpu_sizes import LEAST_CONTEXT
from model_garden_registry.memory.network.images import image_tokens

#: From this size on, half the rate and one epoch. Source: QLoRA (arXiv:2305.14314), whose scripts
#: use 2e-4 for 7 and 13 billion parameters, 1e-4 for 33 and 65.
LARGE_PARAMETERS = 30 * 10**9
#: Source: QLoRA; Unsloth's guide to LoRA hyperparameters.
LEARNING_RATE, LEARNING_RATE_LARGE = 2e-4, 1e-4
#: Source: LLaMA-Factory's recipes for Qwen2.5-VL and Qwen3-VL.
LEARNING_RATE_VISION = 1e-4
#: Sequences per optimizer step. Source: QLoRA's scripts; "LoRA Without Regret": large batches hurt adapters.
STEP_SEQUENCES = 16
#: The adapter's rank; twice that if only the attention is adapted.
RANK = 16
#: Rank if each expert has an adapter, and alpha as a multiple of it: as Unsloth uses them for gpt-oss,
#: GLM, Nemotron and ERNIE. Source: unsloth 2026.10.9, `studio/backend/assets/configs/model_defaults`
RANK_EXPERTS, ALPHA_EXPERTS = 8, 2
#: Rank of the smallest models. Source: the same, for models of 270 million.
RANK_TINY, TINY_PARAMETERS = 128, 400 * 10**6
#: Source: the same, in most files.
WEIGHT_DECAY = 0.001
#: Share of the run. Source: examples of axolotl and LLaMA-Factory; `python -m tools.recipes` counts them.
WARMUP_RATIO = 0.1
#: Layers that PEFT refuses for state-space networks, whose kernels read the weights without the adapter.
#: Source: PEFT 0.21.2, `tuners/tuners_utils.py` _check_lora_target_modules_mamba
_PAST_ADAPTERS = "out_proj"
#: Most sequences per step and GPU: more is not faster.
LARGEST_BATCH = 8
#: Training sequences, in tokens.
SEQUENCE, SEQUENCE_REASONING = 2048, 4096
#: Longest context if a model's positions are unknown.
LARGEST_CONTEXT = 32768
#: For models that vLLM does not load, transformers with bitsandbytes. Source: bitsandbytes installation page.
_BITSANDBYTES = "7.5"
#: vLLM's share of a GPU: its default before 0.20, with memory for CUDA graphs on any GPU. Source: vLLM, CacheConfig.
UTILIZATION = 0.9


#: Word of families.json for code that comes with the checkpoints.
_OWN_CODE = "remote code"


def training_start(facts: ModelFacts) -> dict[str, Any] | None:
    """Return the training defaults of a model with one sequence per step; None if it is not trained."""
    if not facts.trains:
        return None
    is_large = facts.parameters >= LARGE_PARAMETERS
    rate = LEARNING_RATE_LARGE if is_large else LEARNING_RATE
    positions = facts.architecture.max_position_embeddings
    sequence = _sequence(facts)
    return {
        "hyperparameters": {
            "learning_rate": min(rate, LEARNING_RATE_VISION) if facts.has_vision else rate,
            "num_epochs": 1 if is_large else 3,
            "batch_size": 1,
            "gradient_accumulation_steps": STEP_SEQUENCES,
            "warmup_steps": 10,
            "max_seq_length": min(sequence, positions) if positions else sequence,
            "optim": "adamw_8bit",
            "lr_scheduler_type": "cosine" if facts.has_vision else "linear",
            "weight_decay": WEIGHT_DECAY,
            "warmup_ratio": WARMUP_RATIO,
        },
        "lora_config": _adapter(facts, _experts(facts)),
        **({"selective_loss": {"supported": True, "default_level": "conservative"}} if facts.has_vision else {}),
        "stack": "unsloth" if facts.has_unsloth else "trl",
        **({"chat_template": template} if (template := _template(facts)) else {}),
    }


def _template(facts: ModelFacts) -> str | None:
    """Return the chat template: LLaMA-Factory's for the model, or for all vision models of its type."""
    by_type = vocabulary("llamafactory").tables["templates"] if facts.has_vision else {}
    return facts.recommended.chat_template or by_type.get(facts.architecture.model_type or "")


def _sequence(facts: ModelFacts) -> int:
    """Return the tokens of a training sequence: doubled until one image fits, if its size has a limit."""
    sequence = SEQUENCE_REASONING if facts.kind == "reasoning" else SEQUENCE
    vision = facts.architecture.vision
    image = (image_tokens(vision) if vision else None) or 0
    while sequence <= image:
        sequence *= 2
    return sequence


def inference_start(facts: ModelFacts) -> dict[str, Any]:
    """Return the inference defaults of a model, with the context that any machine must serve."""
    positions = facts.architecture.max_position_embeddings
    engine = "vllm" if facts.is_served_by_vllm and not facts.quantization.is_bitsandbytes else "transformers"
    return {
        "max_model_len": min(LEAST_CONTEXT, positions) if positions else LEAST_CONTEXT,
        "dtype": "auto",
        "gpu_memory_utilization": UTILIZATION if engine == "vllm" else 0.0,
        # Engines read the format from the checkpoint; with "awq", vLLM uses slower kernels than by default.
        "quantization": None,
        "tensor_parallel_size": 1,
        "engine": engine,
        **facts.recommended.serving,
        **({"trust_remote_code": True} if family_of(facts.architecture.model_type).checked == _OWN_CODE else {}),
    }


def with_batch(training: dict[str, Any], batch: int) -> dict[str, Any]:
    """Return training defaults with another batch, and the same number of sequences per step."""
    hyperparameters = {**training["hyperparameters"], "batch_size": batch}
    hyperparameters["gradient_accumulation_steps"] = max(1, STEP_SEQUENCES // batch)
    return {**training, "hyperparameters": hyperparameters}


def compute_capability(facts: ModelFacts) -> str:
    """
    Return the CUDA compute capability that the number format needs, or the engine if that needs more.

    Source:
        storage/engines.json; bfloat16 needs Ampere; bitsandbytes has kernels for Turing and later.
    """
    if not facts.is_quantized:
        return "7.0" if facts.architecture.dtype == "float16" else "8.0"
    engine, quantization = engine_of("vllm"), facts.quantization
    support = engine.formats.get(f"{quantization.method}/{quantization.type}")
    known = [support.least if support else _BITSANDBYTES, engine.capability or _BITSANDBYTES]
    return max(known, key=lambda version: tuple(map(int, version.split("."))))


def without_experts(facts: ModelFacts, training: dict[str, Any]) -> dict[str, Any] | None:
    """Return training defaults with adapters on the attention only; None if they have no others."""
    if "target_parameters" not in training["lora_config"]:
        return None
    return {**training, "lora_config": _adapter(facts, experts=())}


def _adapter(facts: ModelFacts, experts: Sequence[str]) -> dict[str, Any]:
    modules = _target_modules(facts)
    if experts:
        rank, alpha = RANK_EXPERTS, RANK_EXPERTS * ALPHA_EXPERTS
    else:
        rank = alpha = RANK_TINY if facts.parameters < TINY_PARAMETERS else RANK * (2 if facts.is_sparse else 1)
    return {
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "target_modules": modules,
        "use_rslora": False,
        **({"target_parameters": list(experts)} if experts else {}),
    }


def _experts(facts: ModelFacts) -> Sequence[str]:
    """Return the parameters of the experts of a mixture."""
    return family_of(facts.architecture.model_type).target_parameters if facts.is_sparse else ()


def _target_modules(facts: ModelFacts) -> list[str] | str:
    """Return the layers that get an adapter; for an unknown architecture, PEFT's ``all-linear``."""
    family, latent = family_of(facts.architecture.model_type), facts.architecture.mla
    if not family.targets:
        return "all-linear"
    held = {name: {*family.attention.get(name, ())} for name in family.targets}
    if not {"q", "q_a"} <= {matrix for matrices in held.values() for matrix in matrices}:
        return list(dict.fromkeys((*family.targets, *_mixing(facts))))
    # Latent attention has one query matrix, or two with a low rank between them.
    absent = {"q"} if latent and latent.q_lora_rank else {"q_a", "q_b"}
    return [name for name, matrices in held.items() if not matrices & absent]


def _mixing(facts: ModelFacts) -> Iterator[str]:
    """Yield the large layers of mixers without a cache: those with the network's width on both sides."""
    family = family_of(facts.architecture.model_type)
    for kind, widths in family.mixers.items():
        refused = _PAST_ADAPTERS if kind == "state_space" else ""
        yield from (name for name in widths if name != refused and name not in _NARROW)


#: Layers of linear attention with one output per head.
_NARROW = ("in_proj_a", "in_proj_b", "in_proj_ba")
