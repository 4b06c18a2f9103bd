"""Training and inference defaults, as an entry states them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model_garden_registry.entries.part import Number, Part, Share, Whole, Words
from model_garden_registry.entries.tasks import InferenceEngine, TrainingStack

#: `OptimizerNames` of transformers.
Optimizer = Literal[
    "adamw_torch", "adamw_torch_fused", "adamw_torch_xla", "adamw_torch_npu_fused", "adamw_apex_fused", "adafactor",
    "adamw_anyprecision", "adamw_torch_4bit", "adamw_torch_8bit", "ademamix", "sgd", "adagrad", "adamw_bnb_8bit",
    "adamw_8bit", "ademamix_8bit", "lion_8bit", "lion_32bit", "paged_adamw_32bit", "paged_adamw_8bit",
    "paged_ademamix_32bit", "paged_ademamix_8bit", "paged_lion_32bit", "paged_lion_8bit", "rmsprop", "rmsprop_bnb",
    "rmsprop_bnb_8bit", "rmsprop_bnb_32bit", "galore_adamw", "galore_adamw_8bit", "galore_adafactor",
    "galore_adamw_layerwise", "galore_adamw_8bit_layerwise", "galore_adafactor_layerwise", "lomo", "adalomo",
    "grokadamw", "schedule_free_radam", "schedule_free_adamw", "schedule_free_sgd", "apollo_adamw",
    "apollo_adamw_layerwise", "stable_adamw",
]  # fmt: skip

#: `SchedulerType` of transformers.
Scheduler = Literal[
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt",
    "reduce_lr_on_plateau", "cosine_with_min_lr", "cosine_warmup_with_min_lr", "warmup_stable_decay", "greedy",
]  # fmt: skip

#: Values of vLLM's `--quantization`; squeezellm is accepted with a warning.
#: In the order of ``QuantizationType``: Python takes two unions of the same words for one, in either's order.
EngineQuantization = Literal[
    "bitsandbytes", "awq", "gptq", "fp8", "compressed-tensors", "modelopt", "mxfp4", "squeezellm"
]

#: Types of a key and value cache whose bytes are known.
KvCacheDtype = Literal[
    "auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_per_token_head", "int8_per_token_head",
    "int4_per_token_head", "nvfp4",
]  # fmt: skip


class Hyperparameters(Part):
    """How a fine-tuning run is set up."""

    learning_rate: Number = Field(ge=0, description="Peak learning rate.", examples=[0.0002])
    num_epochs: Whole = Field(ge=1, description="Passes over the training data.", examples=[3])
    batch_size: Whole = Field(ge=1, description="Sequences per step on each GPU.", examples=[2])
    gradient_accumulation_steps: Whole = Field(
        ge=1, description="Steps whose gradients are added up before the optimizer runs.", examples=[4]
    )
    warmup_steps: Whole = Field(ge=0, description="Steps over which the learning rate rises.", examples=[10])
    max_seq_length: Whole = Field(
        ge=128, description="Longest training sequence, in tokens; image tokens count.", examples=[2048]
    )
    optim: Optimizer = Field(description="Optimizer, as transformers names it.", examples=["adamw_8bit"])
    lr_scheduler_type: Scheduler = Field(
        description="Learning rate schedule, as transformers names it.", examples=["linear"]
    )
    weight_decay: Number | None = Field(
        None, ge=0, description="Weight decay of the optimizer; absent: the tool's own.", examples=[0.01]
    )
    warmup_ratio: Number | None = Field(
        None,
        ge=0,
        lt=1,
        description="Share of the run over which the learning rate rises; if stated, warmup_steps is ignored.",
        examples=[0.03],
    )
    max_grad_norm: Number | None = Field(
        None, ge=0, description="Norm that gradients are clipped to; absent: the tool's own.", examples=[1.0]
    )
    packing: bool = Field(
        False,
        description="Whether sequences are packed to the full length.",
        examples=[True],
    )
    seed: Whole | None = Field(None, ge=0, description="Random seed; absent: the tool's own.", examples=[3407])


class LoraConfig(Part):
    """The adapter, in the words of PEFT's LoraConfig."""

    r: Whole = Field(ge=1, description="Rank of the adapter.", examples=[16])
    lora_alpha: Whole = Field(ge=1, description="Scaling of the adapter's output.", examples=[16])
    lora_dropout: Number = Field(ge=0, lt=1, description="Dropout before the adapter.", examples=[0.05])
    target_modules: Words | Literal["all-linear"] = Field(
        description='Names of the linear layers that get an adapter, or "all-linear".',
        examples=[["q_proj", "k_proj", "v_proj", "o_proj"], "all-linear"],
    )
    use_rslora: bool = Field(
        False,
        description="Whether the scaling is divided by the root of the rank instead of the rank.",
        examples=[True],
    )
    target_parameters: Words = Field(
        (),
        description="Parameters that get an adapter: fused experts, which layer names do not match.",
        examples=[["experts.gate_up_proj", "experts.down_proj"]],
    )
    modules_to_save: Words = Field(
        (),
        description="Modules that are trained in full and saved beside the adapter.",
        examples=[["embed_tokens", "lm_head"]],
    )
    use_dora: bool = Field(
        False, description="Whether magnitudes of the adapted weights are trained separately (DoRA).", examples=[True]
    )


class FullDefaults(Part):
    """Defaults that differ with full fine-tuning."""

    learning_rate: Number = Field(ge=0, description="Peak learning rate.", examples=[0.00002])


class SelectiveLoss(Part):
    """Loss only on the parts of structured answers that carry information (vision models)."""

    supported: bool = Field(False, description="Whether the model can be trained with it.", examples=[True])
    default_level: Literal["conservative", "moderate", "aggressive"] = Field(
        "conservative", description="How much is masked.", examples=["moderate"]
    )
    recommended: bool = Field(False, description="Whether it is recommended for this model.", examples=[True])


class TrainingDefaults(Part):
    """A fine-tuning set-up that suits the model."""

    hyperparameters: Hyperparameters = Field(
        description="How the run is set up.",
        examples=[
            {
                "learning_rate": 0.0002,
                "num_epochs": 3,
                "batch_size": 2,
                "gradient_accumulation_steps": 4,
                "warmup_steps": 10,
                "max_seq_length": 2048,
                "optim": "adamw_8bit",
                "lr_scheduler_type": "linear",
            }
        ],
    )
    lora_config: LoraConfig = Field(
        description="The adapter.",
        examples=[{"r": 16, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": ["q_proj", "v_proj"]}],
    )
    full: FullDefaults | None = Field(
        None,
        description="Defaults that differ with method full; absent: a tenth of the adapter's learning rate.",
        examples=[{"learning_rate": 0.00002}],
    )
    selective_loss: SelectiveLoss | None = Field(
        None, description="Selective loss, for vision models.", examples=[{"supported": True}]
    )
    save_method: str | None = Field(
        None,
        min_length=1,
        description="How the result is saved, as the training application names it.",
        examples=["lora"],
    )
    stack: TrainingStack | None = Field(
        None,
        description="Training stack that the numbers assume; absent: unsloth if the provider is unsloth, else trl.",
        examples=["unsloth"],
    )
    chat_template: str | None = Field(
        None,
        min_length=1,
        description="Chat template, as LLaMA-Factory names it; absent: that of the tokenizer.",
        examples=["qwen3"],
    )


class Sampling(Part):
    """Sampling as the maker recommends; absent: the engine's own."""

    temperature: Number | None = Field(
        None, ge=0, description="Weight of unlikely tokens; 0: always the most likely one.", examples=[0.7]
    )
    top_p: Number | None = Field(
        None, gt=0, le=1, description="Share of the probability mass sampled from.", examples=[0.8]
    )
    top_k: Whole | None = Field(None, ge=-1, description="Tokens sampled from; 0 or -1: all.", examples=[20])
    min_p: Number | None = Field(
        None, ge=0, le=1, description="Least probability, as a share of the most likely token's.", examples=[0.01]
    )
    presence_penalty: Number | None = Field(
        None, ge=-2, le=2, description="Subtracted from the score of tokens already in the answer.", examples=[1.5]
    )
    repetition_penalty: Number | None = Field(
        None, gt=0, description="Divides the score of tokens already in prompt or answer.", examples=[1.05]
    )


class PromptLimits(Part):
    """Items of each kind that a prompt may have; absent: the engine's own."""

    image: Whole | None = Field(None, ge=0, description="Images.", examples=[4])
    video: Whole | None = Field(None, ge=0, description="Videos.", examples=[0])
    audio: Whole | None = Field(None, ge=0, description="Audio clips.", examples=[0])


class ServingDefaults(Part):
    """Serving defaults that are settings of the same name."""

    max_model_len: Whole = Field(ge=128, description="Longest prompt and answer together, in tokens.", examples=[8192])
    dtype: Literal["auto", "float16", "bfloat16", "float32"] = Field(
        description="Type to compute in; auto is the type of the weights.", examples=["auto"]
    )
    gpu_memory_utilization: Share = Field(
        description="Share of each GPU's memory that the engine may take; 0.0 means automatic.",
        examples=[0.0, 0.9],
    )
    quantization: EngineQuantization | None = Field(
        None, description="Quantisation that the engine must be told; null if it detects it.", examples=["awq"]
    )
    tensor_parallel_size: Whole = Field(1, ge=1, description="GPUs over which each layer is split.", examples=[2])
    engine: InferenceEngine | None = Field(
        None, description="Serving engine that the numbers assume; absent: vllm.", examples=["vllm"]
    )
    sampling: Sampling | None = Field(
        None,
        description="Sampling that the maker recommends.",
        examples=[{"temperature": 0.7, "top_p": 0.8, "top_k": 20}],
    )
    tool_call_parser: str | None = Field(
        None, min_length=1, description="Parser of tool calls, as vLLM names it.", examples=["hermes"]
    )
    reasoning_parser: str | None = Field(
        None, min_length=1, description="Parser of the model's reasoning, as vLLM names it.", examples=["qwen3"]
    )
    trust_remote_code: bool = Field(
        False, description="Whether the checkpoint needs its own code to run.", examples=[True]
    )
    kv_cache_dtype: KvCacheDtype = Field(
        "auto", description="Type of the key and value cache; auto: that of the model.", examples=["fp8"]
    )
    max_num_seqs: Whole | None = Field(
        None, ge=1, description="Sequences in one batch; absent: the engine's choice for the GPU.", examples=[64]
    )
    max_lora_rank: Whole | None = Field(
        None,
        ge=1,
        description="Largest rank of served adapters; absent: the engine's own.",
        examples=[64],
    )


class InferenceDefaults(ServingDefaults):
    """Serving defaults of a model."""

    limit_mm_per_prompt: PromptLimits | None = Field(
        None,
        description="Images, videos and audio clips that a prompt may have; absent: one image.",
        examples=[{"image": 4, "video": 0}],
    )
