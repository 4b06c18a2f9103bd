"""
Rules across the fields of an entry, and between the entries of a file.

The rules read raw entries that follow the schema: a check of files then needs none of the model classes, which cost
more to build than a hundred entries to check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from model_garden_registry.checks.entry.ids import look_alike, skeletons_of, unusual
from model_garden_registry.checks.entry.target_modules import modules_of
from model_garden_registry.entries.patterns import unreal_date
from model_garden_registry.errors import closing
from model_garden_registry.files.positions import pointer_segments
from model_garden_registry.findings import Code, Severity
from model_garden_registry.units import GB, short_number

if TYPE_CHECKING:
    from model_garden_registry.entries.tasks import Task

#: An entry that follows the schema, as raw JSON; unknown keys are ignored.
RawEntry = Mapping[str, Any]
_NAMED = 3  # other entries that a message names


def meant(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence that says which of some names is meant; empty if none is close."""
    from model_garden_registry.near_names import close_names  # late: most files have no unknown name

    return closing(close_names(name, names))


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    A rule that does not hold.

    Args:
        code: The rule.

        severity: How much it weighs.

        where: Location of the wrong value below the entry, or below the file.

        message: One sentence.
    """

    code: Code
    severity: Severity
    where: tuple[str, ...]
    message: str

    def concerns(self, task: Task) -> bool:
        """Return whether the rule concerns a task; rules about the other task's defaults do not."""
        other = "inference_defaults" if task == "training" else "training_defaults"
        return self.where[:1] != (other,)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What an entry is checked against.

    Args:
        models: Raw entries of the file, by id.

        categories: Keys of the categories; None where the file states none that can be read.

        aliases: Ids that resolve to each alias, by alias.

        skeletons: Ids and aliases, by their visual skeleton.
    """

    models: Mapping[str, Any]
    categories: Collection[str] | None
    aliases: Mapping[str, Sequence[str]]
    skeletons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folded: Mapping[str, str] = field(default_factory=dict)  # ids by their text without case


def surroundings_of(models: Mapping[str, Any], categories: Collection[str] | None) -> Surroundings:
    """Collect what the entries of a file are checked against, from raw values of any type."""
    claims: dict[str, list[str]] = {}
    for key, raw in models.items():
        stated = raw.get("aliases") if isinstance(raw, dict) else None
        for alias in stated if isinstance(stated, list) else ():
            if isinstance(alias, str):
                claims.setdefault(alias, []).append(key)
    skeletons = skeletons_of({**models, **claims})
    return Surroundings(models, categories, claims, skeletons, {key.casefold(): key for key in models})


def head_flaws(last_updated: str) -> Iterator[Flaw]:
    """Check the fields beside the entries."""
    try:
        datetime.fromisoformat(last_updated)
    except ValueError as error:
        message = f"last_updated is {last_updated}, which is not a real date and time: {error}"
        yield Flaw(Code.DATE_INVALID, Severity.FAIL, ("last_updated",), message)


def entry_flaws(key: str, entry: RawEntry, surroundings: Surroundings) -> Iterator[Flaw]:
    """Check one entry by every rule."""
    yield from _identity(key, entry, surroundings)
    yield from _lifecycle(key, entry, surroundings)
    for rule in _RULES:
        yield from rule(entry)


def _identity(key: str, entry: RawEntry, around: Surroundings) -> Iterator[Flaw]:
    if entry["id"] != key:
        yield Flaw(Code.ID_MISMATCH, Severity.FAIL, ("id",), f"id is {entry['id']!r}, but the entry's key is {key!r}")
    yield from _look(key, (), around)
    category = entry["category"]
    if around.categories is not None and category not in around.categories:
        message = f"category {category!r} is not in categories{meant(category, around.categories)}"
        yield Flaw(Code.CATEGORY_UNKNOWN, Severity.FAIL, ("category",), message)
    if entry.get("base_model") == key:
        yield Flaw(Code.BASE_MODEL_SELF, Severity.FAIL, ("base_model",), "base_model is the entry itself")
    for index, alias in enumerate(entry.get("aliases", ())):
        yield from _look(alias, ("aliases", str(index)), around)
        same = alias if alias in around.models else around.folded.get(alias.casefold(), key)
        claimants = (claimant for claimant in around.aliases.get(alias, ()) if claimant != key)
        others = [*islice(claimants, _NAMED), *([same] if alias in around.models or same != key else [])]
        if others:  # an id in other case means that model, too
            message = f"alias {alias!r} already belongs to {', '.join(others)}"
            yield Flaw(Code.ALIAS_TAKEN, Severity.FAIL, ("aliases", str(index)), message)


def _look(model_id: str, where: tuple[str, ...], around: Surroundings) -> Iterator[Flaw]:
    if message := look_alike(model_id, around.skeletons):
        yield Flaw(Code.ID_LOOK_ALIKE, Severity.FAIL, where, message)
    elif message := unusual(model_id):
        yield Flaw(Code.ID_UNUSUAL, Severity.WARNING, where, message)


def _lifecycle(key: str, entry: RawEntry, around: Surroundings) -> Iterator[Flaw]:
    status, deprecation = entry["status"], entry.get("deprecation")
    yield from _copied_status(entry, around)
    successor = deprecation.get("successor") if deprecation else None
    for where, newer in ((("superseded_by",), entry.get("superseded_by")), (("deprecation", "successor"), successor)):
        if newer is not None and (newer == key or newer not in around.models):
            others = (model_id for model_id in around.models if model_id != key)
            wrong = "the entry itself" if newer == key else f"not in the registry{meant(newer, others)}"
            yield Flaw(Code.SUCCESSOR_UNKNOWN, Severity.FAIL, where, f"successor {newer!r} is {wrong}")
    if status == "deprecated" and successor is None:
        message = "deprecated, but deprecation names no successor"
        yield Flaw(Code.SUCCESSOR_MISSING, Severity.WARNING, ("status",), message)
    if deprecation is None:
        return
    if status != "deprecated":
        message = f"deprecation is given, but status is {status}"
        yield Flaw(Code.DEPRECATION_MISMATCH, Severity.FAIL, ("deprecation",), message)
    if message := unreal_date(deprecation["since"]):
        yield Flaw(Code.DATE_INVALID, Severity.FAIL, ("deprecation", "since"), message)


def _copied_status(entry: RawEntry, around: Surroundings) -> Iterator[Flaw]:
    """Check that a copy is deprecated together with its base model."""
    base = around.models.get(entry.get("base_model", ""))
    if isinstance(base, dict) and base.get("status") == "deprecated" != entry["status"]:
        message = f"{entry['status']}, but its base_model {entry['base_model']} is deprecated"
        yield Flaw(Code.BASE_DEPRECATED, Severity.WARNING, ("status",), message)


def _memory_order(entry: RawEntry) -> Iterator[Flaw]:
    top = entry["requirements"]
    blocks = [
        (("requirements",), top),
        *((("requirements", task), top.get(task)) for task in ("training", "inference")),
    ]
    for where, block in blocks:
        if block is None:
            continue
        for name in ("min_vram_gb", "recommended_vram_gb"):
            ours, total = block[name], top[name]
            if ours > total and block.get("min_gpus", 1) <= top.get("min_gpus", 1):
                message = (
                    f"{'.'.join(where)}.{name} is {short_number(ours)} GB, above the entry's {short_number(total)} GB"
                )
                yield Flaw(Code.TASK_ABOVE_TOTAL, Severity.FAIL, (*where, name), message)
        least, comfortable = block["min_vram_gb"], block["recommended_vram_gb"]
        if least > comfortable:
            message = f"min_vram_gb {short_number(least)} is above recommended_vram_gb {short_number(comfortable)}"
            yield Flaw(Code.MINIMUM_ABOVE_RECOMMENDED, Severity.FAIL, (*where, "min_vram_gb"), message)


#: Fewest and most bits per weight of any checkpoint, embeddings and scales included.
_FEWEST_BITS, _MOST_BITS = 1.5, 33

#: Which types hold weights of a method.
_TYPES_OF_METHOD: dict[str | None, tuple[str | None, ...]] = {
    None: (None,),
    "4bit": ("bitsandbytes", "bitsandbytes-dynamic", "awq", "gptq", "compressed-tensors", "squeezellm"),
    "8bit": ("bitsandbytes", "gptq", "compressed-tensors"),
    "awq": ("awq", "compressed-tensors"),
    "gptq": ("gptq", "compressed-tensors"),
    "fp8": ("fp8", "compressed-tensors", "modelopt"),
    "mxfp4": ("mxfp4", "compressed-tensors"),
    "nvfp4": ("modelopt", "compressed-tensors"),
    "w4a16": ("compressed-tensors",),
    "w8a8": ("compressed-tensors",),
    "w8a16": ("compressed-tensors",),
    "mixed": ("compressed-tensors", "modelopt"),
}


def _quantization(entry: RawEntry) -> Iterator[Flaw]:
    stated = entry.get("quantization", {})
    method, kind = stated.get("method"), stated.get("type")
    if kind not in _TYPES_OF_METHOD[method]:
        possible = " or ".join("null" if known is None else known for known in _TYPES_OF_METHOD[method])
        message = f"quantization method {method or 'null'} goes with type {possible}, not {kind or 'null'}"
        yield Flaw(Code.QUANTIZATION_MISMATCH, Severity.FAIL, ("quantization", "type"), message)
    if method is None and (stated.get("group_size") or stated.get("weights_gb")):
        message = "group_size and weights_gb are for quantised weights, and method is null"
        yield Flaw(Code.QUANTIZATION_MISMATCH, Severity.FAIL, ("quantization", "method"), message)
    yield from _file_size(entry, stated.get("weights_gb"))
    told = entry["inference_defaults"].get("quantization")
    retired = (("quantization", "type"), kind), (("inference_defaults", "quantization"), told)
    for where, value in retired:
        if value == "squeezellm":
            message = "squeezellm is no longer loaded by any engine; it is read, but never exported"
            yield Flaw(Code.QUANTIZATION_RETIRED, Severity.WARNING, where, message)


def _file_size(entry: RawEntry, stated_gb: float | None) -> Iterator[Flaw]:
    """Check the size of the files: a wrong unit, or another model's files, give bits per weight that no format has."""
    count = _architecture(entry).get("parameters")
    if not stated_gb or not count:
        return
    each = 8 * stated_gb * GB / count
    if not _FEWEST_BITS <= each <= _MOST_BITS:
        message = (
            f"{short_number(stated_gb)} GB are {each:.3g} bits for each of {short_number(count / 1e9)} billion weights"
        )
        yield Flaw(Code.QUANTIZATION_MISMATCH, Severity.FAIL, ("quantization", "weights_gb"), message)


def _architecture(entry: RawEntry) -> Mapping[str, Any]:
    return entry.get("architecture") or {}


def _capabilities(entry: RawEntry) -> Iterator[Flaw]:
    category, sees = entry["category"], entry["capabilities"]["vision"]
    if category in ("text-llm", "vision-vlm") and sees != category.startswith("vision"):
        message = f"vision is {str(sees).lower()} in category {category}"
        yield Flaw(Code.VISION_MISMATCH, Severity.FAIL, ("capabilities", "vision"), message)
    if entry["capabilities"]["training"] and entry["training_defaults"] is None:
        message = "training is true, but training_defaults is null"
        yield Flaw(Code.TRAINING_MISMATCH, Severity.FAIL, ("training_defaults",), message)


def _target_modules(entry: RawEntry) -> Iterator[Flaw]:
    known = modules_of(_architecture(entry).get("model_type"), entry["base_architecture"])
    if entry["training_defaults"] is None or known is None:
        return
    modules = entry["training_defaults"]["lora_config"]["target_modules"]
    for index, module in enumerate(() if isinstance(modules, str) else modules):
        if module.rpartition(".")[2] not in known:
            where = ("training_defaults", "lora_config", "target_modules", str(index))
            message = f"the architecture has no module {module!r}{meant(module, sorted(known))}"
            yield Flaw(Code.TARGET_MODULE_UNKNOWN, Severity.FAIL, where, message)


def _sources(entry: RawEntry) -> Iterator[Flaw]:
    for pointer, source in entry.get("sources", {}).items():
        if not _leads_somewhere(pointer, entry):
            message = f"sources names {pointer!r}, which is not in the entry"
            yield Flaw(Code.SOURCE_POINTER_UNKNOWN, Severity.FAIL, ("sources", pointer), message)
        if message := unreal_date(source["as_of"]):
            yield Flaw(Code.DATE_INVALID, Severity.FAIL, ("sources", pointer, "as_of"), message)


def _leads_somewhere(pointer: str, value: Any) -> bool:
    if not pointer.startswith("/"):
        return False
    for segment in pointer_segments(pointer):
        if isinstance(value, list):
            value = value[int(segment)] if segment.isdecimal() and int(segment) < len(value) else None
        else:
            value = value.get(segment) if isinstance(value, dict) else None
        if value is None:
            return False
    return True


_RULES: tuple[Callable[[RawEntry], Iterator[Flaw]], ...] = (
    _memory_order,
    _quantization,
    _capabilities,
    _target_modules,
    _sources,
)
