"""What axolotl 0.21.0 does by default: the expressions that state it."""

from __future__ import annotations

from tools.upstream.expressions import Expression, defaults

__all__ = ["EXPRESSIONS"]

_SCHEMAS, _LOADER = "axolotl/utils/schemas", "axolotl/loaders/model.py"
_INPUT, _DTYPES = f"{_SCHEMAS}/config.py", "axolotl/utils/config/__init__.py"
_TAUGHT = ["sft", "dpo", "kto", "orpo", "grpo", "reward"]

_DEFAULTS = (
    *defaults(
        "config_defaults",
        _INPUT,
        "AxolotlInputConfig",
        "sequence_len: int = Field(default={},",
        "sample_packing: bool | None = Field(default={},",
        "gradient_checkpointing: Literal['offload', 'offload_disk'] | bool | None = Field(default={},",
        "activation_offloading: Literal['legacy', 'disk', 'hidden_states'] | bool | None = Field(default={},",
        "bf16: Literal['auto'] | bool | None = Field(default={},",
        "attn_implementation: str | None = Field(default={},",
        "quantize_moe_experts: bool = Field(default={},",
    ),
    *defaults(
        "config_defaults",
        f"{_SCHEMAS}/training.py",
        "HyperparametersConfig",
        "optimizer: str | CustomSupportedOptimizers | None = Field(default={},",
        "lr_scheduler: str | None = {}",
        "micro_batch_size: int | None = Field(default={},",
        "gradient_accumulation_steps: int | None = Field(default={},",
        "num_epochs: float = Field(default={})",
    ),
    *defaults(
        "config_defaults",
        f"{_SCHEMAS}/peft.py",
        "LoraConfig",
        "lora_dropout: float | None = {}",
        "peft_autocast_adapter_dtype: bool | None = Field(default={},",
    ),
)

#: What is on.
_CHOICES = (
    Expression(
        "gradient_checkpointing",
        _INPUT,
        "AxolotlInputConfig",
        "gradient_checkpointing: Literal['offload', 'offload_disk'] | bool | None = Field(default={},",
    ),
    Expression(
        "offloads_activations",
        _INPUT,
        "AxolotlInputConfig",
        "activation_offloading: Literal['legacy', 'disk', 'hidden_states'] | bool | None = Field(default={},",
    ),
    Expression(
        "quantizes_fused_experts", _INPUT, "AxolotlInputConfig", "quantize_moe_experts: bool = Field(default={},"
    ),
    Expression(
        "fuses",
        f"{_SCHEMAS}/validation.py",
        "lora_kernels_auto_enable",
        "if any((get(flag) is not None for flag in _LORA_KERNEL_FLAGS)): return False",
        states=True,
    ),
    *(
        Expression(
            f"frozen_towers.{method}",
            "axolotl/loaders/adapter.py",
            "load_adapter",
            "if hasattr(model, 'enable_input_require_grads'): model.enable_input_require_grads() "
            "if adapter in ['lora', 'qlora']:",
            states="always",
        )
        for method in ("lora", "qlora")
    ),
    Expression(
        "divides_sequences", _INPUT, "AxolotlInputConfig", "context_parallel_size: int | None = Field(", states=True
    ),
    Expression(
        "algorithms",
        f"{_SCHEMAS}/enums.py",
        "RLType",
        "DPO = 'dpo' GDPO = 'gdpo' GRPO = 'grpo' IPO = 'ipo' ORPO = 'orpo' KTO = 'kto'",
        states=_TAUGHT,
    ),
    Expression("algorithms", _INPUT, "AxolotlInputConfig", "reward_model: bool | None = Field(", states=_TAUGHT),
    *(
        Expression("reference_models", "axolotl/train.py", "setup_reference_model", text, states=["dpo", "kto", "grpo"])
        for text in (
            "if cfg.rl and cfg.rl != RLType.ORPO: if cfg.adapter and (not cfg.rl_adapter_ref_model):",
            "reference_model=reference_model) model_ref, _ = model_loader.load()",
        )
    ),
)

#: Types of numbers.
_TYPES = (
    *(
        Expression(
            fact,
            "axolotl/loaders/adapter.py",
            "",
            "if cfg.peft_autocast_adapter_dtype is not None: model_kwargs['autocast_adapter_dtype'] =",
            states="float32",
        )
        for fact in ("adapter_dtype", "quantized_adapter_dtype")
    ),
    Expression(
        "without_bfloat16",
        _DTYPES,
        "resolve_dtype",
        "cfg.bf16 = False if cfg.fp16 is None and (not cfg.float16): cfg.fp16 = True",
        states=None,
    ),
    Expression("autocasts", _DTYPES, "resolve_dtype", "cfg.bf16 = True else:", states=True),
    Expression(
        "load_dtype",
        _DTYPES,
        "resolve_dtype",
        "if cfg.bf16 or cfg.bfloat16: cfg.torch_dtype = torch.bfloat16",
        states="bfloat16",
    ),
    Expression("double_quantizes", _LOADER, "", "'bnb_4bit_use_double_quant': {},"),
    Expression("stores_packed_as_floats", _LOADER, "", "'bnb_4bit_quant_storage': torch.bfloat16", states=True),
    Expression(
        "prepares_kbit",
        _LOADER,
        "_prepare_model_for_quantization",
        "self.model = prepare_model_for_kbit_training(self.model,",
        states=True,
    ),
    Expression(
        "upcasts_rest",
        _LOADER,
        "_configure_embedding_dtypes",
        "self._convert_embedding_modules_dtype(embedding_modules=embedding_modules, dist_dtype=self.cfg.torch_dtype,",
        states=False,
    ),
    Expression(
        "float32_ends",
        f"{_SCHEMAS}/enums.py",
        "",
        "ATTN_IMPLS_WITHOUT_DTYPE_CAST = frozenset({'eager', 'sdpa'})",
        states=["sdpa", "eager"],
    ),
    Expression(
        "float32_ends",
        _LOADER,
        "should_convert_embedding_dtypes",
        "(needs_fa2_dtype or cfg.attn_needs_dtype_cast) and (not qlora_and_fsdp_enabled)",
        states=["sdpa", "eager"],
    ),
)

EXPRESSIONS = (*_DEFAULTS, *_CHOICES, *_TYPES)
