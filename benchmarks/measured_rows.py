"""Published measurements, read from CSV: each row becomes an entry, its settings, and what they do not say."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.row_stacks import (
    Row,
    gpu_bytes,
    inference_runtime,
    inference_settings,
    number,
    training_runtime,
    training_settings,
)
from model_garden_registry.entries.architecture import (
    Architecture,
    LatentAttention,
    MixtureOfExperts,
    SlidingWindow,
    VisionTower,
)
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.requirements import Quantization
from model_garden_registry.entries.settings import InferenceSettings, TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.inference import estimate_inference, kv_pool_tokens
from model_garden_registry.memory.runtimes import InferenceRuntime, TrainingRuntime
from model_garden_registry.memory.training import estimate_training
from model_garden_registry.units import GB, GIB, MIB

_MEASURED_COLUMNS = ("arch", "task", "quantity", "measured_gb")
_ARCHITECTURE_COLUMNS = ("arch", "layers", "hidden", "intermediate", "heads", "kv_heads", "vocab")
_UNITS = {"GiB": GIB, "GB": GB, "MiB": MIB, "MB": 10**6, "": GIB}

#: How the published weights are stored, by the column `quant`: method and type of an entry.
_PUBLISHED: dict[str, tuple[str | None, str | None]] = {
    **dict.fromkeys(("bf16", "fp16", "fp32", "nf4", ""), (None, None)),
    "nf4-dq": ("4bit", "bitsandbytes"),
    "int8": ("8bit", "bitsandbytes"),
    "fp8": ("fp8", "compressed-tensors"),
    "fp8-block": ("fp8", "fp8"),
    "gptq-int8": ("8bit", "gptq"),
    "gptq-int4": ("gptq", "gptq"),
    "awq-int4": ("awq", "awq"),
    "w4a16-int4": ("w4a16", "compressed-tensors"),
    "w8a8-int8": ("w8a8", "compressed-tensors"),
    "mxfp4": ("mxfp4", "mxfp4"),
    "nvfp4": ("nvfp4", "modelopt"),
}


class BrokenTableError(Exception):
    """A file is not such a table; its text is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One measurement, with the inputs of the estimator.

    Args:
        source: The repository or package that published it.

        measured_bytes: What was measured, on each GPU.

        kv_tokens: Tokens that vLLM's cache held, where that was logged.
    """

    row: Row
    source: str
    entry: ModelInfo
    settings: TrainingSettings | InferenceSettings
    runtime: TrainingRuntime | InferenceRuntime
    measured_bytes: float
    kv_tokens: int | None = None
    gpu_total_bytes: int | None = None

    @property
    def is_training(self) -> bool:
        """Whether it is a measurement of training."""
        return isinstance(self.settings, TrainingSettings)

    def estimate(self, constants: Calibration) -> MemoryEstimate:
        """Give the library's answer."""
        if isinstance(self.settings, TrainingSettings):
            assert isinstance(self.runtime, TrainingRuntime)
            return estimate_training(self.entry, self.settings, runtime=self.runtime, constants=constants)
        assert isinstance(self.runtime, InferenceRuntime)
        return estimate_inference(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes,
            runtime=self.runtime,
            constants=constants,
        )

    def expected_bytes(self, constants: Calibration) -> int:
        """Give the part of the answer that was measured: with vLLM, everything but the cache."""
        estimate = self.estimate(constants)
        without_cache = self.row["quantity"] == "vllm_non_kv_per_gpu"
        return estimate.expected_bytes - (estimate.parts["kv_cache"] if without_cache else 0)

    def expected_tokens(self, constants: Calibration) -> int:
        """Give the tokens that the cache should hold."""
        assert isinstance(self.settings, InferenceSettings)
        assert isinstance(self.runtime, InferenceRuntime)
        return kv_pool_tokens(
            self.entry,
            self.settings,
            gpu_total_bytes=self.gpu_total_bytes or 0,
            runtime=self.runtime,
            constants=constants,
        )


def read_cases(measurements: Path, architectures: Path) -> tuple[list[Case], list[str]]:
    """
    Read both tables.

    Returns:
        The measurements, and a line for each row that could not become one.

    Raises:
        BrokenTableError: A file cannot be read, or lacks a column without which nothing can be said.
    """
    shapes = {row["arch"]: row for _, row in _read_table(architectures, _ARCHITECTURE_COLUMNS)}
    cases, left_out = [], []
    for line, row in _read_table(measurements, _MEASURED_COLUMNS):
        place = f"{measurements}:{line}: {row.get('id') or row.get('model') or row['arch']}"
        try:
            if "suspect" in row.get("notes", ""):
                raise ValueError("suspect at its source")
            if row["arch"] not in shapes:
                raise ValueError(f"no architecture {row['arch']!r}")
            cases.append(_case(row, shapes[row["arch"]]))
        except ValueError as problem:
            left_out.append(f"{place}: {' '.join(str(problem).split())}")
    return cases, left_out


def _read_table(path: Path, needed: tuple[str, ...]) -> list[tuple[int, Row]]:
    """Give the rows with their lines; a missing cell is an empty one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            if missing := [name for name in needed if name not in (reader.fieldnames or ())]:
                raise BrokenTableError(f"{path}:1: no column {', '.join(missing)}")
            return [
                (reader.line_num, {key: value for key, value in row.items() if isinstance(key, str)}) for row in reader
            ]
    except (OSError, UnicodeDecodeError) as problem:
        raise BrokenTableError(f"{path}:1: cannot be read: {problem}") from problem
    except csv.Error as problem:
        raise BrokenTableError(f"{path}:{reader.line_num}: {problem}") from problem


def _case(row: Row, shape: Row) -> Case:
    quantity, unit = row["quantity"], row.get("unit", "")
    if unit not in _UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    measured = float(row["measured_gb"]) * _UNITS[unit]
    if not measured > 0:
        raise ValueError(f"measured {measured}")
    if "sum over GPUs" in row.get("notes", ""):
        measured /= number(row, "n_gpus", 1)
    entry = _entry(row, shape)
    source = re.match(r"(pypi:)?[^\s:@=#]*", row.get("source", ""))
    settings: TrainingSettings | InferenceSettings
    runtime: TrainingRuntime | InferenceRuntime
    if row["task"] == "training":
        settings, runtime = training_settings(entry, row), training_runtime(row)
    elif row["task"] == "inference":
        settings, runtime = inference_settings(entry, row), inference_runtime(row)
    else:
        raise ValueError(f"unknown task {row['task']!r}")
    gpu = gpu_bytes(row)
    tokens = number(row, "kv_tokens", 0) if quantity == "vllm_non_kv_per_gpu" and gpu else 0
    return Case(
        row=row,
        source=source[0] if source else "",
        entry=entry,
        settings=settings,
        runtime=runtime,
        measured_bytes=measured,
        kv_tokens=tokens or None,
        gpu_total_bytes=gpu,
    )


def _entry(row: Row, shape: Row) -> ModelInfo:
    """Give an entry with the row's shape and number format; everything else in it plays no part."""
    quant = row.get("quant", "")
    if quant not in _PUBLISHED:
        raise ValueError(f"unknown quantisation {quant!r}")
    method, kind = _PUBLISHED[quant]
    if row["task"] == "training" and quant == "nf4-dq":
        method, kind = None, None
    dtype = "float16" if quant == "fp16" else "bfloat16"
    base = _BASE.model_copy(update={"architecture": architecture(shape).model_copy(update={"dtype": dtype})})
    return base.model_copy(update={"quantization": Quantization.model_validate({"method": method, "type": kind})})


def architecture(shape: Row) -> Architecture:
    """Give a row of the table of architectures as part of an entry."""
    hidden, heads = number(shape, "hidden", 0), number(shape, "heads", 0)
    experts, width = number(shape, "experts", 0), number(shape, "mla_kv_width", 0)
    head_dim = number(shape, "head_dim", 0) or hidden // heads
    windowed, tower = number(shape, "sliding_layers", 0), number(shape, "extra_params", 0)
    is_gated = number(shape, "gated_mlp", 1) == 1
    total = number(shape, "params_override", 0) or number(shape, "total_params", 0)
    facts: Mapping[str, object] = {
        "model_type": _model_type(shape["arch"], is_gated=is_gated),
        "parameters": total or None,
        "num_hidden_layers": number(shape, "layers", 0),
        "hidden_size": hidden,
        "intermediate_size": number(shape, "intermediate", 0),
        "num_attention_heads": heads,
        "num_key_value_heads": number(shape, "kv_heads", heads),
        "head_dim": None if width else head_dim,
        "vocab_size": number(shape, "vocab", 0),
        "tie_word_embeddings": number(shape, "tied", 0) == 1,
        "dtype": "bfloat16",
        "sliding_window": SlidingWindow(window=number(shape, "sliding_window", 0), num_layers=windowed)
        if windowed
        else None,
        "moe": MixtureOfExperts(
            num_experts=experts,
            num_experts_per_tok=number(shape, "topk", 1),
            moe_intermediate_size=number(shape, "intermediate", 0),
            shared_expert_intermediate_size=number(shape, "shared_intermediate", 0) or None,
        )
        if experts
        else None,
        # The cached width is rank and rotary part together, and the rotary part is 64 in every published model.
        "mla": LatentAttention(
            kv_lora_rank=width - 64, qk_rope_head_dim=64, qk_nope_head_dim=head_dim, v_head_dim=head_dim
        )
        if width
        else None,
        "vision": VisionTower(parameters=tower or None) if number(shape, "vision", 0) or tower else None,
    }
    return Architecture.model_validate(facts)


#: `model_type` by the first letters of an architecture's name, where it matters.
_MODEL_TYPES = {
    "Apertus": "apertus",
    "falcon": "falcon",
    "gemma-2-": "gemma2",
    "gemma-3-": "gemma3",
    "OLMo-3": "olmo3",
    "phi-1": "falcon",
    "phi-2": "falcon",
    "Qwen3-": "qwen3",
}


def _model_type(name: str, *, is_gated: bool) -> str:
    found = next((kind for start, kind in _MODEL_TYPES.items() if name.startswith(start)), None)
    return found or ("llama" if is_gated else "gpt_neox")


_BASE = ModelInfo.model_validate(
    {
        "id": "measured/model",
        "name": "Measured model",
        "category": "text-llm",
        "provider": "measured",
        "base_architecture": "llama",
        "parameters": "1B",
        "description": "",
        "tags": [],
        "status": "stable",
        "requirements": {"min_vram_gb": 0, "recommended_vram_gb": 0, "min_ram_gb": 0},
        "capabilities": {
            "training": True,
            "inference": True,
            "vision": False,
            "structured_outputs": True,
            "streaming": True,
        },
        "training_defaults": {
            "hyperparameters": {
                "learning_rate": 0.0002,
                "num_epochs": 1,
                "batch_size": 1,
                "gradient_accumulation_steps": 1,
                "warmup_steps": 0,
                "max_seq_length": 2048,
                "optim": "adamw_torch",
                "lr_scheduler_type": "linear",
            },
            "lora_config": {"r": 16, "lora_alpha": 16, "lora_dropout": 0, "target_modules": ["q_proj"]},
        },
        "inference_defaults": {"max_model_len": 2048, "dtype": "auto", "gpu_memory_utilization": 0.9},
        "urls": {},
    }
)
