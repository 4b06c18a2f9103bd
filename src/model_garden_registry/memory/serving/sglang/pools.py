"""SGLang's pools of tokens, windows and states."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from model_garden_registry.families.engines import engine_of
from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.kv_cache import layer_token_bytes
from model_garden_registry.memory.serving.deployment import Deployment

#: Bytes of a convolution element. Source: SGLang, `SGLANG_MAMBA_CONV_DTYPE`.
_CONVOLUTION_BYTES = 2
#: Bytes of a state element, by type; default 4. Source: SGLang, `mamba2_state_dtype`.
_STATE_BYTES = {"bfloat16": 2, "float16": 2}
#: Tokens by which the window pool must exceed a window. Source: SGLang, `validate_swa_pool_size`.
_BEYOND_WINDOW = 2
#: The most requests that run while tokens are drafted. Source: SGLang, `handle_speculative_decoding`.
_DRAFTING_REQUESTS = 48


class Held(NamedTuple):
    """
    Bytes that sequences take of the pools, per GPU.

    Args:
        tokens: For their tokens.

        states: For their states.

        idle: The part of one pool that stays empty because the other is never larger than its share.
    """

    tokens: float
    states: float
    idle: float


class Pools(NamedTuple):
    """
    The pools per GPU.

    Args:
        token_bytes: Bytes of a token, with its share of the window pool.

        window: The longest window of layers with a pool of their own; 0 if there are none.

        window_ratio: Tokens of the window pool, as a share of those of the full pool.

        state_bytes: Bytes of a state, all layers together; 0 if there are none.

        state_ratio: Memory of the state pool, as a multiple of the token pool's.

        slots: States for each request.

        spare: States reserved beyond those of requests.

        drafts: States written ahead for each request while tokens are drafted.

        most_drafting: The most requests that run while tokens are drafted.
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
        """Return the bytes that this many sequences of a length take."""
        full = self.token_bytes * self.tokens_for(sequences, tokens)
        if not self.state_bytes:
            return Held(full, 0, 0)
        states = self.state_bytes * (self.spare + self.drafts + sequences * (self.slots + self.drafts))
        needed = max(states * (1 + 1 / self.state_ratio), self._beside_states(full))
        return Held(full, states, needed - full - states)

    def tokens_for(self, sequences: int, tokens: int) -> int:
        """Return the tokens that the pool needs for this many sequences of a length."""
        if not self.window:
            return sequences * tokens
        windows = max(sequences * min(tokens, self.window), self.window + _BEYOND_WINDOW)
        return max(sequences * tokens, ceil(windows / self.window_ratio))

    def _beside_states(self, full: float) -> float:
        """Return the memory of all pools for which the token pools have this much."""
        split = full * (1 + self.state_ratio)
        share, each = self.state_ratio / (1 + self.state_ratio), 1 + self.drafts / self.slots
        # At most the running requests draft, so the states reserved for further ones go to tokens.
        ahead = self.spare + self.drafts * (self.most_drafting + 1) - (self.spare + self.drafts) / each
        return min(split, (full + self.state_bytes * ahead) / (1 - share / each))

    def slots_in(self, pool_bytes: float) -> int:
        """
        Return the states that fit into this memory for all pools.

        Source:
            SGLang, `KVCacheConfigurator._handle_max_mamba_cache`
        """
        budget = pool_bytes * self.state_ratio / (1 + self.state_ratio)
        each = self.state_bytes * (1 + self.drafts / self.slots)
        return max(0, int((budget - self.state_bytes * (self.spare + self.drafts)) // each))

    def tokens_in(self, pool_bytes: float) -> int:
        """Return the tokens that fit into this memory for all pools, as the start-up log prints them."""
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
    """Return the bytes of a token in groups of layers; draft layers count like these."""
    layers = sum(group.layers for group in groups)
    total = sum(_layer_bytes(deployment, group) * _on_one_stage(deployment, group.layers) for group in groups)
    return total * (1 + deployment.draft_layers / layers) if drafts and layers else total


def _layer_bytes(deployment: Deployment, group: Group) -> float:
    """Return the bytes of a token in one layer; GPUs that divide a cache by tokens have more heads each."""
    shards = deployment.settings.decode_context_parallel_size
    mixer = group.mixer
    # Layers that could share the cache of earlier layers have their own in SGLang.
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
