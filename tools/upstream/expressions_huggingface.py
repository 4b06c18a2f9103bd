"""What transformers 5.24.0, accelerate 1.15.0 and TRL 1.16.0 do in code: the expressions that state it."""

from __future__ import annotations

from tools.upstream.expressions import Expression

__all__ = ["ACCELERATE", "CACHES", "TRL"]

_CACHES, _QUANTIZERS = "transformers/cache_utils.py", "transformers/quantizers"
_FSDP2 = ("accelerate/utils/fsdp_utils.py", "fsdp2_prepare_model")
_TRAINERS = "trl/trainer"

#: transformers as an engine.
CACHES = (
    Expression(
        "cuts_windows",
        _CACHES,
        "DynamicSlidingWindowLayer.update",
        "self.keys = full_key_states[:, :, -self.sliding_window + 1:, :]",
        states=True,
    ),
    Expression(
        "cuts_windows",
        _CACHES,
        "",
        "'sliding_attention': DynamicSlidingWindowLayer, 'chunked_attention': DynamicSlidingWindowLayer",
        states=True,
    ),
    Expression(
        "caches_latents",
        "transformers/models/deepseek_v3/modeling_deepseek_v3.py",
        "",
        "kv_nope, k_rot = cache.update(kv_nope, k_rot, self.layer_idx,",
        states=True,
    ),
    Expression(
        "float_states",
        "transformers/models/bamba/modeling_bamba.py",
        "mamba2_chunk_scan",
        "hidden_states = hidden_states.float()",
        states=True,
    ),
    Expression(
        "float_states",
        _CACHES,
        "LinearAttentionLayer.lazy_initialization",
        "self.recurrent_states[state_idx] = torch.zeros_like(recurrent_states)",
        states=True,
    ),
    Expression(
        "formats.fp8/fp8.least",
        f"{_QUANTIZERS}/quantizer_finegrained_fp8.py",
        "validate_environment",
        "if major < 8 or (major == 8 and minor < 9):",
        states="8.9",
    ),
    Expression(
        "formats.mxfp4/mxfp4.least",
        f"{_QUANTIZERS}/quantizer_mxfp4.py",
        "validate_environment",
        "is_device_supported_mxfp4 = compute_capability >= (7, 5)",
        states="7.5",
    ),
)

ACCELERATE = (
    Expression(
        "fsdp2_float32",
        *_FSDP2,
        "if accelerator.mixed_precision != 'no' and (not model_has_params4bit): upcasted_params = [] "
        "for name, param in model.named_parameters(): if param.requires_grad and param.dtype != torch.float32:",
        states="trained",
    ),
    Expression(
        "fsdp2_divides_packed",
        *_FSDP2,
        "if not param.requires_grad and (not param.is_floating_point()) and (not param.is_complex()): "
        "incompatible_params4bit.add(param)",
        states=False,
    ),
    Expression("fsdp2_splits_ends", *_FSDP2, "fully_shard(input_embed, **fsdp2_kwargs)", states=True),
)

#: What lets the embeddings of every part of a model require a gradient, a frozen tower's among them.
_HOOKED = (
    ("full", "transformers/modeling_utils.py", "needs_embedding_grads = self.main_input_name == 'input_ids'"),
    *(
        (
            method,
            f"{_TRAINERS}/sft_trainer.py",
            "if is_peft_model(model) and args.gradient_checkpointing: model.enable_input_require_grads()",
        )
        for method in ("lora", "qlora")
    ),
)

TRL = (
    *(Expression(f"frozen_towers.{method}", file, "", text, states="checkpointed") for method, file, text in _HOOKED),
    Expression("preference_loss", f"{_TRAINERS}/dpo_trainer.py", "", "add_fused_lm_head(self.ref_model)", "tiled"),
    *(
        Expression("reference_models", f"{_TRAINERS}/{file}", "", text, states=["dpo", "kto"])
        for file, text in (
            ("dpo_trainer.py", "self.ref_model = create_model_from_path("),
            ("kto_trainer.py", "self.ref_model = create_model_from_path("),
            ("grpo_config.py", "beta: float = field(default=0.0,"),
            ("grpo_trainer.py", "if self.beta == 0.0: self.ref_model = None"),
        )
    ),
)
