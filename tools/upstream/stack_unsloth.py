"""What Unsloth 2026.10.9 does by default, with unsloth_zoo: the expressions that state it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from tools.upstream.expressions import Expression

from model_garden_registry.families.family import known_model_types

__all__ = ["EXPRESSIONS", "float32_families"]

_MODELS, _ZOO = "unsloth/models", "unsloth_zoo"
_LLAMA, _VISION, _LOADER, _RL = (f"{_MODELS}/{name}.py" for name in ("llama", "vision", "loader", "rl"))
_EXPERTS = f"{_ZOO}/temporary_patches/moe_utils_bnb4bit.py"
_LOSSES, _PREPARES = f"{_ZOO}/fused_losses", f"{_ZOO}/training_utils.py"
_FORCED = f"{_ZOO}/model_lists.py"

#: What replaces the defaults of TRL's configuration.
_DEFAULTS = (
    *(
        Expression(f"config_defaults.{name}", _RL, "", f"'{name}': {{}},")
        for name in (
            "per_device_train_batch_size",
            "gradient_accumulation_steps",
            "weight_decay",
            "optim",
            "learning_rate",
            "max_seq_length",
            "bf16",
        )
    ),
    Expression("config_defaults.padding_free", _RL, "", "'padding_free': {}}"),
    Expression("config_defaults.loss_type", _RL, "", "replacements = {'loss_type': {}}"),
)

#: What is on.
_CHOICES = (
    *(
        Expression(fact, file, place, text, states=True)
        for fact in ("gradient_checkpointing", "offloads_activations")
        for file, place, text in (
            (_LOADER, "from_pretrained", "use_gradient_checkpointing='unsloth'"),
            (
                f"{_MODELS}/_utils.py",
                "apply_unsloth_gradient_checkpointing",
                "patch_unsloth_smart_gradient_checkpointing(dtype=dtype) return 'unsloth'",
            ),
        )
    ),
    Expression(
        "capability",
        "unsloth/device_type.py",
        "apply_pre_volta_compile_workaround",
        "if major is None or major >= 7: return False",
        states=None,
    ),
    Expression(
        "divides_sequences",
        "unsloth/context_parallel.py",
        "ContextParallelManager",
        "class ContextParallelManager",
        states=True,
    ),
    *(
        Expression(f"frozen_towers.{method}", file, place, text, states="left")
        for method in ("lora", "qlora")
        for file, place, text in (
            (_VISION, "get_peft_model", "requires_grad_for_gradient_checkpointing(model)"),
            (
                "unsloth_zoo/peft_utils.py",
                "requires_grad_for_gradient_checkpointing",
                "register_other_hooks('enable_input_require_grads', 'make_inputs_require_grad', module,",
            ),
        )
    ),
    Expression("trains_towers.adapters", _VISION, "get_peft_model", "finetune_vision_layers=True", states="always"),
    *(
        Expression(
            "adapts_experts", file, "get_peft_model", "target_parameters = get_moe_target_parameters(", states=True
        )
        for file in (_LLAMA, _VISION)
    ),
    Expression(
        "adapts_experts",
        f"{_MODELS}/_utils.py",
        "get_moe_target_parameters",
        "if 'gate_proj' in target_set or 'up_proj' in target_set or 'gate_up_proj' in target_set: "
        "if _moe_parameter_exists(model, gate_up_name, parameter_names=parameter_names): "
        "moe_params.append(gate_up_name)",
        states=True,
    ),
)

#: What is in 4 bits, and what is unpacked.
_PACKED = (
    Expression(
        "double_quantizes",
        _LLAMA,
        "",
        "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_use_double_quant={},",
    ),
    Expression(
        "double_quantizes",
        _VISION,
        "",
        "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_use_double_quant={},",
    ),
    Expression(
        "stores_packed_as_floats",
        _LLAMA,
        "",
        "if fsdp2_requested(): set_fsdp2_quant_storage(bnb_config, dtype)",
        states=True,
    ),
    Expression(
        "stores_packed_as_floats",
        _VISION,
        "",
        "if fsdp2_requested(): set_fsdp2_quant_storage(bnb_config, bnb_compute_dtype)",
        states=True,
    ),
    Expression(
        "quantizes_towers", f"{_ZOO}/peft_utils.py", "", "'audio_tower', 'vision_tower', 'visual',", states=False
    ),
    Expression(
        "quantizes_towers",
        _VISION,
        "",
        "_skip_modules = SKIP_QUANTIZATION_MODULES.copy() + _architecture_skip_modules(model_types)",
        states=False,
    ),
    Expression(
        "quantizes_fused_experts",
        _EXPERTS,
        "patch_bnb4bit_quantizer_process_model",
        "model = replace_expert_params_with_bnb_params(model,",
        states=True,
    ),
    Expression(
        "quantizes_fused_experts",
        _EXPERTS,
        "patch_bnb4bit_quantizer_param_needs_quantization",
        "if name in ('gate_up_proj', 'down_proj'): param = getattr(module, name, None) "
        "if isinstance(param, Params4bit) and (not getattr(param, 'bnb_quantized', False)): return True",
        states=True,
    ),
    Expression(
        "unpacked_expert_matrices",
        _EXPERTS,
        "forward_moe_backend_bnb4bit",
        "gate_up_weight = _dequantize_bnb4bit_expert_weights(self.gate_up_proj, target_dtype) "
        "down_weight = _dequantize_bnb4bit_expert_weights(self.down_proj, target_dtype)",
        states=2,
    ),
)

#: Types of numbers.
_TYPES = (
    *(
        Expression(
            fact,
            _PREPARES,
            "prepare_model_for_training",
            "or ('.lora_magnitude_vector' in name): upcast = True requires_grad = True",
            states="float32",
        )
        for fact in ("adapter_dtype", "quantized_adapter_dtype")
    ),
    Expression(
        "master_weights.plain",
        _PREPARES,
        "prepare_model_for_training",
        "elif dtype == torch.bfloat16: mixed_precision_dtype = torch.bfloat16",
        states="model",
    ),
    Expression(
        "master_weights.plain",
        _VISION,
        "",
        "if _get_dtype(dtype_from_config(model.config)) == torch.bfloat16 and full_finetuning: "
        "float32_mixed_precision = False",
        states="model",
    ),
)

#: How the loss cuts its tokens.
_LOSS = (
    *(
        Expression("fused_loss", file, place, text, states="rows")
        for file, place, text in (
            (
                f"{_LOSSES}/cross_entropy_loss.py",
                "",
                "_CHUNKED_CE = os.environ.get('UNSLOTH_CHUNKED_CE', '1') != '0'",
            ),
            (
                f"{_LOSSES}/cross_entropy_loss.py",
                "_use_chunked_ce",
                "if _chunked_logprob._FUSED_LINEAR: return all((k in _FUSED_LINEAR_CE_KWARGS for k in kwargs))",
            ),
            (
                f"{_LOSSES}/chunked_logprob.py",
                "",
                "_FUSED_LINEAR = os.environ.get('UNSLOTH_FUSED_LINEAR', '1') != '0'",
            ),
            (f"{_LOSSES}/fused_linear.py", "", "_MIN_LOGITS = 512 * 151936"),
            (f"{_LOSSES}/fused_linear.py", "", "_CHUNK_GB = _env_float('UNSLOTH_LOGPROB_CHUNK_GB', 2.0)"),
            (
                f"{_LOSSES}/fused_linear.py",
                "",
                "_MAX_ROWS = max(int(_env_float('UNSLOTH_FUSED_LINEAR_MAX_ROWS', 4096)), 1)",
            ),
            (
                f"{_LOSSES}/fused_linear.py",
                "fused_linear_rows",
                (
                    "rows = _pow2(n_rows * hidden_size / max(vocab_size, 1)) "
                    "if rows > n_rows * hidden_size / max(vocab_size, 1): rows //= 2"
                ),
            ),
            (
                f"{_LOSSES}/fused_linear.py",
                "fused_linear_rows",
                (
                    "min_rows = min(max(min_rows, 512), _MAX_ROWS) rows = min(max(rows, min_rows), _MAX_ROWS) "
                    "cap = _budget_bytes(device) // max(vocab_size * bytes_per_logit, 1) rows = min(rows, max(cap, 2))"
                ),
            ),
        )
    ),
    Expression(
        "preference_loss",
        f"{_LOSSES}/preference_loss.py",
        "",
        "_FUSED_LINEAR = os.environ.get('UNSLOTH_FUSED_LINEAR', '1') != '0'",
        states="fused",
    ),
    Expression(
        "preference_loss",
        f"{_LOSSES}/preference_loss.py",
        "_use_fused_linear",
        "return _FUSED_LINEAR and (not _EXPLICIT_CHUNK_MB) and (weight.dtype != torch.float64)",
        states="fused",
    ),
)

EXPRESSIONS = (*_DEFAULTS, *_CHOICES, *_PACKED, *_TYPES, *_LOSS)


def float32_families(root: Path) -> Mapping[str, object]:
    """
    Return the model types that a list of unsloth_zoo means, by the names of our table.

    Args:
        root: The folder that holds ``unsloth_zoo/``.
    """
    path = root / _FORCED
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FORCE_FLOAT32":
            entries = ast.literal_eval(node.value)
            return {"without_bfloat16": {"families": [one for one in sorted(known_model_types()) if _is(one, entries)]}}
    return {"without_bfloat16": {"families": f"not found in {_FORCED}"}}


def _is(model_type: str, entries: list[str]) -> bool:
    """Return whether a list means a model type: its entries are parts of it, one with a comma is its end."""
    spellings = (f"{model_type},", f"{model_type.replace('_', '')},")
    return any(entry in spelling for entry in entries for spelling in spellings)
