"""Public estimators of memory, re-stated from what they publish, for the same measurements."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.measured_case import Case
from model_garden_registry.entries.settings.task_settings import InferenceSettings, TrainingSettings
from model_garden_registry.memory.network.adapters import adapted
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weights import published_weight_bytes
from model_garden_registry.units import GB, GIB, MIB

Peer = Callable[[Case], float | None]

#: Bytes of a parameter by what a format is called: the nominal width.
_NOMINAL = {
    **dict.fromkeys(("bf16", "fp16", ""), 2.0),
    "fp32": 4.0,
    **dict.fromkeys(("fp8", "fp8-block", "gptq-int8", "w8a8-int8", "int8"), 1.0),
    **dict.fromkeys(("gptq-int4", "awq-int4", "w4a16-int4", "nf4", "nf4-dq", "mxfp4", "nvfp4"), 0.5),
}


def llmfit(case: Case) -> float | None:
    """
    Weights at the nominal width, the cache of the whole context, half a GB.

    Source:
        AlexsJones/llmfit, `llmfit-core/src/models.rs`: `quant_bpp`, `estimate_memory_gb_with_kv`, `kv_cache_gb`
    """
    if not isinstance(case.settings, InferenceSettings):
        return None
    shape, mixer = shape_of(case.entry), _mixer(case)
    elements = 0 if _is_vllm(case) else 2 * shape.layers * mixer.kv_heads * (mixer.o_width // mixer.heads)
    whole = shape.parameters * _nominal(case) + 2 * elements * case.settings.max_model_len
    return whole / case.settings.tensor_parallel_size + GB / 2


def accelerate(case: Case) -> float | None:
    """
    Parameters at the nominal width; for training the largest of its four steps.

    Source:
        huggingface/accelerate, `commands/estimate.py`: `estimate_training_usage`
    """
    parameters = shape_of(case.entry).parameters
    if isinstance(case.settings, InferenceSettings):
        return parameters * _nominal(case) / case.settings.tensor_parallel_size
    return parameters * 4 * 2.0 if case.settings.method == "full" else None


def hf_mem(case: Case) -> float | None:
    """
    Add up the tensors as they are published; the cache comes on request only.

    Source:
        hf-mem 0.5.6 on PyPI, `hf_mem/safetensors/metadata.py`
    """
    if not isinstance(case.settings, InferenceSettings):
        return None
    return published_weight_bytes(case.entry) / case.settings.tensor_parallel_size


def llm_d_planner(case: Case) -> float | None:
    """
    Weights, and constants for activations and what is outside of torch, by the kind of model.

    Source:
        llm-d-incubation/llm-d-planner, `capacity_planner.py`: `estimate_vllm_activation_memory` and its constants
    """
    if not _is_vllm(case) or not isinstance(case.settings, InferenceSettings):
        return None
    shape, parallel = shape_of(case.entry), case.settings.tensor_parallel_size
    linear = shape.linear_parameters * _nominal(case)
    weights = linear + (shape.parameters - shape.linear_parameters) * max(2.0, _nominal(case))
    name = case.row["arch"].lower()
    if shape.has_experts:
        activation = 8.0
    elif shape.has_vision:
        activation = 2.5
    elif "llama" in name:
        activation = 4.8
    else:
        activation = 5.6 if "qwen" in name else 5.5
    return weights / parallel + (activation + (0.15 if parallel == 1 else 0.6)) * GIB


def llama_factory(case: Case) -> float | None:
    """
    GB by method for 7, 14, 30 and 70 billion parameters, and straight lines between.

    Source:
        hiyouga/LLaMA-Factory, README: hardware requirement
    """
    if not isinstance(case.settings, TrainingSettings):
        return None
    full = (120, 240, 600, 1200) if "amp=1" in case.row.get("notes", "") else (60, 120, 300, 600)
    sizes = {"full": full, "lora": (16, 32, 64, 160), "qlora": (6, 12, 24, 48)}[case.settings.method]
    points = [(0, 0), *zip((7, 14, 30, 70), sizes, strict=True)]
    billions = shape_of(case.entry).parameters / 1e9
    upper = next((number for number, (size, _) in enumerate(points) if size >= billions), len(points) - 1)
    (left, low), (right, high) = points[upper - 1], points[upper]
    return (low + (high - low) * (billions - left) / (right - left)) * GB


def unsloth_studio(case: Case) -> float | None:
    """
    Weights, adapter, optimizer, gradients with a floor, activations of one layer, 1.4 GB.

    Source:
        unslothai/unsloth, `studio/backend/utils/hardware/VRAM_ESTIMATION.md`
    """
    settings = case.settings
    if not isinstance(settings, TrainingSettings):
        return None
    shape, is_full = shape_of(case.entry), settings.method == "full"
    rest = shape.parameters - shape.linear_parameters
    divisor = 3.6 if case.row.get("quant", "").endswith("-dq") else 3.2
    linear = shape.linear_parameters * (2 / divisor if settings.method == "qlora" else 2)
    weights = linear + rest * 2
    trained = shape.parameters if is_full else _adapter_parameters(case, shape)
    optimizer = trained * {"adamw_8bit": 4, "adamw_torch": 6, "paged_adamw_32bit": 8}.get(settings.optim, 6)
    tokens, mixer = settings.max_seq_length * settings.batch_size, _mixer(case)
    keys = shape.hidden // mixer.heads * mixer.kv_heads
    width = max(group.feed_forward.expert_intermediate for group in shape.groups) or _intermediate(shape)
    layer = tokens * ((shape.hidden + 2 * keys) + 2 + 2 * width) * 2 * 1.25
    layers = (2.0 if is_full else 1.0) if settings.gradient_checkpointing else shape.layers
    activations = layer * layers
    if settings.attn_implementation == "eager":
        scores = settings.batch_size * mixer.heads * settings.max_seq_length**2 * 2 * 12.0 * layers
        activations = max(activations, scores)
    floor = weights * 0.15 if is_full else min(weights * 0.15, max(activations, optimizer))
    adapter = 0 if is_full else trained * 2
    return weights + adapter + optimizer + max(trained * 2, floor) + activations + 1.4 * GB


def fitcheck(case: Case) -> float | None:
    """
    Weights, adapter in float32, AdamW, the larger of logits and one layer; 500 MiB and 5 % where the process counts.

    It knows the full loss only. Its profiles of single GPUs are left out: they were fitted to the runs compared here.

    Source:
        fitcheck-llm 0.3.1 on PyPI, `fitcheck/memory`
    """
    settings = case.settings
    if not isinstance(settings, TrainingSettings) or settings.loss != "full":
        return None
    shape = shape_of(case.entry)
    is_quantized, is_full = settings.method == "qlora", settings.method == "full"
    rest = shape.parameters - shape.linear_parameters
    scale = 4 / 64 * (0.25390625 if case.row.get("quant", "").endswith("-dq") else 1)
    weights = shape.linear_parameters * (0.5 + scale) + rest * 4 if is_quantized else shape.parameters * 2
    trained = shape.parameters if is_full else _adapter_parameters(case, shape)
    width, states = (2, 12) if is_full else (4, 8)
    total = weights + trained * (width + states) + (0 if is_full else trained * width)
    total += _fitcheck_activations(settings, shape, _mixer(case), is_quantized=is_quantized)
    counts_process = case.row["quantity"] in ("peak_process", "peak_reserved")
    return total + (500 * MIB + 0.05 * total if counts_process else 0)


def _fitcheck_activations(settings: TrainingSettings, shape: Shape, mixer: TokenMixer, *, is_quantized: bool) -> float:
    tokens = settings.batch_size * settings.max_seq_length
    widths = 12 * shape.hidden + 3 * mixer.q_width + mixer.k_width + 3 * _intermediate(shape)
    layer = retained = 2.0 * tokens * widths
    if settings.attn_implementation == "eager":
        scores = 2.0 * settings.batch_size * mixer.heads * settings.max_seq_length**2
        layer, retained = layer + (9 if is_quantized else 7.4) * scores, retained + 2.9 * scores
    logits = (4 if is_quantized else 3.5) * 4 * tokens * shape.vocab
    if not settings.gradient_checkpointing:
        return shape.layers * retained + logits
    return (4 if is_quantized else 2) * shape.layers * tokens * shape.hidden + max(logits, layer)


def _mixer(case: Case) -> TokenMixer:
    """Return the attention of a layer: others know networks only whose layers are alike."""
    return shape_of(case.entry).groups[-1].mixer


def _intermediate(shape: Shape) -> int:
    return max(group.feed_forward.intermediate for group in shape.groups)


def _nominal(case: Case) -> float:
    return _NOMINAL.get(case.row.get("quant", ""), 2.0)


def _is_vllm(case: Case) -> bool:
    return case.row["quantity"] == "vllm_non_kv_per_gpu"


def _adapter_parameters(case: Case, shape: Shape) -> int:
    assert isinstance(case.settings, TrainingSettings)
    lora = case.settings.lora_config
    return adapted(shape, lora.target_modules).parameters(shape, lora.r)


PEERS: dict[str, Peer] = {
    "accelerate": accelerate,
    "fitcheck": fitcheck,
    "hf-mem": hf_mem,
    "llama-factory": llama_factory,
    "llm-d-planner": llm_d_planner,
    "llmfit": llmfit,
    "unsloth-studio": unsloth_studio,
}
