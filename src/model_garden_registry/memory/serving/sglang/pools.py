"""The pools that SGLang keeps tokens, windows and states in."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from model_garden_registry.families.engines import engine_of
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.kv_cache import layer_token_bytes
from model_garden_registry.memory.serving.deployment import Deployment

#: Bytes of an element of a convolution. Source: SGLang, `SGLANG_MAMBA_CONV_DTYPE`.
_CONVOLUTION_BYTES = 2
#: Bytes of an element of a state, by type; where nobody chooses one, 4. Source: SGLang, `mamba2_state_dtype`.
_STATE_BYTES = {"bfloat16": 2, "float16": 2}
#: Tokens by which the pool of windows must exceed a window. Source: SGLang, `validate_swa_pool_size`.
_BEYOND_WINDOW = 2
#: Requests that run at most while tokens are drafted. Source: SGLang, `handle_speculative_decoding`.
_DRAFTING_REQUESTS = 48


class Held(NamedTuple):
    """
    What sequences take of the pools, in bytes on each GPU.

    Args:
        tokens: For their tokens.

        states: For their states.

        idle: What of one pool stays empty, because the other is never larger than its share.
    """

    tokens: float
    states: float
    idle: float


class Pools(NamedTuple):
    """
    The pools on each GPU.

    Args:
        token_bytes: Bytes of a token, with its share of the pool of windows.

        window: The longest window of layers that have a pool of their own; 0 where none have.

        window_ratio: Tokens of that pool, as a share of those of the other.

        state_bytes: Bytes of a state, all layers together; 0 where none keep one.

        state_ratio: Memory of the pool of states, as a share of that of tokens.

        slots: States for each request.

        spare: States that no request gets.

        drafts: States that are written ahead for each request while tokens are drafted.

        most_drafting: Requests that run at most then.
    """

    token_bytes: float
    window: int = 0
    window_ratio: float = 1
    state_bytes: float = 0
    state_ratio: float = 0
    slots: int = 1
    spare: int = 0
    drafts: int = 0
    most_drafting: int = 0

    def held(self, sequences: int, tokens: int) -> Held:
        """Return what so many sequences of a length take."""
        full = self.token_bytes * self.tokens_for(sequences, tokens)
        if not self.state_bytes:
            return Held(full, 0, 0)
        states = self.state_bytes * (self.spare + self.drafts + sequences * (self.slots + self.drafts))
        needed = max(states * (1 + 1 / self.state_ratio), self._beside_states(full))
        return Held(full, states, needed - full - states)

    def tokens_for(self, sequences: int, tokens: int) -> int:
        """Return the tokens that the pool must have for so many sequences of a length."""
        if not self.window:
            return sequences * tokens
        windows = max(sequences * min(tokens, self.window), self.window + _BEYOND_WINDOW)
        return max(sequences * tokens, ceil(windows / self.window_ratio))

    def _beside_states(self, full: float) -> float:
        """Return the memory for both pools that leaves so much of it for tokens."""
        split = full * (1 + self.state_ratio)
        share, each = self.state_ratio / (1 + self.state_ratio), 1 + self.drafts / self.slots
        # No more requests draft than may run, so that what is kept for their states goes to tokens.
        ahead = self.spare + self.drafts * (self.most_drafting + 1) - (self.spare + self.drafts) / each
        return min(split, (full + self.state_bytes * ahead) / (1 - share / each))

    def slots_in(self, pool_bytes: float) -> int:
        """
        Return the states that memory for both pools gives.

        Source:
            SGLang, `KVCacheConfigurator._handle_max_mamba_cache`
        """
        budget = pool_bytes * self.state_ratio / (1 + self.state_ratio)
        each = self.state_bytes * (1 + self.drafts / self.slots)
        return max(0, int((budget - self.state_bytes * (self.spare + self.drafts)) // each))

    def tokens_in(self, pool_bytes: float) -> int:
        """Return the tokens that memory for all pools gives, as the start-up log prints them."""
        if self.state_bytes:
            slots = self.slots_in(pool_bytes)
            pool_bytes -= self.state_bytes * (slots + self.spare)
            if self.drafts:
                pool_bytes -= self.state_bytes * self.drafts * (min(slots // self.slots, self.most_drafting) + 1)
        return max(0, int(pool_bytes // self.token_bytes)) if self.token_bytes else 0


def pools_of(deployment: Deployment) -> Pools:
    """
    Return the pools of a network.

    Source:
        SGLang, `HybridSWAPoolConfigurator`, `DefaultPoolConfigurator`
    """
    windows = deployment.engine.window_pool
    caching = [group for group in deployment.shape.groups if group.mixer.heads]
    own = [group for group in caching if group.mixer.window]
    if windows is None or deployment.model_type not in windows.model_types or len(own) in (0, len(caching)):
        pools = Pools(_tokens_bytes(deployment, caching, drafts=True))
    else:
        full = _tokens_bytes(deployment, [group for group in caching if not group.mixer.window], drafts=True)
        narrow = windows.ratio * _tokens_bytes(deployment, own)
        pools = Pools(full + narrow, max(group.mixer.window for group in own), windows.ratio)
    return _with_states(deployment, pools)


def _tokens_bytes(deployment: Deployment, groups: list[Group], *, drafts: bool = False) -> float:
    """Return the bytes of a token in groups of layers; layers that draft are as these are."""
    layers = sum(group.layers for group in groups)
    total = sum(_layer_bytes(deployment, group) * _on_one_stage(deployment, group.layers) for group in groups)
    return total * (1 + deployment.draft_layers / layers) if drafts and layers else total


def _layer_bytes(deployment: Deployment, group: Group) -> float:
    """Return the bytes of a token in one layer; GPUs that divide the tokens of a cache have more heads each."""
    shards = deployment.settings.decode_context_parallel_size
    mixer = group.mixer
    # Layers that could read the cache of earlier ones have one of their own all the same.
    if not mixer.cached_width and not mixer.is_latent:
        mixer = mixer._replace(cached_width=mixer.k_width + mixer.v_width)
    return layer_token_bytes(mixer, deployment.element, parallel=max(1, deployment.parallel // shards)) / shards


def _on_one_stage(deployment: Deployment, layers: int) -> int:
    return ceil(layers / deployment.settings.pipeline_parallel_size)


def _with_states(deployment: Deployment, pools: Pools) -> Pools:
    state = sum(
        _on_one_stage(deployment, group.layers)
        * group.mixer.state.layer_bytes(
            _CONVOLUTION_BYTES, _STATE_BYTES.get(deployment.settings.mamba_ssm_dtype, 4), parallel=deployment.parallel
        )
        for group in deployment.shape.groups
        if group.mixer.state
    )
    rule = deployment.engine.state_pool or engine_of(deployment.settings.engine).state_pool
    if not state or rule is None:
        return pools
    drafts = deployment.settings.speculative_tokens
    return pools._replace(
        state_bytes=state,
        state_ratio=rule.ratio,
        slots=rule.slots_of(deployment.model_type),
        spare=rule.spare_slots,
        drafts=drafts + 1 if drafts else 0,
        most_drafting=deployment.settings.max_num_seqs or _DRAFTING_REQUESTS,
    )
