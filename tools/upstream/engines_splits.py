"""What vLLM 0.33.0 and SGLang 0.5.23 ask of a model that GPUs divide, and what needs a plug-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tools.upstream.expressions import Expression, lacking

__all__ = ["SGLANG", "VLLM", "vllm_plugins"]

_QUANTIZATION = "vllm/model_executor/layers/quantization"
_FP8, _EXPERTS = f"{_QUANTIZATION}/utils/fp8_utils.py", "vllm/model_executor/layers/fused_moe/oracle/fp8.py"
_LINEAR, _KERNELS = "vllm/model_executor/layers/linear.py", "vllm/model_executor/kernels/linear/mixed_precision"
_SGLANG = "sglang/srt/layers/quantization"
_CUT_GROUPS = (
    "if input_size_per_partition % self.quant_config.group_size != 0: raise ValueError('The input size is not aligned"
)
_CUT_INPUT = (
    "if tp_size > 1 and input_size // input_size_per_partition == tp_size and (input_size_per_partition % block_k"
)


def _whole_blocks(file: str, place: str, text: str) -> Expression:
    return Expression("splits.whole_blocks", file, place, text, states=True)


def _whole_groups(file: str, place: str, text: str) -> Expression:
    return Expression("splits.whole_groups", file, place, text, states=True)


VLLM = (
    _whole_blocks(_FP8, "validate_fp8_block_shape", _CUT_INPUT),
    # What several matrices make together may be cut, which the matrix behind it may not.
    _whole_blocks(_LINEAR, "_maybe_allow_fp8_block_shape_mismatch", "or len(self.output_partition_sizes) <= 1: return"),
    Expression("splits.least_expert_block", _EXPERTS, "refine_fp8_moe_block_shape", "if refine < {}: return None"),
    Expression(
        "splits.least_expert_block",
        _EXPERTS,
        "refine_fp8_moe_block_shape",
        "refine = math.gcd(block_n, block_k, ispp, config.hidden_dim)",
        states=32,
    ),
    Expression(
        "splits.pads_experts",
        _EXPERTS,
        "resolve_fp8_moe_weight_block_shape",
        "if is_checkpoint_fp8_serialized and config.moe_backend != 'auto':",
        states=True,
    ),
    Expression(
        "splits.pads_experts",
        _EXPERTS,
        "resolve_fp8_moe_weight_block_shape",
        "if not can_refine and pad_tp_shard_to_weight_blocks(config, weight_block_size):",
        states=True,
    ),
    _whole_groups(
        f"{_QUANTIZATION}/auto_awq.py",
        "create_weights",
        "if input_size_per_partition % group_size != 0: raise ValueError('The input size is not aligned",
    ),
    _whole_groups(
        f"{_KERNELS}/marlin.py",
        "can_implement",
        "if c.group_size != -1 and c.group_size < c.full_weight_shape[0] and "
        "(c.partition_weight_shape[0] % c.group_size != 0):",
    ),
    Expression(
        "splits.whole_expert_groups",
        f"{_QUANTIZATION}/compressed_tensors/compressed_tensors_moe/compressed_tensors_moe_wna16.py",
        "create_weights",
        "if intermediate_size_per_partition % self.group_size != 0: raise ValueError(",
        states=True,
    ),
    Expression(
        "splits.least_expert_group", f"{_QUANTIZATION}/moe_wna16.py", "create_weights", "assert group_size >= {}"
    ),
    lacking("plugins.bitsandbytes", _QUANTIZATION, "BitsAndBytesConfig", "vllm-bnb-plugin"),
)
SGLANG = (
    _whole_blocks(f"{_SGLANG}/fp8_utils.py", "validate_fp8_block_shape", _CUT_INPUT),
    Expression(
        "splits.least_expert_block",
        f"{_SGLANG}/fp8.py",
        "create_fp8_moe_weight_",
        "if intermediate_size_per_partition % block_n != 0: raise ValueError(",
        states=None,
    ),
    Expression("splits.least_expert_group", f"{_SGLANG}/moe_wna16.py", "create_weights", "assert group_size >= {}"),
    _whole_groups(
        f"{_SGLANG}/awq/schemes/awq_linear.py",
        "create_weights",
        _CUT_GROUPS,
    ),
    _whole_groups(
        f"{_SGLANG}/gptq/schemes/gptq_linear.py",
        "create_weights",
        _CUT_GROUPS,
    ),
)


def vllm_plugins(root: Path) -> Mapping[str, object]:
    """Return the plug-in for GGUF, which vLLM names as an extra."""
    stated = next(root.glob("vllm-*.dist-info/METADATA")).read_text(encoding="utf-8")
    named = re.search(r"^Requires-Dist: (vllm-gguf-plugin)\b", stated, re.MULTILINE)
    return {"plugins": {"gguf": named[1] if named else "not found in METADATA"}}
