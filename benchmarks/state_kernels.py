"""
The tensors that kernels of layers with a state save and allocate; none runs on a CPU or on tensors without data.

Stand-ins have the saved tensors of the real autograd functions, and the temporaries of their backward passes as far as
those are wide: `causal_conv1d_fn` of causal-conv1d, `chunk_gated_delta_rule` of flash-linear-attention and
`mamba_split_conv1d_scan_combined` of mamba-ssm. The numbers that come out mean nothing.

Source:
    causal-conv1d 1.6.1, `causal_conv1d_interface.py`; flash-linear-attention 0.6.0, `ops/gated_delta_rule/chunk.py`;
    mamba-ssm 2.3.2, `ops/triton/ssd_combined.py`.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import nn

#: Tokens that the delta rule takes together: `chunk_size` of `chunk_gated_delta_rule`.
CHUNK_TOKENS = 64
#: Multiprocessors of the GPU, by which mamba-ssm splits sums over heads: an H100's.
_MULTIPROCESSORS = 132


def install(model: nn.Module) -> None:
    """Make the modules of a model call the stand-ins in place of the kernels."""
    stand_ins = {
        "causal_conv1d_fn": _causal_conv1d,
        "torch_chunk_gated_delta_rule": _chunk_gated_delta_rule,
        "mamba2_split_conv1d_scan_combined": _split_conv1d_scan,
    }
    for module in {sys.modules[type(part).__module__] for part in model.modules()}:
        for name in stand_ins.keys() & vars(module).keys():
            setattr(module, name, stand_ins[name])


def _causal_conv1d(x: torch.Tensor, weight: torch.Tensor, bias: Any = None, **_: Any) -> torch.Tensor:
    return _Convolution.apply(x, weight, bias)


class _Convolution(torch.autograd.Function):
    """`CausalConv1dFn`: it keeps its input; the activation function is computed again."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        x = _with_unit_stride(x)
        ctx.save_for_backward(x, weight, bias)
        return torch.empty_like(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight, bias = ctx.saved_tensors
        if x.stride(1) == 1 and gradient.stride(1) != 1:
            gradient = gradient.transpose(-1, -2).contiguous().transpose(-1, -2)
        for_x = torch.empty_like(x)
        return for_x, torch.empty_like(weight), None if bias is None else torch.empty_like(bias)


def _with_unit_stride(x: torch.Tensor) -> torch.Tensor:
    return x if 1 in (x.stride(1), x.stride(2)) else x.contiguous()


def _chunk_gated_delta_rule(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *, g: torch.Tensor, beta: torch.Tensor, **_: Any
) -> tuple[torch.Tensor, None]:
    return _DeltaRule.apply(query, key, value, g, beta), None


class _DeltaRule(torch.autograd.Function):
    """
    `ChunkGatedDeltaRuleFunction`, with queries and keys normalised in the kernel.

    Shapes:
        query and key [batch, tokens, key heads, key width], value [batch, tokens, value heads, value width]
    """

    @staticmethod
    def forward(ctx: Any, *inputs: torch.Tensor) -> torch.Tensor:
        query, key, value, decay, beta = (tensor.contiguous() for tensor in inputs)
        query, key = torch.empty_like(query), torch.empty_like(key)
        norms = [tensor.new_empty(tensor.shape[:3], dtype=torch.float32) for tensor in (query, key)]
        decay = torch.empty_like(decay, dtype=torch.float32)
        batch, tokens, heads, _ = value.shape
        solved = key.new_empty(batch, tokens, heads, CHUNK_TOKENS)
        by_head = _by_head(key, heads)
        temporaries = [by_head, torch.empty_like(value), _states(key, value), torch.empty_like(value)]
        out = torch.empty_like(value)
        del temporaries
        ctx.save_for_backward(query, key, *norms, value, decay, beta, solved)
        return out

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, ...]:
        query, key, _, _, value, decay, beta, _ = ctx.saved_tensors
        gradient, heads = gradient.contiguous(), value.shape[2]
        temporaries = [_by_head(key, heads), torch.empty_like(value), _states(key, value), torch.empty_like(value)]
        for_value = torch.empty_like(gradient)
        temporaries.append(_states(key, value))
        for_value = torch.empty_like(for_value)
        by_head = [_by_head(query, heads), _by_head(key, heads)]
        temporaries.append(_by_head(key, heads))
        for_query, for_key = (torch.empty_like(tensor) for tensor in (query, key))
        if heads == key.shape[2]:
            for_query, for_key = by_head
        del by_head
        further = _by_head(key, heads)
        last = torch.empty_like(for_value)
        for_decay, for_beta = torch.empty_like(decay), torch.empty_like(beta)
        if heads != key.shape[2]:
            further = torch.empty_like(key)
        del temporaries, further, for_value
        # The norms of queries and keys make gradients of their own.
        for_query = torch.empty_like(for_query)
        for_key = torch.empty_like(for_key)
        return for_query, for_key, last, for_decay, for_beta


def _by_head(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Make a tensor of keys or queries for each value head."""
    return tensor.new_empty(*tensor.shape[:2], heads, tensor.shape[3])


def _states(key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Make the states at the start of every chunk."""
    batch, tokens, heads, width = value.shape
    return key.new_empty(batch, -(-tokens // CHUNK_TOKENS), heads, key.shape[3], width)


def _split_conv1d_scan(*tensors: torch.Tensor | None, **words: Any) -> torch.Tensor:
    """Take the input, the convolution's weight and bias, the bias of the steps and the decay in this order."""
    sizes = words["chunk_size"], words["headdim"], words["ngroups"]
    return _Scan.apply(*tensors, words["D"], words["rmsnorm_weight"], words["outproj_weight"], sizes)


class _Scan(torch.autograd.Function):
    """
    `MambaSplitConv1dScanCombinedFn`: convolution, scan, gated norm and output matrix in one.

    What it keeps is its input and what the scan gives; the convolution and the states are computed again.
    """

    @staticmethod
    def forward(ctx: Any, projected: torch.Tensor, *rest: Any) -> torch.Tensor:
        *weights, (chunk, width, groups) = rest
        convolution, head_bias, norm, out_matrix = weights[0], weights[4], weights[5], weights[6]
        batch, tokens, _ = projected.shape
        heads = head_bias.shape[0]
        inner = heads * width
        convolved = projected.new_empty(batch, tokens, convolution.shape[0])
        steps = [projected.new_empty(batch, heads, tokens, dtype=torch.float32) for _ in range(2)]
        states = _scan_states(projected, convolution, heads, sizes=(chunk, width, groups))
        states = torch.empty_like(states, dtype=projected.dtype)
        products = _chunk_products(projected, chunk, groups)
        scanned = projected.new_empty(batch, tokens, heads, width)
        del products
        normed = projected.new_empty(batch * tokens, inner)
        scale = normed.new_empty(groups * batch * tokens, dtype=torch.float32)
        out = nn.functional.linear(normed.view(batch, tokens, inner), out_matrix)
        ctx.save_for_backward(projected, scanned, scale, convolution, norm, *weights[1:5], out_matrix)
        ctx.sizes = chunk, width, groups
        del convolved, steps, states
        return out

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        projected, scanned, _, convolution, norm, conv_bias, dt_bias, decay, skip, out_matrix = ctx.saved_tensors
        batch, tokens, heads, _ = scanned.shape
        again = torch.empty_like(scanned)
        convolved = projected.new_empty(batch, tokens, convolution.shape[0])
        for_projected, for_convolved = torch.empty_like(projected), torch.empty_like(convolved)
        of_output = torch.matmul(gradient, out_matrix)
        of_norm = torch.empty_like(of_output)
        of_scan = _backward_of_scan(projected, convolution, heads, sizes=ctx.sizes)
        del of_scan
        for_out_matrix = torch.matmul(gradient.flatten(0, 1).t(), again.flatten(2, 3).flatten(0, 1))
        last = torch.empty_like(convolved)
        del last, of_norm, of_output, convolved, for_convolved
        small = [None if weight is None else torch.empty_like(weight) for weight in (conv_bias, dt_bias, decay, skip)]
        return for_projected, torch.empty_like(convolution), *small, torch.empty_like(norm), for_out_matrix, None


def _backward_of_scan(
    projected: torch.Tensor, convolution: torch.Tensor, heads: int, *, sizes: tuple[int, int, int]
) -> list[torch.Tensor]:
    """Allocate the tensors of `_mamba_chunk_scan_combined_bwd` at its peak, in order; return those left at the end."""
    chunk, width, groups = sizes
    batch, tokens, _ = projected.shape
    state = (convolution.shape[0] - heads * width) // groups // 2
    chunks, ratio = -(-tokens // chunk), heads // groups
    splits = -(-ratio // max(1, min(-(-batch * chunks * heads // _MULTIPROCESSORS), ratio)))
    kept = [projected.new_empty(batch, heads, tokens, dtype=torch.float32) for _ in range(2)]
    kept.append(_chunk_products(projected, chunk, groups))
    states = _scan_states(projected, convolution, heads, sizes=sizes)
    states = torch.empty_like(states)
    of_states = torch.empty_like(states)
    half = [torch.empty_like(states, dtype=projected.dtype) for _ in range(2)]
    del states, of_states
    kept += half
    kept.append(torch.empty_like(kept[0]))
    for _ in range(2):
        wide = projected.new_empty(batch, tokens, splits, groups, state, dtype=torch.float32)
        kept.append(projected.new_empty(batch, tokens, groups, state, dtype=torch.float32))
        kept.append(torch.empty_like(kept[0]))
        del wide
    wide = _chunk_products(projected, chunk, groups, splits=splits)
    kept.append(_chunk_products(projected, chunk, groups))
    del wide
    return [*kept, torch.empty_like(kept[0]), torch.empty_like(kept[0])]


def _scan_states(
    projected: torch.Tensor, convolution: torch.Tensor, heads: int, *, sizes: tuple[int, int, int]
) -> torch.Tensor:
    """Make the states at the start of every chunk, in float32."""
    chunk, width, groups = sizes
    batch, tokens, _ = projected.shape
    state = (convolution.shape[0] - heads * width) // groups // 2
    return projected.new_empty(batch, -(-tokens // chunk), heads, width, state, dtype=torch.float32)


def _chunk_products(projected: torch.Tensor, chunk: int, groups: int, *, splits: int = 1) -> torch.Tensor:
    """Make the products of all pairs of tokens of a chunk, in float32."""
    batch, tokens, _ = projected.shape
    return projected.new_empty(batch, -(-tokens // chunk), splits, groups, chunk, chunk, dtype=torch.float32)
