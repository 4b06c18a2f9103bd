"""The forward pass of TRL's direct preference optimisation: chosen and rejected in one batch, and a reference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

from benchmarks.tiled_loss import log_probabilities

#: What TRL's kernel counts for its log beside log-probabilities. Source: `DPOTrainer.__init__`.
_LOGGED = ("entropy", "mean_logits", "is_top1")
_BETA = 0.1


def preference_loss(model: Any, reference: Any, tokens: torch.Tensor) -> torch.Tensor:
    """
    Return the loss of a batch, the chosen answers in front of the rejected ones.

    Args:
        reference: The model that is not trained; None: the model itself without its adapters.

    Source:
        TRL 1.16, `DPOTrainer._compute_loss`.
    """
    chosen, rejected = _sums(model, tokens, _LOGGED).chunk(2)
    adapters: AbstractContextManager[None] = nullcontext() if reference is not None else model.disable_adapter()
    with torch.no_grad(), _without_checkpoints(model), adapters:
        reference_chosen, reference_rejected = _sums(reference or model, tokens, ()).chunk(2)
    margin = (chosen - reference_chosen) - (rejected - reference_rejected)
    return -nn.functional.logsigmoid(_BETA * margin).mean()


def _sums(model: Any, tokens: torch.Tensor, logged: tuple[str, ...]) -> torch.Tensor:
    network = getattr(model, "get_base_model", lambda: model)()
    hidden = network.base_model(input_ids=tokens, use_cache=False).last_hidden_state
    return log_probabilities(hidden, network.lm_head.weight, logged).sum(dim=1)


@contextmanager
def _without_checkpoints(model: Any) -> Iterator[None]:
    """Disable gradient checkpointing as TRL's `disable_gradient_checkpointing` does."""
    had_them = model.is_activation_checkpointing
    if had_them:
        model.activation_checkpointing_disable()
    yield
    if had_them:
        model.activation_checkpointing_enable()
