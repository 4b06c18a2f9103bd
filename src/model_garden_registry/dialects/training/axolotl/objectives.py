"""The algorithm of an axolotl file, with its loss and attention."""

from __future__ import annotations

from typing import Any

from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.rules import RefusedValueError, Rule, UnsayableError, Words
from model_garden_registry.entries.settings.task_settings import OriginKind

#: Values of ``rl`` → the algorithm that they are counted as.
_TAUGHT = {
    "dpo": "dpo", "ipo": "dpo", "kto": "kto", "orpo": "orpo", "simpo": "orpo", "grpo": "grpo", "gdpo": "grpo",
}  # fmt: skip
_LIGER = "axolotl.integrations.liger.LigerPlugin"
#: Keys that fuse head and loss, with the plug-in module of each.
_FUSED = {
    "liger_fused_linear_cross_entropy": "axolotl.integrations.liger",
    "cut_cross_entropy": "axolotl.integrations.cut_cross_entropy",
}
#: Plug-ins that change memory merely by being loaded.
_HEAVY = {
    "densemixer": "keeps the outputs of all experts for every token",
    "diffusion": "trains another objective",
    "grokfast": "keeps a second copy of the gradients",
    "kd": "keeps logits of a teacher",
    "llm_compressor": "trains pruned weights",
    "spectrum": "trains only part of the weights, and all are counted",
}
#: Flags from before ``attn_implementation``, in order of precedence.
_FLAGS = {
    "xformers_attention": "xformers", "sage_attention": "sage", "flex_attention": "flex_attention",
    "flash_attention": "flash_attention_2", "sdp_attention": "sdpa", "eager_attention": "eager",
}  # fmt: skip
_OWN = ("sdpa", "flash_attention_2", "flash_attention_3", "eager")
#: Other kernels → ours with the same memory: none of them stores scores.
_KEEPS_LIKE = {
    "flash_attention_4": "flash_attention_3", "flash_attention_torch": "flash_attention_2", "flex_attention": "sdpa",
    "varlen": "sdpa", "xformers": "sdpa", "sage": "sdpa", "fp8": "sdpa",
}  # fmt: skip


def _write_algorithm(request: ExportRequest) -> dict[str, Any]:
    algorithm = request.training.algorithm
    if algorithm == "sft":
        return {}
    return {"reward_model": True} if algorithm == "reward" else {"rl": algorithm}


def _read_algorithm(words: Words) -> dict[str, Any]:
    taught = words.get("rl")
    if not taught:
        return {"algorithm": "reward" if words.get("reward_model") else "sft"}
    if taught not in _TAUGHT:
        words.leave("rl", f"{taught}, which is counted as sft")
        return {"algorithm": "sft"}
    return {"algorithm": _TAUGHT[taught]}


def _write_loss(request: ExportRequest) -> dict[str, Any]:
    match request.training.loss:
        case "full":
            return {}
        case "chunked":
            return {"chunked_cross_entropy": True}
        case "fused":
            return {"plugins": [_LIGER], "liger_fused_linear_cross_entropy": True}
        case _:
            raise UnsayableError(f"axolotl has no loss {request.training.loss}: it has full, chunked and fused")


def _read_loss(words: Words) -> dict[str, Any]:
    """
    Return the loss.

    Source:
        axolotl, `integrations/config.py` merge_input_args: keys of a plug-in that is not loaded are ignored
    """
    plugins = [str(plugin).partition(":")[0] for plugin in words.get("plugins") or ()]
    for plugin in plugins:
        name = plugin.removeprefix("axolotl.integrations.").partition(".")[0]
        if name in _HEAVY:
            words.leave("plugins", f"{name} {_HEAVY[name]}")
    fused = [key for key, plugin in _FUSED.items() if _is_on(words, key, plugin, plugins)]
    chosen = [*fused, *(["chunked_cross_entropy"] if words.get("chunked_cross_entropy") else [])]
    if len(chosen) > 1:
        raise RefusedValueError(chosen[1], f"cannot be combined with {chosen[0]}")
    return {"loss": "fused" if fused else "chunked" if chosen else "full"}


def _is_on(words: Words, key: str, plugin: str, plugins: list[str]) -> bool:
    if any(name.startswith(plugin) for name in plugins):
        return bool(words.get(key))
    if key in words and words.get(key):
        words.doubt(key, f"does nothing without its plugin: plugins: [{plugin}.…]")
    return False


def _write_attention(request: ExportRequest) -> dict[str, Any]:
    # The stack's choice is transformers' default, which depends on the model.
    if request.training.origin("attn_implementation").kind is OriginKind.STACK:
        return {}
    return {"attn_implementation": request.training.attn_implementation}


def _read_attention(words: Words) -> dict[str, Any]:
    flags = [flag for flag in _FLAGS if flag in words and words.get(flag)]
    if "attn_implementation" not in words:
        return {"attn_implementation": _ours(_FLAGS[flags[0]])} if flags else {}
    if flags:
        raise RefusedValueError(flags[0], "cannot be combined with attn_implementation")
    kernel = words.get("attn_implementation")
    if "/" not in kernel and kernel not in (*_OWN, *_KEEPS_LIKE):
        raise RefusedValueError("attn_implementation", f"takes {', '.join((*_OWN, *_KEEPS_LIKE))}, not {kernel}")
    return {"attn_implementation": _ours(kernel)}


def _ours(kernel: str) -> str:
    """Return our kernel with the same memory; for one from the Hub, its name tells which."""
    if "/" in kernel:
        return "flash_attention_3" if "attn3" in kernel else "flash_attention_2" if "attn2" in kernel else "sdpa"
    return _KEEPS_LIKE.get(kernel, kernel)


RULES = (
    Rule(
        keys=("rl", "reward_model"),
        settings=("algorithm",),
        write=_write_algorithm,
        read=_read_algorithm,
        says="reward_model is reward; ipo is counted as dpo, simpo as orpo, gdpo as grpo",
    ),
    Rule(
        keys=("plugins", "liger_fused_linear_cross_entropy", "cut_cross_entropy", "chunked_cross_entropy"),
        settings=("loss",),
        write=_write_loss,
        read=_read_loss,
        says="Liger's fused loss and cut cross entropy are fused, each with its plugin",
    ),
    Rule(
        keys=("attn_implementation", *_FLAGS),
        settings=("attn_implementation",),
        write=_write_attention,
        read=_read_attention,
        says="one that our settings lack is read as one with the same memory",
    ),
)
