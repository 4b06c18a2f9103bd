"""The words that entries are tagged with, and what each means."""

from __future__ import annotations

from collections.abc import Mapping

from model_garden_registry.catalogue.sizes import SIZE_CLASSES

_SIZES = {name: f"as `--size {name}` filters, by the parameters of the whole model" for name in SIZE_CLASSES}

#: From here on a context is long, in tokens.
LONG_CONTEXT = 100_000
#: From here on a model speaks many languages.
MANY_LANGUAGES = 3

#: Word → when a model has it.
TAGS: Mapping[str, str] = {
    **_SIZES,
    "vision": "it takes images",
    "multimodal": "it takes more than text: the same models as `vision`",
    "base": "it continues texts and was not tuned to answer: to train further",
    "instruct": "it answers questions and follows instructions",
    "reasoning": "it can think before it answers",
    "embedding": "it makes vectors or scores of texts",
    "code": "it is made for code",
    "math": "it is made for mathematics",
    "moe": "a mixture of experts: only some of the parameters work on a token",
    "tools": "it was trained to call tools, as `capabilities.function_calling` says",
    "long-context": f"it reads {LONG_CONTEXT:,} tokens or more",
    "multilingual": f"its model card names {MANY_LANGUAGES} languages or more",
    "quantized": "the published weights are quantised",
    "serving": "it is served as it is; what is trained is another entry, as `base_model` says",
    "recommended": "the one of its class and size to begin with today (docs/concepts.md)",
}

#: Word → what the application meant by it, of the eleven entries that were its own: kept for programs that ask for it.
APPLICATION_TAGS: Mapping[str, str] = {
    "fast": "it answers quickly for its time",
    "testing": "it is small enough for tests",
    "efficient": "it does much for its size",
    "quality": "it answers well for its size",
    "high-quality": "it answers well",
    "popular": "many use it",
    "tested": "the application was tested with it",
    "latest": "it was the newest of its line",
    "advanced": "it is for hard tasks",
}
