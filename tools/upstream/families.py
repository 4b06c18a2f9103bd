"""
Read the layers of a family from transformers and PEFT: no weights, the classes on the meta device.

    python tools/upstream/families.py llama qwen3_moe    print the facts of some families as JSON
    python tools/upstream/families.py                    of all in storage/families.json that have a class

A family whose layers differ by its config.json is built in each variant of default_configs.py.

Needs torch, transformers and peft; the tower of gemma3n also timm and torchvision, without which it is left out. The
registry itself is not imported.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ROOT / "storage" / "families.json"

#: Parts of a model that are not its language model, by the start of their names.
_TOWERS = (
    *("vision", "visual", "audio", "embed_vision", "embed_audio", "image_newline", "mm_", "connector"),
    *("multi_modal_projector", "projector"),
)

#: Norms of queries and keys, by their names.
_HEAD_NORM = re.compile(r"(?<!indexer)\.(q|k|qk|q_b)_(norm|layernorm)$")
#: Norms inside of attention, of a state space, or of several copies of the residual stream.
_INNER_NORM = re.compile(r"\.(self_attn|attention|mixer|mamba|linear_attn|attn_hc|ffn_hc)\.")


def main() -> int:
    """Print the facts of the families that are named."""
    parser = argparse.ArgumentParser(description="Ask transformers and PEFT what families of models are made of.")
    parser.add_argument("model_types", nargs="*", help="all that have a class, where none is named")
    names = parser.parse_args().model_types or list(known_families())
    _silence()
    found = {}
    for name in names:
        sys.stderr.write(f"{name}\n")
        try:
            found[name] = facts(name)
        except ImportError as error:
            sys.stderr.write(f"{name} could not be built: {str(error).strip()}\n")
            continue
        for variant, config in variants(name).items():
            found[f"{name} {variant}"] = facts(name, config)
    sys.stdout.write(json.dumps(found, indent=1, default=str) + "\n")
    return 0


def known_families() -> Iterator[str]:
    """Return the families of our table that have a class in this transformers."""
    from transformers import CONFIG_MAPPING

    for name in json.loads(FAMILIES.read_text(encoding="utf-8"))["families"]:
        if name in CONFIG_MAPPING:
            yield name


def facts(model_type: str, config: dict[str, Any] | None = None) -> dict[str, Any]:
    """
    Return what a family is made of.

    Args:
        config: What config.json states; without it, a sane one.

    Returns:
        Keys as in the session `upstream`; ``linears`` and ``experts`` count what the whole network has.
    """
    built = build(model_type, config)
    language, tower = _split(built.named_modules())
    record = _record(model_type)
    answer: dict[str, Any] = {
        "class": type(built).__name__,
        "parameters": sum(weight.numel() for weight in built.parameters()),
        "tower_parameters": sum(w.numel() for name, w in built.named_parameters() if is_tower(name)),
        "linears": _linears(language),
        "places": _places(language),
        "tower": sorted({_target(name) for name, module in tower if _is_linear(module)}),
        "experts": _experts(built),
        "further": _further(built, language),
        "norms_per_layer": _norms_per_layer(language, built.config),
        "norms_by_name": _norms(language),
        "head_norms": any(_HEAD_NORM.search(name) for name, _ in language),
        "layer_norm": any(_is_layer_norm(name, module) for name, module in language),
        "gated": _is_gated(language, built),
        "tied": _is_tied(built),
        "hooked_tower": _is_hooked(built),
        "sdpa": type(built)._supports_sdpa,
        "config": built.config.to_dict(),
        "text_defaults": _defaults(built.config.get_text_config()),
        "tower_defaults": _defaults(getattr(built.config, "vision_config", None)),
    }
    targets, parameters = record.get("targets", ()), record.get("target_parameters", ())
    asked = {name: ask_peft(built, {"target_modules": name if name == targets else [name]}) for name in _words(targets)}
    tensors = {name: ask_peft(built, {"target_modules": [], "target_parameters": [name]}) for name in parameters}
    answer["targets_found"] = [name for name, reply in asked.items() if reply is None]
    answer["targets_refused"] = {name: reply for name, reply in asked.items() if reply and "not supported" in reply}
    answer["parameters_found"] = [name for name, reply in tensors.items() if reply is None]
    return answer


def _defaults(part: Any) -> dict[str, Any]:
    """Return the numbers that the class of a part of a configuration has by itself, and its `model_type`."""
    fields = dataclasses.fields(part) if dataclasses.is_dataclass(part) else ()
    numbers = {field.name: field.default for field in fields if isinstance(field.default, int)}
    return {"model_type": getattr(part, "model_type", None), "numbers": numbers}


def _is_hooked(built: Any) -> bool:
    """Return whether embeddings of a tower are among those that are let require a gradient."""
    built.enable_input_require_grads()
    hooked = any(is_tower(name) and module._forward_hooks for name, module in built.named_modules())
    built.disable_input_require_grads()
    return hooked


def build(model_type: str, config: dict[str, Any] | None = None) -> Any:
    """Build a model of a family without memory for its weights."""
    import torch
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES as WITH_IMAGES

    stated = {key: value for key, value in (config or default_config(model_type)).items() if key != "model_type"}
    # What quantised a checkpoint would replace its linear layers.
    stated.pop("quantization_config", None)
    plain = transformers.CONFIG_MAPPING[model_type](**stated)
    has_images = model_type in WITH_IMAGES
    loader = transformers.AutoModelForImageTextToText if has_images else transformers.AutoModelForCausalLM
    with torch.device("meta"):
        return loader.from_config(plain)


def default_config(model_type: str) -> dict[str, Any]:
    """Return what config.json would state: nothing, where the defaults of the class are sane."""
    _find_tools()
    from tools.upstream.default_configs import DEFAULT_CONFIGS

    return DEFAULT_CONFIGS.get(model_type, {})


def variants(model_type: str) -> dict[str, dict[str, Any]]:
    """Return further configurations of a family, by a word for each."""
    _find_tools()
    from tools.upstream.default_configs import VARIANTS

    return VARIANTS.get(model_type, {})


def _find_tools() -> None:
    """Make the neighbouring file importable, wherever this one is run from."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))


def is_tower(name: str) -> bool:
    """Return whether a module belongs to a vision or audio tower or to a projector."""
    return any(part.startswith(_TOWERS) for part in name.split("."))


def ask_peft(model: Any, wanted: Mapping[str, Any]) -> str | None:
    """
    Return why PEFT makes no adapter; None if it makes one. The model is as before afterwards.

    Args:
        model: May be on the meta device.

        wanted: Fields of ``LoraConfig``.
    """
    import peft
    import torch

    try:
        with torch.device("meta"):
            adapted = peft.LoraModel(model, peft.LoraConfig(r=2, **wanted), "asked", low_cpu_mem_usage=True)
    except ValueError as error:
        return str(error)
    adapted.unload()
    return None


def _words(names: Iterable[str] | str) -> tuple[str, ...]:
    """Return names; of a word for all of them, that word."""
    return (names,) if isinstance(names, str) else tuple(names)


def _record(model_type: str) -> Mapping[str, Any]:
    """Return our own record, where there is one."""
    families: Mapping[str, Mapping[str, Any]] = json.loads(FAMILIES.read_text(encoding="utf-8"))["families"]
    return families.get(model_type, {})


_Named = list[tuple[str, "nn.Module"]]


def _split(modules: Iterable[tuple[str, nn.Module]]) -> tuple[_Named, _Named]:
    """Return the modules of the language model, and those of the towers."""
    language: _Named = []
    tower: _Named = []
    for name, module in modules:
        (tower if is_tower(name) else language).append((name, module))
    return language, tower


def _is_linear(module: nn.Module) -> bool:
    """Return whether PEFT takes a module for a linear layer: also GPT-2's, which stores its matrix transposed."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, nn.Linear | Conv1D)


def _size(module: Any) -> tuple[int, int]:
    """Return the widths of input and output."""
    if hasattr(module, "in_features"):
        return module.in_features, module.out_features
    return int(module.weight.shape[0]), int(module.weight.shape[1])


def _linears(modules: _Named) -> dict[str, list[list[int]]]:
    """Return the linear layers by their last name: input, output, how many."""
    counts: dict[str, Counter[tuple[int, int]]] = {}
    for name, module in modules:
        if _is_linear(module):
            counts.setdefault(_last(name), Counter())[_size(module)] += 1
    return {name: [[*size, count] for size, count in sizes.items()] for name, sizes in counts.items()}


def _places(modules: _Named) -> dict[str, list[list[int]]]:
    """Return the linear layers by their path within a layer."""
    counts: dict[str, Counter[tuple[int, int]]] = {}
    for name, module in modules:
        if _is_linear(module):
            counts.setdefault(_path(name), Counter())[_size(module)] += 1
    return {name: [[*size, count] for size, count in sizes.items()] for name, sizes in counts.items()}


def _experts(model: Any) -> dict[str, list[Any]]:
    """Return the parameters that hold all experts of a layer: their shape and how many there are."""
    counts: Counter[tuple[str, tuple[int, ...]]] = Counter()
    for name, weight in model.named_parameters():
        if _is_expert(name):
            counts[".".join(name.split(".")[-2:]), tuple(weight.shape)] += 1
    return {name: [list(shape), count] for (name, shape), count in counts.items()}


def _further(model: Any, language: _Named) -> dict[str, list[list[Any]]]:
    """Return parameters of the language model that are neither in linear layers nor in experts: shape and count."""
    inside = {f"{name}.{part}" for name, module in language if _is_linear(module) for part in ("weight", "bias")}
    counts: dict[str, Counter[tuple[int, ...]]] = {}
    for name, weight in model.named_parameters():
        if is_tower(name) or name in inside or _is_expert(name):
            continue
        counts.setdefault(_path(name), Counter())[tuple(weight.shape)] += 1
    return {name: [[list(shape), count] for shape, count in shapes.items()] for name, shapes in counts.items()}


def _is_expert(name: str) -> bool:
    return ".experts." in name and not name.endswith(("weight", "bias"))


def _norms(modules: _Named) -> dict[str, int]:
    """Return the norms within layers by their path, those of queries and keys too."""
    return dict(Counter(_path(name) for name, module in modules if _is_norm(module) and _layer(name)))


def _norms_per_layer(modules: _Named, config: Any) -> int:
    """Return the norms of one layer that work on the residual stream's width: the most that a layer has."""
    hidden = config.get_text_config().hidden_size
    counts: Counter[str] = Counter()
    for name, module in modules:
        layer = _layer(name)
        if layer and _is_norm(module) and not _HEAD_NORM.search(name) and _width(module) in {hidden, None}:
            counts[layer] += not _INNER_NORM.search(name)
    return max(counts.values(), default=0)


def _is_norm(module: nn.Module) -> bool:
    return "Norm" in type(module).__name__


def _is_layer_norm(name: str, module: nn.Module) -> bool:
    from torch import nn

    return isinstance(module, nn.LayerNorm) and bool(_layer(name)) and "indexer" not in name


def _width(module: Any) -> int | None:
    """Return the width of a norm; none where it has no weights."""
    weight = getattr(module, "weight", None)
    return None if weight is None else int(weight.shape[-1])


def _is_gated(modules: _Named, model: Any) -> bool:
    """Return whether a feed-forward layer has a gate: as a matrix of its own, or in one that holds two."""
    gates = ("gate_proj", "gate_up_proj", "input_linear", "w1")
    names = {_last(name) for name, module in modules if _is_linear(module) and "compressor" not in name}
    return bool(names & set(gates)) or any(".gate_up_proj" in name for name, _ in model.named_parameters())


def _is_tied(model: Any) -> bool:
    """Return whether the output head is the embedding matrix."""
    head = model.get_output_embeddings()
    return head is not None and head.weight is model.get_input_embeddings().weight


def _layer(name: str) -> str:
    """Return the layer that a module is in: the path to the first number."""
    found = re.match(r".*?\.\d+(?=\.)", name)
    return found[0] if found else ""


def _path(name: str) -> str:
    """Return the path within a layer; of what stands outside of layers, the last two names."""
    layer = _layer(name)
    return name[len(layer) + 1 :] if layer else ".".join(name.split(".")[-2:])


def _last(name: str) -> str:
    """Return the last name of a path; of a module in a list, that of the list."""
    return next(part for part in reversed(name.split(".")) if not part.isdigit())


def _target(name: str) -> str:
    """Return the shortest name that PEFT takes for a module: of one in a list, the number needs that of the list."""
    before, _, last = name.rpartition(".")
    return f"{before.rpartition('.')[2]}.{last}" if last.isdigit() else last


def _silence() -> None:
    """Silence the deprecation warnings of libraries."""
    import transformers

    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    logging.disable(logging.WARNING)


if __name__ == "__main__":
    raise SystemExit(main())
