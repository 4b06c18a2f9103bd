"""Memory per GPU of serving with transformers: one forward pass over the prompt, then the answer."""

from __future__ import annotations

from model_garden_registry.memory.constants import CONTEXT_BYTES
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.network.weights import Stored, loaded_bytes
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.memory.serving.transformers_cache import kept_bytes, states_bytes


def transformers_estimate(deployment: Deployment) -> MemoryEstimate:
    """
    Return the peak of a batch of requests that are answered together.

    Source:
        docs/memory-model.md#serving
    """
    prompt, whole = _lengths(deployment)
    sequences = deployment.settings.concurrent
    after_prompt = sequences * kept_bytes(deployment, prompt, is_prompt=True)
    cache = max(after_prompt, sequences * kept_bytes(deployment, whole, is_prompt=False))
    # The peak is the end of the prompt, the end of the answer, or the encoding of the images. The cache of the longest
    # sequence counts in each, so activations are what the other two need beyond it.
    activations = max(0.0, after_prompt + _prompt_bytes(deployment) - cache, deployment.encoder - cache)
    return deployment.estimate(
        lambda: [f"{deployment.engine.named}, one forward pass over the whole prompt, logits of its last token only"],
        weights=_weight_bytes(deployment),
        activations=0.0 if deployment.runtime.reading == "resident" else activations,
        cache=cache / sequences,
        states=states_bytes(deployment),
        overhead=_overhead_bytes(deployment),
    )


def _lengths(deployment: Deployment) -> tuple[int, int]:
    """Return the tokens of a sequence after its prompt and at the end of its answer."""
    asked = deployment.runtime.prompt_tokens
    prompt = deployment.settings.max_model_len if asked is None else asked
    return prompt, prompt + deployment.runtime.new_tokens


def _prompt_bytes(deployment: Deployment) -> float:
    """Return the activations of the prompt's forward pass at their peak: all tensors of one feed-forward layer."""
    shape = deployment.shape
    inside = shape.family.matrices * max(group.feed_forward.width for group in shape.groups)
    peak_width = inside + deployment.constants.request_streams * shape.hidden
    prompt, _ = _lengths(deployment)
    return deployment.settings.concurrent * prompt * deployment.compute_bytes * peak_width


def _weight_bytes(deployment: Deployment) -> float:
    runtime = deployment.runtime
    stored = Stored(
        deployment.weight_format,
        rest_bytes=4 if runtime.upcasts_rest else deployment.compute_bytes,
        unties_head=runtime.unties_head,
        quantizes_head=runtime.quantizes_head,
    )
    return loaded_bytes(deployment.shape, stored) / deployment.parallel


def _overhead_bytes(deployment: Deployment) -> float:
    runtime, constants = deployment.runtime, deployment.constants
    overhead = constants.resident_bytes if runtime.reading == "resident" else constants.request_bytes
    overhead += constants.autogptq_bytes if runtime.uses_autogptq else 0
    return overhead + (CONTEXT_BYTES if runtime.reading == "process" else 0)
