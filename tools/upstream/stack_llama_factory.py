"""What LLaMA-Factory 0.9.5 does by default: the expressions that state it."""

from __future__ import annotations

from tools.upstream.expressions import Expression, defaults, lacking

__all__ = ["EXPRESSIONS"]

_HPARAMS, _MODEL, _TRAIN = "llamafactory/hparams", "llamafactory/model", "llamafactory/train"
_DATA, _TUNING = f"{_HPARAMS}/data_args.py", f"{_HPARAMS}/finetuning_args.py"
_ARGUMENTS, _ADAPTER = f"{_HPARAMS}/model_args.py", f"{_MODEL}/adapter.py"
_CHECKPOINTS = f"{_MODEL}/model_utils/checkpointing.py"
_SHARDING = "llamafactory/webui/common.py"
_TO_FLOAT32 = "if cast_trainable_params_to_fp32: param.data = param.data.to(torch.float32)"

_DEFAULTS = (
    *defaults(
        "config_defaults",
        _DATA,
        "DataArguments",
        "cutoff_len: int = field(default={},",
        "packing: bool | None = field(default={},",
    ),
    *defaults(
        "config_defaults",
        _ARGUMENTS,
        "",
        "disable_gradient_checkpointing: bool = field(default={},",
        "use_reentrant_gc: bool = field(default={},",
        "enable_liger_kernel: bool = field(default={},",
        "double_quantization: bool = field(default={},",
        "upcast_layernorm: bool = field(default={},",
    ),
    *defaults(
        "config_defaults",
        _TUNING,
        "",
        "pure_bf16: bool = field(default={},",
        "lora_rank: int = field(default={},",
        "lora_target: str = field(default={},",
    ),
    Expression("config_defaults.flash_attn", _ARGUMENTS, "", "field(default=AttentionFunction.AUTO,", states="auto"),
)

#: What is on, and where it is.
_CHOICES = (
    Expression(
        "gradient_checkpointing",
        _ARGUMENTS,
        "",
        "disable_gradient_checkpointing: bool = field(default=False,",
        states=True,
    ),
    Expression(
        "gradient_checkpointing",
        f"{_MODEL}/model_utils/checkpointing.py",
        "prepare_model_for_training",
        "if not model_args.disable_gradient_checkpointing: if not getattr(model, 'supports_gradient_checkpointing'",
        states=True,
    ),
    Expression(
        "attn_implementation",
        f"{_MODEL}/model_utils/attention.py",
        "configure_attn_implementation",
        "if model_args.flash_attn == AttentionFunction.AUTO: return",
        states="sdpa",
    ),
    Expression("offloads_activations", _ARGUMENTS, "", "use_unsloth_gc: bool = field(default={},"),
    Expression("fuses", _ARGUMENTS, "", "enable_liger_kernel: bool = field(default={},"),
    Expression("image_pixels", _ARGUMENTS, "", "image_max_pixels: int = field(default=768 * 768,", states=589824),
    Expression(
        "frozen_towers.lora",
        _CHECKPOINTS,
        "get_custom_gradient_checkpointing_func",
        "if has_grad: return gradient_checkpointing_func(func, *args, **kwargs) else: return func(*args, **kwargs)",
        states="kept",
    ),
    *(
        Expression(
            f"frozen_towers.{method}",
            _CHECKPOINTS,
            "_gradient_checkpointing_enable",
            "else: self._set_gradient_checkpointing(enable=True, "
            "gradient_checkpointing_func=gradient_checkpointing_func)",
            states="left",
        )
        for method in ("full", "qlora")
    ),
    Expression("trains_towers.full", _TUNING, "", "freeze_vision_tower: bool = field(default=True,", states=False),
    Expression(
        "trains_towers.full",
        f"{_MODEL}/model_utils/visual.py",
        "",
        "if finetuning_args.freeze_vision_tower:",
        states=False,
    ),
    Expression(
        "trains_towers.adapters",
        f"{_MODEL}/model_utils/misc.py",
        "find_all_linear_modules",
        "if freeze_vision_tower and model_type in COMPOSITE_MODELS:",
        states="never",
    ),
    Expression(
        "algorithms",
        _TUNING,
        "",
        "stage: Literal['pt', 'sft', 'rm', 'ppo', 'dpo', 'kto'] = field(default='sft',",
        states=["sft", "dpo", "kto", "orpo", "reward"],
    ),
    Expression(
        "algorithms",
        _TUNING,
        "",
        "pref_loss: Literal['sigmoid', 'hinge', 'ipo', 'kto_pair', 'orpo', 'simpo'] =",
        states=["sft", "dpo", "kto", "orpo", "reward"],
    ),
    Expression(
        "reference_models",
        _TUNING,
        "",
        "self.use_ref_model = self.stage == 'dpo' and self.pref_loss not in ['orpo', 'simpo']",
        states=["dpo", "kto"],
    ),
    Expression(
        "reference_models",
        f"{_TRAIN}/trainer_utils.py",
        "create_ref_model",
        "elif finetuning_args.finetuning_type == 'lora': ref_model = None else:",
        states=["dpo", "kto"],
    ),
    Expression(
        "reference_models",
        f"{_TRAIN}/kto/workflow.py",
        "",
        "ref_model = create_ref_model(model_args, finetuning_args)",
        states=["dpo", "kto"],
    ),
)

#: Types of numbers.
_TYPES = (
    Expression(
        "load_dtype",
        f"{_MODEL}/patcher.py",
        "patch_config",
        "model_args.compute_dtype = infer_optim_dtype(model_dtype=getattr(config, 'torch_dtype', None))",
        states="checkpoint",
    ),
    *(
        Expression(
            fact,
            _ADAPTER,
            "_setup_lora_tuning",
            "if is_trainable and cast_trainable_params_to_fp32: "
            "for param in filter(lambda p: p.requires_grad, model.parameters()): "
            "param.data = param.data.to(torch.float32)",
            states="float32",
        )
        for fact in ("adapter_dtype", "quantized_adapter_dtype", "trained_ends_dtype")
    ),
    *(
        Expression(f"master_weights.{kind}", _ADAPTER, "_setup_full_tuning", _TO_FLOAT32, states="float32")
        for kind in ("plain", "fsdp1", "fsdp2")
    ),
    Expression(
        "double_quantizes",
        f"{_MODEL}/model_utils/quantization.py",
        "",
        "bnb_4bit_use_double_quant=model_args.double_quantization",
        states=True,
    ),
    Expression("double_quantizes", _ARGUMENTS, "", "double_quantization: bool = field(default=True,", states=True),
    Expression(
        "stores_packed_as_floats",
        f"{_MODEL}/model_utils/quantization.py",
        "",
        "bnb_4bit_quant_storage=model_args.compute_dtype",
        states=True,
    ),
)

#: What it has no word of.
_LACKING = (
    lacking("prepares_kbit", "llamafactory", "prepare_model_for_kbit_training", states=False),
    lacking("adapts_experts", "llamafactory", "target_parameters", states=False),
    lacking("names_parameters", "llamafactory", "target_parameters", states=False),
)

#: Its DeepSpeed configurations.
_DEEPSPEED = (
    Expression("deepspeed.zero2.overlaps", _SHARDING, "", "'allgather_bucket_size': 500000000.0, 'overlap_comm': {},"),
    Expression("deepspeed.zero2.reduce_bucket", _SHARDING, "", "'reduce_scatter': True, 'reduce_bucket_size': {},"),
    Expression("deepspeed.zero3.overlaps", _SHARDING, "", "'stage': 3, 'overlap_comm': {},"),
    Expression("deepspeed.zero3.sub_group", _SHARDING, "", "'sub_group_size': {},"),
    Expression("deepspeed.zero3.reduce_bucket", _SHARDING, "", "'reduce_bucket_size': 'auto'", states=None),
    Expression(
        "deepspeed.zero3.persistent", _SHARDING, "", "'stage3_param_persistence_threshold': 'auto'", states=None
    ),
    Expression("deepspeed.zero3.live", _SHARDING, "", "'stage3_max_live_parameters': {},"),
)

EXPRESSIONS = (*_DEFAULTS, *_CHOICES, *_TYPES, *_LACKING, *_DEEPSPEED)
