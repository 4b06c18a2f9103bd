"""The tables of the pages, generated from schema, findings, settings, modules and registry."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import TypeAdapter

import model_garden_registry
from model_garden_registry import Code, DriverState, Hardware, ModelRegistry, __version__
from model_garden_registry.catalogue.sizes import size_class
from model_garden_registry.catalogue.tags import APPLICATION_TAGS, TAGS
from model_garden_registry.checks.hardware.driver_states import cure_of, state_finding
from model_garden_registry.entries.allowed import allowed_words
from model_garden_registry.entries.registry_schema import registry_schema
from model_garden_registry.entries.settings.task_settings import (
    InferenceSettings,
    Settings,
    TrainingSettings,
    setting_fields,
)
from model_garden_registry.families.engines import Engine, engine_of
from model_garden_registry.families.family import family_of, known_model_types
from model_garden_registry.families.ranges import package_of
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.families.tables import table
from model_garden_registry.findings import Section
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.memory.classes import SPREADS, MemoryClass, Spread
from model_garden_registry.memory.constants import CALIBRATED, Calibration
from model_garden_registry.payloads.shapes.documents import DOCUMENTS, schema_name
from model_garden_registry.units import GIB, MIB, parse_parameter_count

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "docs" / "schemas"
PACKAGE = ROOT / "src" / "model_garden_registry"


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    names = head.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# ARCHITECTURE.md


def _floors() -> list[tuple[str, ...]]:
    """Return the floors, from the test that checks them."""
    return list(_constant("FLOORS"))


def _constant(name: str) -> Any:
    module = ast.parse((ROOT / "tests" / "test_floors.py").read_bytes())
    values = (
        node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    )
    return ast.literal_eval(next(values))


def modules() -> str:
    """Return every module by floor, in its folder's order, with the first line of its docstring."""
    rows = []
    for number, names in enumerate(_floors()):
        for path in filter(Path.exists, map(_path_of, names)):
            rows.append((str(number), f"`{_shown(path)}`", _summary(path)))
            rows += [("", f"`{_shown(file)}`", _summary(file)) for file in _members(path)]
    return _table("floor | file | what it is about", rows)


def _path_of(name: str) -> Path:
    if name == "model_garden":
        return ROOT / "src" / "model_garden" / "model_registry.py"
    return PACKAGE / name if (PACKAGE / name / "__init__.py").is_file() else PACKAGE / f"{name}.py"


def _shown(path: Path) -> str:
    name = path.relative_to(ROOT / "src").as_posix().removeprefix("model_garden_registry/")
    return f"{name}/" if path.is_dir() else name


def _members(path: Path) -> Iterator[Path]:
    """Yield the modules that a folder lists, and those of each folder in it."""
    if path.is_file():
        return
    for name in re.findall(r"^- (\w+):", _docstring(path / "__init__.py"), flags=re.MULTILINE):
        member = path / name if (path / name).is_dir() else path / f"{name}.py"
        yield member
        yield from _members(member)


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_bytes())) or ""


def _summary(path: Path) -> str:
    return _cell(_docstring(path / "__init__.py" if path.is_dir() else path).partition("\n")[0])


def owners() -> str:
    """Return the library → module table of the floors test, as far as the modules exist."""
    rows = [
        (f"`{library}`", f"`{owner.replace('.', '/')}{'' if '.' in owner else '/'}`")
        for library, owner in _constant("OWNERS").items()
        if PACKAGE.joinpath(*owner.split(".")).with_suffix(".py").exists() or (PACKAGE / owner / "__init__.py").exists()
    ]
    return _table("library | imported only by", rows)


# docs/registry-format.md

#: What format 1.0.0 does not have; every field of an object that is new is new as well.
_NEW = {
    "ModelInfo": (
        "base_model revision license gated released languages aliases architecture min_versions deprecation benchmarks "
        "sources"
    ),
    "Requirements": "training inference",
    "Capabilities": "reasoning",
    "TrainingDefaults": "stack",
    "InferenceDefaults": "engine",
}
#: What neither 1.0.0 nor 1.1.0 has.
_NEWEST = {
    "": "extends",
    "Architecture": "layers mtp_layers",
    "MixtureOfExperts": "moe_latent_size",
    "Quantization": "group_size weights_gb",
    "TrainingDefaults": "full chat_template",
    "Hyperparameters": "weight_decay warmup_ratio max_grad_norm packing seed",
    "LoraConfig": "target_parameters modules_to_save use_dora",
    "InferenceDefaults": (
        "sampling tool_call_parser reasoning_parser trust_remote_code kv_cache_dtype max_num_seqs max_lora_rank "
        "limit_mm_per_prompt"
    ),
}
#: Objects that only those have.
_NEWEST_OBJECTS = ("LayerGroup", "FullDefaults", "Sampling", "PromptLimits")
#: A larger choice is left to the schema.
_SHOWN_VALUES = 12


def fields() -> str:
    """Return one table for each object of the format, from the outside in."""
    schema = registry_schema()
    definitions = schema["definitions"]
    is_new = {f"{name}.{field}" for name, names in _NEW.items() for field in names.split()}
    if unknown := is_new - {f"{name}.{field}" for name, node in definitions.items() for field in node["properties"]}:
        raise ValueError(f"not in the schema: {', '.join(sorted(unknown))}")
    is_newest = {f"{name}.{field}" for name, names in _NEWEST.items() for field in names.split()}
    sections = []
    new_objects: set[str] = set()
    for name, places in _objects(schema).items():
        node = definitions[name] if name else schema
        rows = []
        for field, value in node["properties"].items():
            since = "1.1" if f"{name}.{field}" in is_new or name in new_objects else "1.0"
            if since == "1.1":
                new_objects |= set(_references(value)) - {"Category"}
            since = "1.2" if name in _NEWEST_OBJECTS or f"{name}.{field}" in is_newest else since
            required = field in node["required"] if "required" in node else False
            default = "required" if required else f"`{json.dumps(value['default'])}`"
            rows.append((f"`{field}`", _words(value), default, since, _cell(value["description"])))
        table = _table("field | value | default | since | meaning", rows)
        sections.append(f"### {' and '.join(places)}\n\n{node['description']}\n\n{table}")
    return "\n\n".join(sections)


def _objects(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every object of the format by definition, "" for the file itself, with the places where it stands."""
    found: dict[str, list[str]] = {"": ["The file"]}
    pending = [("", schema)]
    while pending:
        prefix, node = pending.pop(0)
        for field, value in node["properties"].items():
            for reference in _references(value):
                key = ".KEY" if "additionalProperties" in value else "[]" if value.get("type") == "array" else ""
                place = "an entry" if reference == "ModelInfo" else f"`{prefix}{field}{key}`"
                if reference not in found:
                    inner = "" if reference == "ModelInfo" else f"{prefix}{field}{key}."
                    pending.append((inner, schema["definitions"][reference]))
                found.setdefault(reference, []).append(place[:1].upper() + place[1:])
    return found


def _references(value: Mapping[str, Any]) -> Iterator[str]:
    for key in ("items", "additionalProperties"):
        if isinstance(value.get(key), dict):
            yield from _references(value[key])
    for alternative in [value, *value.get("allOf", ()), *value.get("anyOf", ())]:
        if "$ref" in alternative:
            yield alternative["$ref"].rpartition("/")[2]


def _words(value: Mapping[str, Any]) -> str:
    """Return a field's allowed values in the words of the error messages, short for long choices."""
    if list(_references(value)):
        inner = "list of objects" if value.get("type") == "array" else "object"
        inner = "objects by key" if "additionalProperties" in value else inner
        return f"{inner} or null" if {"type": "null"} in value.get("anyOf", ()) else inner
    if value.get("type") == "object":
        return "texts by key"
    if len(choice := value.get("enum", ())) > _SHOWN_VALUES:
        return f"one of {len(choice)} words, such as `{value['examples'][0]}`"
    if "pattern" in value:
        return allowed_words(value).replace("a text", f"a text such as `{value['examples'][0]}`")
    bounded = {key: bound for key, bound in value.items() if key != "maximum" or bound < 10**15}
    return _cell(allowed_words(bounded))


# docs/json.md


def documents() -> str:
    """Return every document of the command line, with the commands that print it and its JSON schema."""
    rows = [
        (
            f"[`{name}`](schemas/{schema_name(name)})",
            _cell(document.contents),
            ", ".join(f"`{command}`" for command in document.commands)
            or (f"`{document.route}`" if document.route else "any command, with `--json`"),
        )
        for name, document in DOCUMENTS.items()
    ]
    return _table("format | what it holds | printed by", rows)


# docs/findings.md


def codes() -> str:
    """Return every code by its section, with the severities that it may have."""
    sections = []
    for section in Section:
        rows = [(f"`{code}`", ", ".join(code.severities), _cell(code.rule)) for code in Code if code.section is section]
        sections.append(f"### {section}\n\n{_table('code | weight | rule', rows)}")
    return "\n\n".join(sections)


# docs/hardware.md


def driver_states() -> str:
    """Return the meaning of each driver state."""
    rows = []
    for state in DriverState:
        silent = Hardware(source="nvml", state=state)
        if finding := state_finding(silent):
            rows.append((finding.code.rule, f"`{finding.code}`", str(finding.severity), cure_of(silent) or ""))
    return _table("what does not hold | code | weight | what helps", rows)


def known_gpus() -> str:
    """Return the table of GPUs that can be named."""
    rows = [
        (
            row.name,
            "none" if row.nvml_total_mib is None else str(row.nvml_total_mib),
            row.total_kind if row.derived_from is None else f"{row.total_kind} from {row.derived_from}",
            str(row.marketing_gb),
            ".".join(map(str, row.compute_capability)),
            row.architecture,
            "" if row.bandwidth_gb_per_s is None else f"{row.bandwidth_gb_per_s:g}",
            ", ".join(f"{name} {peak:g}" for name, peak in row.peak_tflops if name in {"fp32", "bf16", "fp8", "fp4"}),
            ", ".join(f"`{profile}` {mib}" for profile, mib in row.mig_total_mib),
        )
        for row in gpu_table()
    ]
    head = "GPU | MiB | how known | GB on the box | compute capability | architecture | GB/s | TFLOPS | MIG slices, MiB"
    return f"{len(rows)} GPUs:\n\n{_table(head, rows)}"


# docs/merging.md, README.md, docs/concepts.md


def training_settings() -> str:
    """Return every training setting with what it may be."""
    return _settings(TrainingSettings)


def inference_settings() -> str:
    """Return every inference setting with what it may be."""
    return _settings(InferenceSettings)


def _settings(kind: type[Settings]) -> str:
    rows = []
    for path, field in setting_fields(kind).items():
        kept: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        rows.append(
            (
                f"`{path}`",
                _words(TypeAdapter(kept).json_schema() | {"examples": field.examples}),
                _cell(field.description or ""),
            )
        )
    return _table("setting | value | meaning", rows)


#: What of a stack is a setting.
_CHOSEN = ("gradient_checkpointing", "attn_implementation", "loss", "adapter_dtype", "quantized_adapter_dtype")


def stacks() -> str:
    """Return the defaults of each training stack at the newest release that was read."""
    found = [stack_of(name) for name in table("stacks")["stacks"]]
    rows = [[f"`{name}`", *(f"`{json.dumps(getattr(stack, name))}`" for stack in found)] for name in _CHOSEN]
    return _table("setting | " + " | ".join(stack.named for stack in found), rows)


def covered() -> str:
    """Return every project with its oldest covered release and the newest that was read."""
    kinds = (
        ("training stack", "stacks", "stacks"),
        ("library", "stacks", "libraries"),
        ("engine", "engines", "engines"),
    )
    packages = [(kind, package_of(record)) for kind, name, part in kinds for record in table(name)[part].values()]
    rows = ([kind, package.title, package.oldest, package.read] for kind, package in packages)
    return _table("kind | project | oldest | newest read", rows)


#: What of a range is left to the file: where it was read, and lists of names.
_SILENT = ("since", "source", "quantizations", "kv_cache_dtypes", "config_defaults", "optimizers", "schedulers")


def releases() -> str:
    """Return what changed with which release: of stacks and engines, the facts by which an answer differs."""
    rows = []
    for name, part in (("stacks", "stacks"), ("engines", "engines")):
        for record in table(name)[part].values():
            package = package_of(record)
            for item in package.ranges[1:]:
                changed = [f"`{key}` {_brief(value)}" for key, value in item.items() if key not in _SILENT]
                if not changed:
                    continue
                rows.append((f"{package.title} {item['since']}", "; ".join(changed), item.get("source", "")))
    return _table("release | what is so from here on | read in", rows)


def _brief(value: object) -> str:
    """Write a value, of an object its keys; of rows, that there are other ones."""
    if isinstance(value, dict):
        return "of " + ", ".join(f"`{key}`" for key in value)
    is_rows = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
    return "anew" if is_rows else f"`{json.dumps(value)}`"


def engine_formats() -> str:
    """Return the lowest compute capability for each number format, by engine, and from where it computes in it."""
    engines = [engine_of(name) for name in table("engines")["engines"]]
    names = dict.fromkeys(name for engine in engines for name in engine.formats)
    rows = ([f"`{name}`", *(_support(engine, name) for engine in engines if engine.formats)] for name in names)
    heads = [engine.named for engine in engines if engine.formats]
    return _table("method/type | " + " | ".join(heads), rows)


def _support(engine: Engine, name: str) -> str:
    if name not in engine.formats:
        return "not known"
    support = engine.formats[name]
    if support is None:
        plugin = engine.plugins.get(name.rpartition("/")[2])
        return f"with `{plugin}`" if plugin else "does not load it"
    below = ", unpacked when loaded below" if support.unpacks else ""
    native = "" if support.least == support.native else f", native from {support.native}"
    return f"{support.least}{native}{below}"


def matrix() -> str:
    """Return what training stacks and serving engines do, as ``mgr matrix --format markdown`` writes it."""
    from model_garden_registry.cli.commands.verdicts.matrix import markdown

    return markdown(ModelRegistry(ROOT / "storage" / "models_registry.json").matrix())


def families() -> str:
    """Return how many families have a record, and how they were checked."""
    found = [family_of(name) for name in sorted(known_model_types())]
    asked = Counter(family.checked for family in found)
    counted = sum(family.counted for family in found)
    lines = [f"{len(found)} families; the weights of {counted} follow from config.json alone.", ""]
    return "\n".join([*lines, *(f"- {checked}: {number}" for checked, number in asked.most_common())])


def upstream_run() -> str:
    """Return when the tables were last checked against the real packages."""
    last = json.loads((ROOT / "docs" / "upstream.json").read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {version}" for name, version in last["versions"].items())
    facts = sum(last["facts"].values())
    return f"Last run: {last['date']}, {versions}; {facts} facts, none differed."


def counts() -> str:
    """Return the numbers of models, providers and categories in the shipped registry."""
    registry = ModelRegistry(ROOT / "storage" / "models_registry.json")
    entries = registry.values()
    categories = Counter(entry.category for entry in entries)
    states = Counter(entry.status for entry in entries)
    return (
        f"Release {__version__} ships {len(entries)} models "
        f"({', '.join(f'{number} {key}' for key, number in categories.items())}) "
        f"of {len({entry.provider for entry in entries})} providers: "
        f"{', '.join(f'{number} {status}' for status, number in states.most_common())}. "
        f"The file's format is {registry.version}."
    )


def tags() -> str:
    """Return every tag with its meaning, and how many of the shipped entries have it."""
    registry = ModelRegistry(ROOT / "storage" / "models_registry.json")
    used = Counter(tag for row in registry.rows() for tag in row.tags)
    rows = ((f"`{tag}`", meaning, str(used[tag])) for tag, meaning in {**TAGS, **APPLICATION_TAGS}.items())
    return _table("tag | an entry has it where | entries", rows)


def recommended() -> str:
    """Return the recommended first models, one of each category and size, and why."""
    registry = ModelRegistry(ROOT / "storage" / "models_registry.json")
    reasons = json.loads((ROOT / "tools" / "catalogue.json").read_text(encoding="utf-8"))["recommended"]
    rows = (
        (entry.category, size_class(parse_parameter_count(entry.parameters)), f"`{entry.id}`", reasons[entry.id])
        for entry in sorted(registry.get_recommended_models(), key=lambda entry: [*reasons].index(entry.id))
    )
    return _table("category | size | model | why this one", rows)


def source_names() -> str:
    """Return the short names of sources, with what they stand for."""
    known = json.loads((ROOT / "tools" / "facts" / "sources.json").read_text(encoding="utf-8"))
    rows = ((f"`{name}`", f"<{source['address']}>", source["as_of"]) for name, source in known.items())
    return _table("name | address | of", rows)


# docs/python.md


def public_names() -> str:
    """Return every public name with the first sentence of its description."""
    rows = [(f"`{name}`", _sentence_of(getattr(model_garden_registry, name))) for name in model_garden_registry.__all__]
    return _table("name | what it is", rows)


def _sentence_of(value: object) -> str:
    if isinstance(value, str):
        return "The version of this package, a text."
    return _cell((inspect.getdoc(value) or "").partition("\n\n")[0].replace("``", "`").replace("\n", " "))


# docs/memory-model.md


@cache
def _evaluation(measurements: str = "measured_memory") -> dict[str, Any]:
    folder = ROOT / "benchmarks"
    program = [sys.executable, str(folder / "evaluate_memory.py"), "--json", "--leave-out-source"]
    program += ["--measurements", str(folder / "data" / f"{measurements}.csv")]
    reply = subprocess.run(program, check=True, capture_output=True, encoding="utf-8")
    evaluation: dict[str, Any] = json.loads(reply.stdout)
    return evaluation


def memory_accuracy() -> str:
    """Return the errors of the library's estimates, in percent."""
    found, unseen = _evaluation(), _evaluation()["leave_out_source"]
    names = {"serving": "serving", "training": "training", "training_hf": "… with transformers and PEFT only"}
    rows = [
        (words, *_scores(found[name]), f"{unseen[name]['mape']:.1f}", f"{unseen[name]['p90']:.1f}")
        for name, words in names.items()
    ]
    tokens = found["kv_tokens"]
    table = _table(
        "measurements | n | mean | median | 90 % within | bias | short by > 5 % | `safe` short by > 5 % | "
        "mean, source unseen | 90 % within, source unseen",
        rows,
    )
    cache = (
        f"Tokens in vLLM's cache ({tokens['n']} start-up logs): median {tokens['median']:.2f} %, "
        f"mean {tokens['mean']:.2f} %, largest {tokens['max']:.1f} %."
    )
    return f"{table}\n\n{cache}"


def memory_accuracy_2026() -> str:
    """Return the errors on runs whose models are entries of the registry, by what was measured, in percent."""
    found, unseen = _evaluation("measured_2026"), _evaluation("measured_2026")["leave_out_source"]
    names = {
        "training": "training, peak",
        "training_certain": "… of certain lengths (packed, or every text cut)",
        "sharded": "… split over GPUs",
        "weights_quantised": "quantised weights, loaded",
        "weights": "weights, loaded",
        "non_kv": "vLLM, all but the cache",
        "kv_bytes": "cache, bytes a token",
        "kv_tokens": "cache, tokens of the start-up log",
    }
    rows = [(words, *_scores(found[name]), f"{unseen[name]['mape']:.1f}") for name, words in names.items()]
    return _table(
        "measurements | n | mean | median | 90 % within | bias | short by > 5 % | `safe` short by > 5 % | "
        "mean, source unseen",
        rows,
    )


def memory_classes() -> str:
    """Return margins and bands, and `safe` compared with the measurements, by class of runs, in percent."""
    names: tuple[str, ...] = (*get_args(MemoryClass), "overall")
    found = {name: _evaluation("measured_2026")[name] for name in names}
    spreads: Mapping[str, Spread] = {str(name): spread for name, spread in SPREADS.items()}
    rows = [
        (
            name.replace("_", " "),
            *(
                (f"{100 * spreads[name].margin:.0f}", f"{100 * spreads[name].band:.0f}")
                if name in SPREADS
                else ("", "")
            ),
            str(of["n"]),
            f"{of['mape']:.1f}",
            f"{of['safe_under5']:.1f}",
            f"{of['safe_ratio']:.2f}",
        )
        for name, of in found.items()
        if of["n"]
    ]
    return _table("class | margin | band | n | mean error | `safe` short by > 5 % | median of safe / measured", rows)


def memory_sources() -> str:
    """Return the errors by who published the measurement, in percent."""
    rows = [
        (f"{source} ({task})", *_scores(scores))
        for source, tasks in _evaluation()["by_source"].items()
        for task, scores in tasks.items()
    ]
    return _table("source | n | mean | median | 90 % within | bias | short by > 5 % | `safe` short by > 5 %", rows)


def memory_peers() -> str:
    """Return the errors of other estimators on the same measurements, in percent."""
    rows = [
        (name, task, *_scores(scores)[:-1])
        for name, tasks in _evaluation()["peers"].items()
        for task, scores in tasks.items()
        if scores["n"]
    ]
    return _table("estimator | task | n | mean | median | 90 % within | bias | short by > 5 %", rows)


def _scores(scores: Mapping[str, Any]) -> tuple[str, ...]:
    values = [scores[name] for name in ("mape", "median", "p90", "bias", "under5", "safe_under5")]
    return (str(scores["n"]), *("" if value is None else f"{value:.1f}" for value in values))


def memory_constants() -> str:
    """Return the constants that are fitted, with what they mean."""
    meanings = dict(
        re.findall(r"^ +(\w+): (.+(?:\n {8}.+)*)$", inspect.cleandoc(Calibration.__doc__ or ""), flags=re.MULTILINE)
    )
    rows = [
        (f"`{field.name}`", _constant_value(getattr(CALIBRATED, field.name)), " ".join(meanings[field.name].split()))
        for field in dataclasses.fields(CALIBRATED)
    ]
    return _table("constant | value | what it is", rows)


def _constant_value(value: float) -> str:
    return f"{value / GIB:.2f} GiB" if value > MIB else f"{value:g}"


# docs/http.md


def routes() -> str:
    """Return the routes, from the OpenAPI document."""
    rows = (
        (f"`{method.upper()} {path}`", _cell(route["description"]))
        for path, methods in _openapi_paths().items()
        for method, route in methods.items()
    )
    return _table("route | what it does", rows)


def list_parameters() -> str:
    """Return the parameters of a list, from the OpenAPI document."""
    rows = (
        (f"`{parameter['name']}`", _query_words(parameter["schema"]), _cell(parameter["description"]))
        for parameter in _openapi_paths()["/api/v1/registry/models"]["get"]["parameters"]
    )
    return _table("parameter | value | meaning", rows)


def _openapi_paths() -> Mapping[str, Any]:
    from model_garden_registry.server import create_app

    paths: Mapping[str, Any] = create_app(ROOT / "storage" / "models_registry.json").openapi()["paths"]
    return paths


def _query_words(schema: Mapping[str, Any]) -> str:
    """Return a parameter's allowed values, without null."""
    (kind, *_) = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return _cell(allowed_words({key: value for key, value in kind.items() if key not in ("maxLength", "maxItems")}))


BLOCKS: dict[str, Callable[[], str]] = {
    block.__name__: block
    for block in (
        *(
            codes,
            counts,
            covered,
            documents,
            driver_states,
            engine_formats,
            families,
            fields,
            inference_settings,
            known_gpus,
            list_parameters,
            matrix,
            modules,
            owners,
            public_names,
            recommended,
            releases,
            routes,
            source_names,
            stacks,
            tags,
            upstream_run,
        ),
        *(memory_accuracy, memory_accuracy_2026, memory_classes, memory_constants, memory_peers, memory_sources),
        training_settings,
    )
}
