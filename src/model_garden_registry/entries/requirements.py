"""What a model needs and can do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.entries.part import Gigabytes, Part, Whole
from model_garden_registry.entries.patterns import CAPABILITY_PATTERN

QuantizationMethod = Literal[
    "4bit", "8bit", "awq", "gptq", "fp8", "mxfp4", "nvfp4", "w4a16", "w8a8", "w8a16", "mixed"
]  # fmt: skip
QuantizationType = Literal[
    "bitsandbytes", "awq", "gptq", "fp8", "compressed-tensors", "modelopt", "mxfp4", "squeezellm",
    "bitsandbytes-dynamic",
]  # fmt: skip


class Quantization(Part):
    """How the published weights are quantised."""

    method: QuantizationMethod | None = Field(
        None, description="Number format of the weights; null if they are not quantised.", examples=["4bit"]
    )
    type: QuantizationType | None = Field(
        None, description="Library or checkpoint format of the quantisation.", examples=["bitsandbytes"]
    )
    group_size: Whole | None = Field(
        None,
        ge=1,
        description="Weights that share a scale, if the format leaves it open; absent: 128.",
        examples=[32],
    )
    weights_gb: Gigabytes | None = Field(
        None,
        gt=0,
        description="Published weight files, in decimal GB (10^9 bytes): used instead of bits times parameters.",
        examples=[6.42],
    )

    @property
    def is_bitsandbytes(self) -> bool:
        """Whether the weights are in a bitsandbytes format, evenly or not."""
        return self.type in ("bitsandbytes", "bitsandbytes-dynamic")

    @property
    def is_uneven(self) -> bool:
        """Whether layers are stored in several formats, so that only the files tell the bytes."""
        return self.method == "mixed" or self.type == "bitsandbytes-dynamic"


class TaskRequirements(Part):
    """GPU memory for one task."""

    min_vram_gb: Gigabytes = Field(
        description="Least memory of each GPU, in decimal GB (10^9 bytes) as the driver reports it.",
        examples=[18],
    )
    recommended_vram_gb: Gigabytes = Field(
        description="Comfortable memory of each GPU, in decimal GB (10^9 bytes).", examples=[24]
    )
    min_gpus: Whole = Field(1, ge=1, description="Number of GPUs with that memory.", examples=[1])


class Requirements(TaskRequirements):
    """What the machine needs; the memory pair at the top is the larger of the two tasks'."""

    min_ram_gb: Gigabytes = Field(description="Least main memory, in decimal GB (10^9 bytes).", examples=[16])
    cuda_compute_capability: str | None = Field(
        None,
        pattern=CAPABILITY_PATTERN,
        description="Lowest CUDA compute capability, compared as numbers.",
        examples=["8.0"],
    )
    training: TaskRequirements | None = Field(
        None,
        description="GPU memory for training, if it differs.",
        examples=[{"min_vram_gb": 18, "recommended_vram_gb": 24}],
    )
    inference: TaskRequirements | None = Field(
        None,
        description="GPU memory for inference, if it differs.",
        examples=[{"min_vram_gb": 10, "recommended_vram_gb": 16}],
    )


class Capabilities(Part):
    """What a model can and cannot do."""

    training: bool = Field(description="Whether it can be fine-tuned.", examples=[True])
    inference: bool = Field(description="Whether it can be served.", examples=[True])
    vision: bool = Field(description="Whether it takes images.", examples=[False])
    structured_outputs: bool = Field(description="Whether answers can follow a JSON schema.", examples=[True])
    streaming: bool = Field(description="Whether answers can be streamed.", examples=[True])
    function_calling: bool | None = Field(
        None, description="Whether it was trained to call tools; absent if unknown.", examples=[True]
    )
    reasoning: bool | None = Field(
        None, description="Whether it thinks before it answers; absent if unknown.", examples=[True]
    )
