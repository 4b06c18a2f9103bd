"""
The tensors that bitsandbytes' 4-bit linear layer saves and allocates, in plain torch.

bitsandbytes itself cannot run on tensors without data. What is imitated is storage: half a byte per weight, a scale per
block, and one dequantised weight, made anew in forward and in backward and freed at once (`MatMul4Bit`). The numbers
that come out mean nothing.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import nn

#: Weights per scale: `blocksize` of bitsandbytes.functional.quantize_4bit.
BLOCK_WEIGHTS = 64
#: Scales per scale of scales, with double quantisation: `quantize_blockwise(absmax, blocksize=256)`.
NESTED_BLOCK_SCALES = 256


class _MatMul4Bit(torch.autograd.Function):
    """As bitsandbytes.autograd._functions.MatMul4Bit: the input is not kept, the weight is dequantised twice."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, layer: FourBitLinear) -> torch.Tensor:
        ctx.layer = layer
        return nn.functional.linear(x, layer.dequantised().to(x.dtype), layer.bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.matmul(gradient, ctx.layer.dequantised().to(gradient.dtype)), None


class FourBitLinear(nn.Module):
    """A frozen linear layer in nf4, as `Linear4bit` of bitsandbytes stores it."""

    def __init__(self, linear: nn.Linear, *, double_quant: bool, compute_dtype: torch.dtype) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.compute_dtype = compute_dtype
        self.weight = nn.Parameter(_bytes(linear.weight.numel() // 2), requires_grad=False)
        self.bias = linear.bias
        scales = linear.weight.numel() // BLOCK_WEIGHTS
        self.register_buffer("absmax", _bytes(scales) if double_quant else torch.empty(scales))
        self.register_buffer("nested_absmax", torch.empty(-(-scales // NESTED_BLOCK_SCALES)) if double_quant else None)

    def dequantised(self) -> torch.Tensor:
        """Make the weight in the type of computation; doubly quantised scales become float32 first."""
        if self.nested_absmax is not None:
            scales = torch.empty(self.absmax.numel())
            scales += 1  # bitsandbytes adds the offset in place
        return torch.empty(self.out_features, self.in_features, dtype=self.compute_dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute in the type of computation, answer in the type that came in."""
        return _MatMul4Bit.apply(x.to(self.compute_dtype), self).to(x.dtype)


class FourBitLora(nn.Module, LoraLayer):
    """PEFT's `lora.bnb.Linear4bit`, which exists only where bitsandbytes does: one adapter, without dropout."""

    def __init__(self, base_layer: nn.Module, adapter_name: str, **kwargs: Any) -> None:
        super().__init__()
        LoraLayer.__init__(self, base_layer)
        self._active_adapter = adapter_name
        self.update_layer(adapter_name, **kwargs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add the adapter's output to a copy of the layer's output."""
        result = self.base_layer(x).clone()
        name = self.active_adapters[0]
        if not torch.is_autocast_enabled("cpu"):
            x = self._cast_input_dtype(x, self.lora_A[name].weight.dtype)
        output = self.lora_B[name](self.lora_A[name](self.lora_dropout[name](x))) * self.scaling[name]
        return result + output.to(result.dtype)


def quantise(model: nn.Module, *, double_quant: bool, compute_dtype: torch.dtype) -> None:
    """Replace all linear layers except the head by 4-bit layers, as `BitsAndBytesConfig` does."""
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and not name.endswith("lm_head"):
            four_bit = FourBitLinear(module, double_quant=double_quant, compute_dtype=compute_dtype)
            model.set_submodule(name, four_bit)
    model.is_loaded_in_4bit = True


def _bytes(count: int) -> torch.Tensor:
    return torch.empty(count, dtype=torch.uint8)
