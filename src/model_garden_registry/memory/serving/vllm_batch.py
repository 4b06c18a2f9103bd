"""The batch that vLLM profiles, and its CUDA graphs."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.units import GIB

#: The least batch size in tokens, if it follows the sequence length. Source: vLLM 0.6, `SchedulerConfig`.
_LEAST_BATCH_TOKENS = 2048
#: Before 0.8 prompts longer than this are cut into batches of the least size.
#: Source: vLLM 0.7.2, `EngineArgs.create_engine_config`.
_LONG_CONTEXT_TOKENS = 32_768
#: Batch sizes that are captured: these, then multiples of 8 below 256, then multiples of 16.
#: Source: vLLM, `VllmConfig._set_cudagraph_sizes`
_SMALL_SIZES = (1, 2, 4)
_MIDDLE, _MIDDLE_STEP, _LARGE_STEP = 256, 8, 16
#: Number of captured sizes up to 512, the case in the logs.
_LOGGED_SIZES = 51


class Batch(NamedTuple):
    """
    The largest batch that vLLM runs.

    Args:
        sequences: Sequences.

        tokens: Tokens, prompts and answers together.
    """

    sequences: int
    tokens: int


def profiled_batch(deployment: Deployment) -> Batch:
    """Return the batch that vLLM profiles: as set, else its own choice; for an unknown GPU that for a large one."""
    settings, choice = deployment.settings, deployment.reading.choice
    tokens = settings.max_num_batched_tokens or choice.tokens or _tokens_of_old_releases(deployment)
    # The profile run gives each sequence at least one token.
    return Batch(min(settings.max_num_seqs or choice.sequences, tokens), tokens)


def _tokens_of_old_releases(deployment: Deployment) -> int:
    """
    Return the tokens of a batch before 0.8: as many as a sequence may have, unless prompts are cut into chunks.

    Source:
        vLLM 0.7.2, `EngineArgs.create_engine_config`: by default only long contexts of models that read text alone,
        with neither windows nor drafts; `VllmConfig.__post_init__`: not with a latent cache.
    """
    settings, shape = deployment.settings, deployment.shape
    is_plain = not (
        shape.has_vision
        or settings.speculative_tokens
        or any(group.mixer.is_latent or group.mixer.window for group in shape.groups)
    )
    if is_plain and settings.max_model_len > _LONG_CONTEXT_TOKENS:
        return _LEAST_BATCH_TOKENS
    return max(settings.max_model_len, _LEAST_BATCH_TOKENS)


def captured_sizes(deployment: Deployment, batch: Batch) -> int:
    """
    Return the number of batch sizes captured: up to twice the sequences with their drafts, and the engine's limit.

    Source:
        vLLM, `VllmConfig._set_cudagraph_sizes`
    """
    bound = deployment.reading.computing.graph_tokens
    return _sizes_to(min(2 * batch.sequences * (1 + deployment.settings.speculative_tokens), bound, batch.tokens))


@cache
def _sizes_to(most: int) -> int:
    small = sum(size <= most for size in _SMALL_SIZES)
    middle = min(most, _MIDDLE - 1) // _MIDDLE_STEP
    return small + middle + (max(0, most - _MIDDLE) // _LARGE_STEP + 1 if most >= _MIDDLE else 0)


def graph_bytes(deployment: Deployment, batch: Batch) -> float:
    """
    Return the bytes of CUDA graphs per GPU.

    Source:
        Start-up logs of vLLM 0.19: 0.64 to 1.5 GiB for 51 sizes, growing with the number of layers and with experts.
    """
    if deployment.settings.enforce_eager:
        return 0.0
    shape = deployment.shape
    logged = 0.5 + 0.012 * shape.layers + (0.5 if shape.expert_parameters else 0)
    return logged * GIB * captured_sizes(deployment, batch) / _LOGGED_SIZES
