"""Caches and states of a sequence in transformers: tokens in layers with a cache, states in the others."""

from __future__ import annotations

from model_garden_registry.families.engines import Engine
from model_garden_registry.memory.network.kv_cache import layers_bytes
from model_garden_registry.memory.network.mixers import TokenMixer
from model_garden_registry.memory.network.states import State
from model_garden_registry.memory.serving.deployment import Deployment

_FLOAT_BYTES = 4
#: Kinds whose state is in float32 in every release. Source: `torch_chunk_gated_delta_rule`.
_ALWAYS_FLOAT = ("gated_delta", "kda")
#: Kinds whose state is in float32 from some release on. Source: `mamba2_chunk_scan`, `LinearAttentionLayer`.
_FLOAT_SINCE = ("mamba1", "mamba2")


def kept_bytes(deployment: Deployment, tokens: int, *, is_prompt: bool) -> float:
    """
    Return the bytes of the keys and values of one sequence per GPU.

    After the prompt every layer has all of it: the window is a view of the whole tensor. The first answer token
    allocates tensors no longer than the window.

    Args:
        tokens: Length of the sequence.

        is_prompt: Whether the answer has not begun.

    Source:
        transformers, `DynamicSlidingWindowLayer.update`
    """
    cut = deployment.engine.cuts_windows and not is_prompt
    layers = ((group.layers, _cached(group.mixer, deployment.engine, cut=cut)) for group in deployment.shape.groups)
    return layers_bytes(layers, deployment.element, tokens=tokens, parallel=deployment.parallel)


def states_bytes(deployment: Deployment) -> float:
    """Return the bytes of the states of one sequence per GPU."""
    return sum(
        group.layers * _state_bytes(deployment, group.mixer.state)
        for group in deployment.shape.groups
        if group.mixer.state
    )


def _cached(mixer: TokenMixer, engine: Engine, *, cut: bool) -> TokenMixer:
    """Return a mixer as transformers caches it: windows may be ignored, and a latent vector may be cached unpacked."""
    seen = mixer if cut else mixer._replace(window=0)
    if engine.caches_latents or not mixer.is_latent or not mixer.cached_width:
        return seen
    return seen._replace(is_latent=False, cached_width=mixer.k_width + mixer.v_width)


def _state_bytes(deployment: Deployment, state: State) -> float:
    is_float = state.kind in _ALWAYS_FLOAT or (state.kind in _FLOAT_SINCE and deployment.engine.float_states)
    # The convolution keeps as many tokens as its kernel size, the newest included.
    columns = state._replace(columns=state.columns + 1)
    element = deployment.compute_bytes
    return columns.layer_bytes(element, _FLOAT_BYTES if is_float else element, parallel=deployment.parallel)
