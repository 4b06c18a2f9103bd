"""Bytes of the weights on each GPU after SGLang has loaded them."""

from __future__ import annotations

from math import ceil

from model_garden_registry.memory.network.groups import Group
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.weights import format_in
from model_garden_registry.memory.serving.deployment import Deployment
from model_garden_registry.units import GB

#: Matrices of latent attention that every GPU has whole. Source: SGLang, `deepseek_v2.py`, `ReplicatedLinear`.
_WHOLE = frozenset({"q_a", "kv_a"})
#: The matrix that unpacks the latent vector is stored a second time, in half precision, for the absorbed products.
#: Source: SGLang, `deepseek_weight_loader.py`, `w_kc`, `w_vc`.
_UNPACKED, _UNPACKED_BYTES = "kv_b", 2


def loaded_bytes(deployment: Deployment) -> float:
    """
    Return the bytes of the weights per GPU, on the largest stage of a pipeline.

    Tensor parallelism divides all but a few matrices. Draft layers count as the largest attention layer, with one
    more matrix that joins two streams. Only layers are offloaded to main memory.

    Source:
        SGLang, `OffloaderV1`, `get_pp_indices`
    """
    shape, settings = deployment.shape, deployment.settings
    rest, stages = deployment.compute_bytes, settings.pipeline_parallel_size
    ends = shape.end_parameters * rest
    tower = shape.tower_parameters * rest
    layers = deployment.whole_weights - ends - tower
    stage = layers * ceil(shape.layers / stages) / shape.layers
    shared = ends if stages == 1 else shape.vocab * shape.hidden * rest
    shared += tower if deployment.takes_images else 0
    copies = sum(_copied_bytes(deployment, group) for group in shape.groups) / stages
    loaded = (stage + shared) / deployment.parallel + copies + _drafting_bytes(deployment)
    return loaded - min(settings.cpu_offload_gb * GB, stage / deployment.parallel)


def _copied_bytes(deployment: Deployment, group: Group) -> float:
    """Return the bytes of a group that a GPU has beyond its part of each matrix."""
    missing = 1 - 1 / deployment.parallel
    router = deployment.shape.hidden * group.feed_forward.experts * group.layers * deployment.compute_bytes
    whole = sum(_bytes(deployment, linear) for linear in group.linears if linear.name in _WHOLE)
    unpacked = sum(linear.parameters for linear in group.linears if linear.name == _UNPACKED)
    return missing * (router + whole) + unpacked * _UNPACKED_BYTES / deployment.parallel


def _drafting_bytes(deployment: Deployment) -> float:
    hidden = deployment.shape.hidden
    attending = [group for group in deployment.shape.groups if group.mixer.heads]
    if not deployment.draft_layers or not attending:
        return 0
    layer = max(sum(_bytes(deployment, linear) for linear in group.linears) / group.layers for group in attending)
    both_streams = 2 * hidden * hidden * deployment.compute_bytes
    return deployment.draft_layers * (layer + both_streams) / deployment.parallel


def _bytes(deployment: Deployment, linear: Linear) -> float:
    kind = format_in(deployment.shape, deployment.weight_format)
    is_quantised = linear.place == "expert" or not kind.experts_only
    return linear.parameters * (kind.bits / 8 if is_quantised else deployment.compute_bytes)
