"""What an entry needs and can do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.entries.part import Gigabytes, Part, Whole

QuantizationMethod = Literal["4bit", "8bit", "awq", "gptq", "fp8", "mxfp4", "nvfp4", "w4a16", "w8a8"]
QuantizationType = Literal[
    "bitsandbytes", "awq", "gptq", "fp8", "compressed-tensors", "modelopt", "mxfp4", "squeezellm"
]


class Quantization(Part):
    """How the published weights are quantised."""

    method: QuantizationMethod | None = Field(
        None, description="Number format of the weights; null where they are not quantised.", examples=["4bit"]
    )
    type: QuantizationType | None = Field(
        None, description="Library or checkpoint format that holds them.", examples=["bitsandbytes"]
    )


class TaskRequirements(Part):
    """GPU memory for one task."""

    min_vram_gb: Gigabytes = Field(
        description="Least memory of each GPU, in decimal GB (10^9 bytes) as the driver reports it.",
        examples=[18],
    )
    recommended_vram_gb: Gigabytes = Field(
        description="Comfortable memory of each GPU, in decimal GB (10^9 bytes).", examples=[24]
    )
    min_gpus: Whole = Field(1, ge=1, description="How many GPUs must each have that memory.", examples=[1])


class Requirements(TaskRequirements):
    """What a machine must have; the memory pair at the top is the larger of the two tasks'."""

    min_ram_gb: Gigabytes = Field(description="Least main memory, in decimal GB (10^9 bytes).", examples=[16])
    cuda_compute_capability: str | None = Field(
        None,
        pattern=r"^[0-9]{1,3}\.[0-9]{1,3}$",
        description="Lowest CUDA compute capability, compared as numbers.",
        examples=["8.0"],
    )
    training: TaskRequirements | None = Field(
        None,
        description="GPU memory for training, where it differs.",
        examples=[{"min_vram_gb": 18, "recommended_vram_gb": 24}],
    )
    inference: TaskRequirements | None = Field(
        None,
        description="GPU memory for inference, where it differs.",
        examples=[{"min_vram_gb": 10, "recommended_vram_gb": 16}],
    )


class Capabilities(Part):
    """What a model can and cannot do."""

    training: bool = Field(description="Whether it can be fine-tuned.", examples=[True])
    inference: bool = Field(description="Whether it can be served.", examples=[True])
    vision: bool = Field(description="Whether it takes images.", examples=[False])
    structured_outputs: bool = Field(description="Whether it can be held to a JSON schema.", examples=[True])
    streaming: bool = Field(description="Whether answers can be streamed.", examples=[True])
    function_calling: bool = Field(False, description="Whether it was trained to call tools.", examples=[True])
    reasoning: bool | None = Field(
        None, description="Whether it thinks before it answers; absent where unknown.", examples=[True]
    )
