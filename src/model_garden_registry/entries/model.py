"""ModelInfo: one entry of the registry, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from model_garden_registry.entries.architecture import Architecture
from model_garden_registry.entries.defaults import (
    InferenceDefaults,
    TrainingDefaults,
)
from model_garden_registry.entries.part import Part, ReadOnly, Words
from model_garden_registry.entries.patterns import ID_PATTERN, MONTH_PATTERN, SIZE_PATTERN, URL_PATTERN, WORD_PATTERN
from model_garden_registry.entries.provenance import Benchmark, Deprecation, Source
from model_garden_registry.entries.requirements import (
    Capabilities,
    Quantization,
    Requirements,
    TaskRequirements,
)
from model_garden_registry.entries.tasks import InferenceEngine, Status, Task, TrainingStack
from model_garden_registry.families.family import EXAMPLE

Id = Annotated[str, Field(pattern=ID_PATTERN)]

#: Keys that the model-garden application documents for each group of defaults; its callers get exactly these.
_HYPERPARAMETERS = (
    *("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "warmup_steps", "max_seq_length"),
    *("optim", "lr_scheduler_type"),
)
_LORA_CONFIG = ("r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora")
_INFERENCE = ("max_model_len", "dtype", "gpu_memory_utilization", "quantization", "tensor_parallel_size")


class Urls(Part):
    """Where to read more about a model."""

    huggingface: str | None = Field(
        None, pattern=URL_PATTERN, description="Model page.", examples=["https://huggingface.co/Qwen/Qwen3-8B"]
    )
    docs: str | None = Field(
        None, pattern=URL_PATTERN, description="Maker's documentation.", examples=["https://qwen.readthedocs.io/"]
    )


class ModelInfo(Part):
    """One model: what it is, what it needs, what it can do, and suitable defaults."""

    id: Id = Field(description="The entry's key: usually the Hugging Face repository.", examples=["Qwen/Qwen3-8B"])
    name: str = Field(min_length=1, description="Name for people.", examples=["Qwen3 8B"])
    category: Id = Field(description="Key of `categories`.", examples=["text-llm", "vision-vlm"])
    provider: str = Field(pattern=WORD_PATTERN, description="Publisher, a lower-case word.", examples=["qwen"])
    base_architecture: str = Field(
        pattern=WORD_PATTERN, description="Family of the architecture, a lower-case word.", examples=[EXAMPLE]
    )
    parameters: str = Field(
        pattern=SIZE_PATTERN,
        description="Size as people write it.",
        examples=["1.1B", "350M", "8x7B", "30B-A3B", "1T"],
    )
    description: str = Field(description="One sentence on what it is good for.", examples=["Small model for tests."])
    tags: Words = Field(description="Words to search by.", examples=[["small", "quantized"]])
    status: Status = Field(
        description="stable: ready for production; experimental: may have issues; deprecated: use another.",
        examples=["stable"],
    )
    base_model: Id | None = Field(
        None, description="Id of the unquantised model that this is a variant of.", examples=["Qwen/Qwen3-8B"]
    )
    revision: str | None = Field(
        None,
        min_length=1,
        description="Commit that the numbers were made for.",
        examples=["b968826d9c46dd6066d109eabc6255188de91218"],
    )
    license: str | None = Field(
        None, min_length=1, description="License, as the model page tags it.", examples=["apache-2.0"]
    )
    gated: bool | None = Field(
        None, description="Whether the weights need an accepted licence; absent if unknown.", examples=[True]
    )
    released: str | None = Field(
        None, pattern=MONTH_PATTERN, description="Month of release, YYYY-MM.", examples=["2025-01"]
    )
    languages: Words | None = Field(
        None, description="Languages that the model page names, as ISO 639 codes.", examples=[["en", "zh"]]
    )
    aliases: Words = Field(
        (), description="Former ids and mirrors of the same weights, which resolve.", examples=[["org/old-name"]]
    )
    quantization: Quantization = Field(
        Quantization(method=None, type=None),
        description="How the published weights are quantised; absent: they are not.",
        examples=[{"method": "4bit", "type": "bitsandbytes"}],
    )
    architecture: Architecture | None = Field(
        None,
        description="The shape of the network, with the names of config.json.",
        examples=[{"model_type": EXAMPLE, "parameters": 8030261248, "num_hidden_layers": 32}],
    )
    requirements: Requirements = Field(
        description="What the machine needs.",
        examples=[{"min_vram_gb": 4, "recommended_vram_gb": 6, "min_ram_gb": 8}],
    )
    capabilities: Capabilities = Field(
        description="What the model can be used for.",
        examples=[
            {"training": True, "inference": True, "vision": False, "structured_outputs": True, "streaming": True}
        ],
    )
    training_defaults: TrainingDefaults | None = Field(
        description="A fine-tuning set-up that suits the model; null only if it cannot be trained.", examples=[None]
    )
    inference_defaults: InferenceDefaults = Field(
        description="A serving set-up that suits the model.",
        examples=[{"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0}],
    )
    urls: Urls = Field(
        description="Pages about the model.", examples=[{"huggingface": "https://huggingface.co/Qwen/Qwen3-8B"}]
    )
    min_versions: Annotated[Mapping[str, str], ReadOnly] = Field(
        {},
        validate_default=True,
        description="Lowest versions of libraries that support the architecture, as version specifiers.",
        examples=[{"vllm": ">=0.8.5", "transformers": ">=4.51"}],
    )
    superseded_by: Id | None = Field(
        None,
        description="Id of a newer entry for the same use; this one stays valid.",
        examples=["Qwen/Qwen3-8B"],
    )
    deprecation: Deprecation | None = Field(
        None,
        description="Since when, why, and what to use instead.",
        examples=[{"since": "2025-01", "successor": "Qwen/Qwen2.5-VL-7B-Instruct", "reason": "Superseded."}],
    )
    notes: Words = Field(
        (), description="Further notes for people.", examples=[["Needs a processor from the base model."]]
    )
    benchmarks: Annotated[tuple[Benchmark, ...], Field(strict=False)] = Field(
        (),
        description="Published or measured results.",
        examples=[[{"name": "MMLU", "value": 71.2, "unit": "%", "source": "model card", "as_of": "2025-01"}]],
    )
    sources: Annotated[Mapping[str, Source], ReadOnly] = Field(
        {},
        validate_default=True,
        description="Where numbers come from: by JSON pointer within the entry, for a value or a whole object.",
        examples=[{"/requirements": {"kind": "derived", "source": "memory model", "as_of": "2026-11"}}],
    )

    @property
    def is_vision_model(self) -> bool:
        """Whether the model takes images."""
        return self.capabilities.vision

    @property
    def is_quantized(self) -> bool:
        """Whether the published weights are quantised."""
        return self.quantization.method is not None

    @property
    def supports_selective_loss(self) -> bool:
        """Whether the model can be trained with selective loss."""
        selective_loss = self.training_defaults.selective_loss if self.training_defaults else None
        return selective_loss is not None and selective_loss.supported

    @property
    def training_stack(self) -> TrainingStack:
        """The training stack that the entry's numbers assume."""
        stated = self.training_defaults.stack if self.training_defaults else None
        return stated or ("unsloth" if self.provider == "unsloth" else "trl")

    @property
    def inference_engine(self) -> InferenceEngine:
        """The serving engine that the entry's numbers assume."""
        return self.inference_defaults.engine or "vllm"

    @property
    def training_method(self) -> Literal["lora", "qlora"]:
        """The default training method: QLoRA for bitsandbytes weights, LoRA for others."""
        return "qlora" if self.quantization.is_bitsandbytes else "lora"

    def supports(self, task: Task) -> bool:
        """Whether the entry can be used for a task."""
        return self.capabilities.training if task == "training" else self.capabilities.inference

    def needs_gpu(self, task: Task) -> bool:
        """Whether a task needs any GPU memory."""
        return self.requirements_for(task).min_vram_gb > 0

    def requirements_for(self, task: Task) -> TaskRequirements:
        """Return the GPU requirements of a task: its own if stated, else the entry's."""
        stated = self.requirements.training if task == "training" else self.requirements.inference
        return stated or self.requirements

    def get_training_hyperparameters(self) -> dict[str, Any]:
        """Return a fresh dict of the eight documented hyperparameters; empty if the model cannot be trained."""
        stated = self.training_defaults
        return _documented(stated.hyperparameters, _HYPERPARAMETERS) if stated else {}

    def get_lora_config(self) -> dict[str, Any]:
        """Return a fresh dict of the five documented LoRA settings; empty if the model cannot be trained."""
        stated = self.training_defaults
        return _documented(stated.lora_config, _LORA_CONFIG) if stated else {}

    def get_inference_config(self) -> dict[str, Any]:
        """Return a fresh dict of the inference settings, with all five documented keys."""
        return _documented(self.inference_defaults, _INFERENCE)


def _documented(part: Part, keys: tuple[str, ...]) -> dict[str, Any]:
    known = part.known()
    return {key: known[key] for key in keys}
