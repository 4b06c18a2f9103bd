"""
Tensors that CUDA's kernels save and allocate where the CPU's differ: attention and softmax.

On the CPU torch takes other kernels. The fused attention here keeps query, key, value, output and the float32
log-sum-exp, as FlashAttention and the memory-efficient kernel do, and never makes a matrix of sequence by sequence. The
numbers that come out mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from transformers.integrations.sdpa_attention import repeat_kv

#: cuBLAS's work space, 4096 KiB twice and 16 KiB eight times: once for the thread of the forward pass and once for that
#: of the backward pass. Hopper takes 32 MiB each time instead. Source: aten/src/ATen/cuda/CublasHandlePool.cpp.
CUBLAS_BYTES = 2 * 8_519_680


def hidden_bytes(func: Any, args: Sequence[Any]) -> int:
    """
    Allocate and free what a kernel allocates internally.

    Source:
        aten/src/ATen/native/cuda/SoftMax.cu, `softmax_backward_cuda_out`: `Tensor tmp = grad * output`.
    """
    if func is torch.ops.aten._softmax_backward_data.default:
        return int(args[0].untyped_storage().nbytes())
    return 0


class CudaKernels(TorchFunctionMode):
    """
    Patch softmax to read float16 and write float32 in one kernel, as on CUDA; every other type is converted first.

    Grouped multiplication takes float32 too, which torch denies to tensors without data.

    Source:
        aten/src/ATen/native/SoftMax.cpp, `softmax`; aten/src/ATen/native/cuda/GroupedBlas.cpp, `_grouped_mm_cuda`.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take the fused kernel where CUDA has one."""
        kwargs = kwargs or {}
        if func is torch.nn.functional.softmax and args[0].dtype is torch.float16 and kwargs["dtype"] is torch.float32:
            return torch.ops.aten._softmax(args[0], kwargs["dim"], True)  # noqa: FBT003
        if func is torch._grouped_mm and args[0].dtype is torch.float32:
            return _Grouped.apply(args[0], args[1])
        return func(*args, **kwargs)


class _Grouped(torch.autograd.Function):
    """Multiply the rows of several experts in one kernel."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(rows, weights)
        return rows.new_empty(rows.shape[0], weights.shape[2])

    @staticmethod
    def backward(ctx: Any, _gradient: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        wanted = zip(ctx.saved_tensors, ctx.needs_input_grad, strict=True)
        for_rows, for_weights = (torch.empty_like(tensor) if is_wanted else None for tensor, is_wanted in wanted)
        return for_rows, for_weights


def attention(*, repeats_heads: bool, is_flash: bool) -> Callable[..., tuple[torch.Tensor, None]]:
    """
    Return what stands in for `sdpa_attention_forward` or `flash_attention_forward` of transformers.

    Args:
        repeats_heads: Whether keys and values are copied for every head that shares them.

        is_flash: Whether the kernel computes in 16 bits only.
    """

    def attend(
        module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, None]:
        groups = getattr(module, "num_key_value_groups", 1) if repeats_heads else 1
        tensors = query, repeat_kv(key, groups), repeat_kv(value, groups)
        if is_flash or torch.is_autocast_enabled("cpu"):
            query, key, value = (tensor.to(torch.bfloat16) if tensor.itemsize == 4 else tensor for tensor in tensors)
        else:
            query, key, value = tensors
        return _FusedAttention.apply(query, key, value).transpose(1, 2).contiguous(), None

    return attend


class _FusedAttention(torch.autograd.Function):
    """
    One kernel, with the temporaries of its backward pass.

    Source:
        aten/src/ATen/native/transformers/cuda/flash_attn/flash_api.cpp, `mha_bwd`: the float32 sum of the query's
        gradient, and gradients of keys and values for every query head where heads share them.
    """

    @staticmethod
    def forward(ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        batch, heads, tokens, _ = query.shape
        out = _in_rows(value, heads)
        log_sum_exp = query.new_empty(batch, heads, tokens, dtype=torch.float32)
        ctx.save_for_backward(query, key, value, out, log_sum_exp)
        return out

    @staticmethod
    def backward(ctx: Any, _gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        query, key, value, _, log_sum_exp = ctx.saved_tensors
        heads = query.shape[1]
        gradients = _in_rows(query, heads), _in_rows(key, key.shape[1]), _in_rows(value, value.shape[1])
        temporaries = [torch.empty_like(log_sum_exp), torch.empty_like(query, dtype=torch.float32)]
        if key.shape[1] != heads:
            temporaries += [_in_rows(key, heads), _in_rows(value, heads)]
        del temporaries
        return gradients


def _in_rows(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Make a tensor of that many heads, laid out row by row as projections are."""
    batch, _, tokens, width = tensor.shape
    return tensor.new_empty(batch, tokens, heads, width).transpose(1, 2)
