"""What ms-swift 4.6.0 does by default: the expressions that state it."""

from __future__ import annotations

from tools.upstream.expressions import Expression, defaults, lacking

__all__ = ["EXPRESSIONS"]

_ARGUMENTS, _BASE = "swift/arguments", "swift/arguments/base_args"
_TRAIN, _SFT = "swift/trainers/arguments.py", f"{_ARGUMENTS}/sft_args.py"
_TEMPLATE, _TUNER = f"{_BASE}/template_args.py", f"{_ARGUMENTS}/tuner_args.py"
_QUANT, _MODEL = f"{_BASE}/quant_args.py", f"{_BASE}/model_args.py"
_ZERO2, _ZERO3 = "swift/config/zero2.json", "swift/config/zero3.json"
_TAUGHT = ["sft", "dpo", "kto", "orpo", "grpo", "reward"]

_DEFAULTS = (
    *defaults(
        "config_defaults",
        _TRAIN,
        "TrainArgumentsMixin",
        "per_device_train_batch_size: int = {}",
        "gradient_accumulation_steps: Optional[int] = {}",
        "gradient_checkpointing: bool = {}",
        "vit_gradient_checkpointing: Optional[bool] = {}",
        "weight_decay: float = {}",
        "adam_beta2: float = {}",
        "use_liger_kernel: bool = {}",
        "use_logits_to_keep: Optional[bool] = {}",
    ),
    *defaults("config_defaults", _SFT, "SftArguments", "learning_rate: Optional[float] = {}"),
    *defaults(
        "config_defaults",
        _TEMPLATE,
        "TemplateArguments",
        "max_length: Optional[int] = {}",
        "padding_free: bool = {}",
    ),
    *defaults("config_defaults", f"{_BASE}/base_args.py", "BaseArguments", "packing: bool = {}"),
    *defaults("config_defaults", _QUANT, "QuantizeArguments", "bnb_4bit_use_double_quant: bool = {}"),
    *defaults(
        "config_defaults",
        _TUNER,
        "TunerArguments",
        "lora_rank: int = {}",
        "lora_alpha: float = {}",
        "lora_dropout: float = {}",
        "lora_dtype: Literal['float16', 'bfloat16', 'float32', None] = {}",
    ),
)

#: What is on, and where it is.
_CHOICES = (
    Expression("gradient_checkpointing", _TRAIN, "TrainArgumentsMixin", "gradient_checkpointing: bool = {}"),
    Expression("fuses", _TRAIN, "TrainArgumentsMixin", "use_liger_kernel: bool = {}"),
    Expression("image_pixels", _TEMPLATE, "TemplateArguments", "max_pixels: Optional[int] = {}"),
    Expression("divides_sequences", _TEMPLATE, "TemplateArguments", "sequence_parallel_size: int = 1", states=True),
    *(
        Expression(
            f"frozen_towers.{method}",
            "swift/trainers/mixin.py",
            "SwiftMixin._prepare_gradient_checkpointing",
            "if isinstance(vision_tower, nn.Module): patch_frozen_module(vision_tower)",
            states="left",
        )
        for method in ("full", "lora", "qlora")
    ),
    Expression("trains_towers.full", _TUNER, "TunerArguments", "freeze_vit: bool = True", states=False),
    Expression(
        "trains_towers.full",
        _TUNER,
        "TunerArguments._init_multimodal_full",
        "if self.freeze_vit: self.freeze_parameters += model_arch.vision_tower",
        states=False,
    ),
    Expression(
        "trains_towers.adapters", "swift/pipelines/train/tuner.py", "", "freeze_vit=args.freeze_vit", states="never"
    ),
    Expression(
        "trains_towers.adapters",
        "swift/utils/transformers_utils.py",
        "get_multimodal_target_regex",
        "if not freeze_vit:",
        states="never",
    ),
    Expression(
        "quantizes_towers",
        _QUANT,
        "QuantizeArguments.get_modules_to_not_convert",
        "for key in ['vision_tower', 'aligner']: value = getattr(model_arch, key, None) if value: res += value",
        states=False,
    ),
    Expression(
        "algorithms",
        f"{_ARGUMENTS}/rlhf_args.py",
        "",
        "rlhf_type: Literal['dpo', 'orpo', 'simpo', 'kto', 'cpo', 'rm', 'ppo', 'grpo', 'gkd'] = 'dpo'",
        states=_TAUGHT,
    ),
    Expression(
        "reference_models",
        f"{_ARGUMENTS}/rlhf_args.py",
        "",
        "elif self.rlhf_type in ['dpo', 'kto', 'ppo', 'grpo'] and self.tuner_type == 'full': "
        "self.ref_model = self.ref_model or self.model",
        states=["dpo", "kto", "grpo"],
    ),
)

#: Types of numbers.
_TYPES = (
    Expression(
        "autocasts", _MODEL, "", "elif self.torch_dtype == torch.bfloat16: fp16, bf16 = (False, True)", states=True
    ),
    Expression("autocasts", _MODEL, "", "if self.bf16 is None: self.bf16 = bf16", states=True),
    Expression(
        "load_dtype",
        "swift/model/model_meta.py",
        "",
        "torch_dtype = model_meta.torch_dtype or get_default_torch_dtype(model_info.torch_dtype)",
        states="checkpoint",
    ),
    *(
        Expression(
            fact,
            "swift/tuners/peft.py",
            "_cast_adapter_dtype_hook",
            "if getattr(config, 'lora_dtype', None) is not None: autocast_adapter_dtype = False",
            states="float32",
        )
        for fact in ("adapter_dtype", "quantized_adapter_dtype")
    ),
    lacking("prepares_kbit", "swift", "prepare_model_for_kbit_training", states=False),
    Expression("double_quantizes", _QUANT, "QuantizeArguments", "bnb_4bit_use_double_quant: bool = {}"),
    Expression(
        "stores_packed_as_floats",
        _QUANT,
        "QuantizeArguments",
        "bnb_4bit_quant_storage: Optional[str] = None",
        states=False,
    ),
)

#: Its DeepSpeed configurations.
_DEEPSPEED = (
    Expression("deepspeed.zero2.overlaps", _ZERO2, "", '"overlap_comm": false', states=False),
    Expression("deepspeed.zero2.reduce_bucket", _ZERO2, "", '"reduce_bucket_size": {},'),
    Expression("deepspeed.zero3.overlaps", _ZERO3, "", '"overlap_comm": false', states=False),
    Expression("deepspeed.zero3.sub_group", _ZERO3, "", '"sub_group_size": {},'),
    Expression("deepspeed.zero3.reduce_bucket", _ZERO3, "", '"reduce_bucket_size": "auto"', states=None),
    Expression("deepspeed.zero3.persistent", _ZERO3, "", '"stage3_param_persistence_threshold": "auto"', states=None),
    Expression("deepspeed.zero3.live", _ZERO3, "", '"stage3_max_live_parameters": {},'),
)

EXPRESSIONS = (*_DEFAULTS, *_CHOICES, *_TYPES, *_DEEPSPEED)
