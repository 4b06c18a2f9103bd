"""Bytes of optimizer state, by optimizer, as transformers names them."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.defaults import Optimizer


class OptimizerState(NamedTuple):
    """
    State that an optimizer keeps for each trained parameter.

    Args:
        states: Number of states.

        bytes_each: Bytes of one of them; None: the type of the parameter.

        copies: Transient copies of all trained parameters during the step (multi-tensor implementation).

        in_backward: Whether each gradient is applied and dropped as soon as it is computed.

        keeps_embeddings: Whether the states of embeddings are in float32: `Trainer.create_optimizer` asks for that with
            every 8-bit optimizer of bitsandbytes.
    """

    states: float
    bytes_each: float | None = None
    copies: float = 0
    in_backward: bool = False
    keeps_embeddings: bool = False


_ADAM = OptimizerState(2, copies=1)
_FUSED_ADAM = OptimizerState(2)
_ON_HOST = OptimizerState(0)
#: Rank of the projection over a typical width: 128 of 4096. Source: GaLore's default rank in transformers.
_LOW_RANK = 128 / 4096

#: Source: torch.optim, bitsandbytes.optim (8 bits and, for 256 of them, a float32), torchao.optim, the papers.
OPTIMIZER_STATES: dict[Optimizer, OptimizerState] = {
    "adamw_torch": _ADAM,
    "adamw_torch_fused": _FUSED_ADAM,
    "adamw_torch_xla": _ADAM,
    "adamw_torch_npu_fused": _FUSED_ADAM,
    "adamw_apex_fused": OptimizerState(2, 4),
    # Sums of rows and of columns, and the update of one matrix.
    "adafactor": OptimizerState(0.01, 4),
    "adamw_anyprecision": OptimizerState(2),
    "adamw_torch_4bit": OptimizerState(2, 0.5 + 4 / 128),
    "adamw_torch_8bit": OptimizerState(2, 1 + 4 / 256),
    "ademamix": OptimizerState(3, 4),
    "sgd": OptimizerState(0),
    "adagrad": OptimizerState(1, copies=1),
    "adamw_bnb_8bit": OptimizerState(2, 1 + 4 / 256, keeps_embeddings=True),
    "adamw_8bit": OptimizerState(2, 1 + 4 / 256, keeps_embeddings=True),
    "ademamix_8bit": OptimizerState(3, 1 + 4 / 256, keeps_embeddings=True),
    "lion_8bit": OptimizerState(1, 1 + 4 / 256, keeps_embeddings=True),
    "lion_32bit": OptimizerState(1, 4),
    # Paged states are in main memory and come to the GPU page by page.
    "paged_adamw_32bit": _ON_HOST,
    "paged_adamw_8bit": _ON_HOST,
    "paged_ademamix_32bit": _ON_HOST,
    "paged_ademamix_8bit": _ON_HOST,
    "paged_lion_32bit": _ON_HOST,
    "paged_lion_8bit": _ON_HOST,
    "rmsprop": OptimizerState(1, copies=1),
    "rmsprop_bnb": OptimizerState(1, 4),
    "rmsprop_bnb_8bit": OptimizerState(1, 1 + 4 / 256, keeps_embeddings=True),
    "rmsprop_bnb_32bit": OptimizerState(1, 4),
    "galore_adamw": OptimizerState(3 * _LOW_RANK),
    "galore_adamw_8bit": OptimizerState(3 * _LOW_RANK, 1 + 4 / 256),
    "galore_adafactor": OptimizerState(_LOW_RANK),
    "galore_adamw_layerwise": OptimizerState(3 * _LOW_RANK, in_backward=True),
    "galore_adamw_8bit_layerwise": OptimizerState(3 * _LOW_RANK, 1 + 4 / 256, in_backward=True),
    "galore_adafactor_layerwise": OptimizerState(_LOW_RANK, in_backward=True),
    "lomo": OptimizerState(0, in_backward=True),
    "adalomo": OptimizerState(0.01, 4, in_backward=True),
    "grokadamw": OptimizerState(3),
    "schedule_free_radam": _ADAM,
    "schedule_free_adamw": _ADAM,
    "schedule_free_sgd": OptimizerState(1, copies=1),
    "apollo_adamw": OptimizerState(3 * _LOW_RANK),
    "apollo_adamw_layerwise": OptimizerState(3 * _LOW_RANK, in_backward=True),
    "stable_adamw": OptimizerState(2),
}
