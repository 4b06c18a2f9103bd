"""The eager loop over experts of a mixture, each of which gets its even share of the tokens."""

from __future__ import annotations

import torch
from torch import nn


def forward(
    self: nn.Module, hidden_states: torch.Tensor, top_k_index: torch.Tensor, top_k_weights: torch.Tensor
) -> torch.Tensor:
    """
    Do what `Qwen3MoeExperts.forward` of transformers does, but for who goes where: tensors without data cannot say.

    Shapes:
        hidden_states [tokens, hidden]; top_k_index and top_k_weights [tokens, num_experts_per_tok]
    """
    final = torch.zeros_like(hidden_states)
    chosen = nn.functional.one_hot(top_k_index, num_classes=self.num_experts + 1).permute(2, 1, 0)
    share = top_k_index.numel() // self.num_experts
    for expert in range(self.num_experts):
        position = torch.zeros(share, dtype=torch.long)
        tokens = torch.zeros(share, dtype=torch.long)
        current = hidden_states[tokens]
        gate, up = nn.functional.linear(current, self.gate_up_proj[expert]).chunk(2, dim=-1)
        current = self.act_fn(gate) * up
        current = nn.functional.linear(current, self.down_proj[expert])
        current = current * top_k_weights[tokens, position, None]
        final.index_add_(0, tokens, current.to(hidden_states.dtype))
    del chosen
    return final
