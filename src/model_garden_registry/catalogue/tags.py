"""The vocabulary of tags, with the meaning of each."""

from __future__ import annotations

from collections.abc import Mapping

from model_garden_registry.catalogue.sizes import SIZE_CLASSES

_SIZES = {name: f"{bounds.words} parameters in all" for name, bounds in SIZE_CLASSES.items()}

#: The tag of a fine-tune: its weights are its own, so it is no other form of its base.
FINE_TUNE = "fine-tune"
#: The shortest long context, in tokens.
LONG_CONTEXT = 100_000
#: The fewest languages of a multilingual model.
MANY_LANGUAGES = 3

#: Tag → when a model has it.
TAGS: Mapping[str, str] = {
    **_SIZES,
    "vision": "it takes images",
    "multimodal": "it takes more than text: the same models as `vision`",
    "base": "a base model, without instruction tuning: to train further",
    "instruct": "it answers questions and follows instructions",
    "reasoning": "it can think before it answers",
    "embedding": "it makes vectors or scores of texts",
    "code": "it is made for code",
    "math": "it is made for mathematics",
    "moe": "a mixture of experts: only some parameters are active per token",
    "tools": "it was trained to call tools, as `capabilities.function_calling` says",
    "long-context": f"it reads {LONG_CONTEXT:,} tokens or more",
    "multilingual": f"its model card names {MANY_LANGUAGES} languages or more",
    "quantized": "the published weights are quantised",
    "serving": "for serving; training uses another entry, named by `base_model`",
    FINE_TUNE: "it was fine-tuned from `base_model`: other weights of the same shape",
    "recommended": "the one of its class and size to begin with today (docs/concepts.md)",
}

#: Tag → its meaning in the application's own eleven entries: kept for programs that use it.
APPLICATION_TAGS: Mapping[str, str] = {
    "fast": "it was fast for its time",
    "testing": "it is small enough for tests",
    "efficient": "strong for its size",
    "quality": "it answers well for its size",
    "high-quality": "it answers well",
    "popular": "many use it",
    "tested": "the application was tested with it",
    "latest": "it was the newest of its line",
    "advanced": "it is for hard tasks",
}
