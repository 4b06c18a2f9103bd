"""
TRL's loss in tiles of logits, as its own autograd function makes it.

On CUDA the tiles are folded in place by Triton kernels, and products are added to float32 sums by cuBLAS: none of it
allocates, so that here it does nothing. Every token is taken to have a label: which have one is not known without data.
"""

from __future__ import annotations

from typing import Any

import torch
from trl.kernels import chunked_logprob

#: Words of one tile. Source: TRL, `_CHUNKED_LOGPROB_CHUNK_SIZE` of trainer/utils.py.
_WORDS = 32_768


def log_probabilities(hidden: torch.Tensor, head: torch.Tensor, outputs: tuple[str, ...]) -> torch.Tensor:
    """
    Return the log-probability of each next token.

    Args:
        outputs: What else the kernel counts for each token.

    Shapes:
        hidden [batch, tokens, hidden], head [vocabulary, hidden]

    Source:
        TRL, `add_fused_lm_head` of trainer/utils.py.
    """
    for name in ("_forward_tile", "_backward_tile", "_addmm_fp32"):
        setattr(chunked_logprob, name, _in_place)
    before = hidden[:, :-1]
    labelled = [torch.zeros(before.shape[0] * before.shape[1], dtype=torch.long) for _ in range(2)]
    targets = torch.zeros_like(labelled[0])
    result: torch.Tensor = chunked_logprob.ChunkedLogProbFunction.apply(
        before[labelled[0], labelled[1]], head, None, targets, 1.0, _WORDS, None, 1.0, outputs
    )[0]
    return result.view(before.shape[:2])


def _in_place(*_args: Any, **_kwargs: Any) -> None:
    """Stand for what allocates nothing."""
