"""What vLLM runs at once."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.memory.serving.deployment import Deployment

#: Tokens of a batch at least, where they are as many as a sequence may have. Source: vLLM 0.6, `SchedulerConfig`.
_LEAST_BATCH_TOKENS = 2048


class Batch(NamedTuple):
    """
    What vLLM runs at once.

    Args:
        sequences: Sequences.

        tokens: Tokens, prompts and answers together.
    """

    sequences: int
    tokens: int


def profiled_batch(deployment: Deployment) -> Batch:
    """Return the batch that vLLM profiles: as set, else its own choice; for an unknown GPU that for a large one."""
    settings, gpu = deployment.settings, deployment.gpu
    choice = deployment.engine.batch_on(gpu, gpu_name=gpu.name, capability=gpu.capability)
    # Before 0.8 a batch was as long as a sequence may be.
    tokens = settings.max_num_batched_tokens or choice.tokens or max(settings.max_model_len, _LEAST_BATCH_TOKENS)
    # The profile run gives each sequence a token at least.
    return Batch(min(settings.max_num_seqs or choice.sequences, tokens), tokens)
