"""Learning rates far outside the usual range of a method and an algorithm."""

from __future__ import annotations

from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import Algorithm, TrainingSettings

#: Algorithms that compare answers; they use much smaller rates.
_COMPARES: tuple[Algorithm, ...] = ("dpo", "kto", "orpo", "grpo")
#: Prefixes of the optimizers whose rates are comparable; other optimizers scale theirs differently.
_LIKE_ADAM = ("adamw", "paged_adamw", "ademamix", "paged_ademamix", "stable_adamw")


class _Range(NamedTuple):
    """The lowest and the highest usual learning rate."""

    least: float
    most: float


#: By whether all weights are trained and whether answers are compared. Source: of all weights, defaults of TRL (2e-5,
#: preferences 1e-6, rewards 1e-4) and ms-swift (1e-5); of adapters, QLoRA (1e-4, 2e-4), Unsloth's guide to LoRA
#: hyperparameters (2e-4, reinforcement learning 5e-6), ms-swift (1e-4) and "LoRA Without Regret" (ten times that of all
#: weights). A range ends at some five to ten times that.
_RANGES = {
    (True, False): _Range(1e-7, 1e-4),
    (True, True): _Range(1e-8, 5e-5),
    (False, False): _Range(5e-6, 2e-3),
    (False, True): _Range(1e-7, 5e-4),
}


def unusual_rate(settings: TrainingSettings) -> str | None:
    """Return the message if a learning rate is far outside its method's range, else None."""
    if not settings.optim.startswith(_LIKE_ADAM):
        return None
    rate, compares = settings.learning_rate, settings.algorithm in _COMPARES
    usual = _RANGES[settings.method == "full", compares]
    if usual.least <= rate <= usual.most:
        return None
    side = "above" if rate > usual.most else "below"
    trained = "all weights are" if settings.method == "full" else "adapters are"
    what = f" by {settings.algorithm}" if compares else ""
    return f"learning_rate {rate:g} is far {side} what {trained} trained with{what} ({usual.least:g} to {usual.most:g})"
