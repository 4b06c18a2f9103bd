"""
The tensors that Liger's fused head and cross-entropy save and allocate, in plain torch.

Logits exist for a chunk of tokens at a time, in the type of the head; the gradient of the hidden states is made in the
forward pass. The numbers that come out mean nothing.

Source:
    liger_kernel/ops/fused_linear_cross_entropy.py, `fused_linear_cross_entropy_forward`.
"""

from __future__ import annotations

from typing import Any

import torch


def fused_loss(hidden: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
    """
    Return a loss.

    Shapes:
        hidden [batch, tokens, hidden], head [vocabulary, hidden]
    """
    loss: torch.Tensor = _FusedLoss.apply(hidden, head)
    return loss


class _FusedLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, head: torch.Tensor) -> torch.Tensor:
        gradients = torch.zeros_like(hidden), torch.zeros_like(head) if head.requires_grad else None
        rows, row_gradients = hidden.flatten(0, 1), gradients[0].flatten(0, 1)
        chunks = -(-head.shape[0] // head.shape[1])
        size = 1 << (-(-rows.shape[0] // chunks) - 1).bit_length()
        for start in range(0, rows.shape[0], size):
            logits = rows[start : start + size] @ head.t()
            row_gradients[start : start + size] = logits @ head
            if gradients[1] is not None:
                gradients[1].add_(logits.t() @ rows[start : start + size])
        ctx.save_for_backward(*gradients)
        return hidden.new_zeros((), dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, _gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        for_hidden, for_head = ctx.saved_tensors
        return for_hidden, for_head
