"""What the command line prints has the shape, and the JSON schema, that its format promises."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from cluster_samples import KUBECTL, RAY, SLURM_JSON
from hub_stand_in import hub
from made_up_tool import WEAVER, words_below
from own_facts import facts_laid_over
from pydantic import BaseModel, TypeAdapter
from remote_site import keep_download, registry_bytes
from typer.testing import CliRunner

import model_garden_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.cli.app import app
from model_garden_registry.dialects import targets
from model_garden_registry.hardware.gpus import Cause, Gpu, GpuProcess, Hardware, HostMemory, Slice, Unread
from model_garden_registry.hardware.inventory import probing
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.payloads.hardware import snapshot_document
from model_garden_registry.payloads.shapes.documents import DOCUMENTS, schema_of
from model_garden_registry.payloads.shapes.errors import ErrorDocument
from model_garden_registry.payloads.shapes.shape import Shape
from model_garden_registry.units import GB, MIB

Print = Callable[[str], str]

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(model_garden_registry.__file__).resolve().parent
REGISTRIES = ROOT / "tests" / "registries"
APPLICATION, EVERY_KEY = (REGISTRIES / "valid" / f"{name}.json" for name in ("application", "every_key"))
SHIPPED = bundled_registry()

VISION = "Qwen/Qwen2.5-VL-7B-Instruct"
TINY = "unsloth/tinyllama-bnb-4bit"
AWQ = "Qwen/Qwen3-8B-AWQ"
MODEL = "acme/owl-vl-30b-a3b"
#: Where only a loss that needs another package is left.
LIGER = (
    "meta-llama/Llama-3.1-8B-Instruct --gpu 'RTX 4090' --set stack=ms-swift --set batch_size=8 --set max_seq_length=512"
)

#: A machine that can do everything that a snapshot has a place for, and one that nothing is known of.
HOST = Hardware(
    source="nvml",
    driver_version="580.159",
    cuda_version="13.0",
    gpus=(
        Gpu(
            index=0,
            name="NVIDIA L4",
            uuid="GPU-a",
            total_bytes=23034 * MIB,
            free_bytes=Unread(Cause.NO_PERMISSION, "not permitted (4)"),
            compute_capability=(8, 9),
            processes=(GpuProcess(pid=7, name="python", used_bytes=MIB), GpuProcess(pid=8)),
            ecc_errors=0,
        ),
        Gpu(
            index=1,
            name="NVIDIA A100",
            total_bytes=40960 * MIB,
            mig_enabled=True,
            slices=(Slice(gpu_index=1, index=0, name="NVIDIA A100 MIG 1g.5gb", total_bytes=4864 * MIB),),
        ),
        Gpu(index=2, name="Tesla T4", total_bytes=15360 * MIB, problem=Unread(Cause.LOST, "GPU is lost (15)")),
    ),
    ram=HostMemory(total_bytes=64 * GB, limited_by="container"),
    cuda_visible_devices="0,1",
    hints=("in a container",),
)
FILES: dict[str, Any] = {
    "host.json": snapshot_document(HOST),
    "silent.json": snapshot_document(Hardware(source="none")),
    "several.json": {**snapshot_document(Hardware(source="named")), "alternatives": [[{"name": "L4", "total_mib": 1}]]},
    "cluster.json": {"nodes": [{"name": "n", "hardware": "A100:4"}, {"name": "m", "hardware": None}]},
    "pools.json": {
        "nodes": [
            {"name": "a", "pool": "p", "count": 2, "hardware": "8x H100-80GB"},
            {"name": "b", "hardware": None},
            {"name": "c", "hardware": "H100-80GB 1g.10gb:7"},
        ]
    },
    "no_snapshot.json": {"format": "mgr.hardware/1", "gpus": 3},
    "config.json": {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "vocab_size": 128256,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "max_position_embeddings": 131072,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "hidden_act": "silu",
    },
    "unknown.json": {"model_type": "llamo"},
}

#: Files of the made-up tool, and one that is nobody's.
TOOL_FILES = {
    "weaver.yaml": f"model: {VISION}\nrows: 64\nlog_to: x\nmirror: true\nrowz: 1\nlines: 2\nrate: many\n",
    "nameless.yaml": "rows: 1\n",
    "served.yaml": f"model: {AWQ}\nrows: 1\n",
    "other.yaml": "a: 1\n",
    "named.yaml": "model: meta-llama/Meta-Llama-3.1-8B-Instruct\nbase_model: acme/nothing\n",
}

#: Formats of files that are written, and printed by no command.
OF_FILES = {"mgr.lock/1"}
#: Of a registry whose last download is kept.
ADDRESS = "https://models.example/registry.json"

#: Arguments that have no answer, a line each.
UNANSWERED = f"""
list --no-such-option
list --size enormous
list --limit 0
list --format jsn
list --gpu L5
list --json --format csv
lst
show
show none
show {TINY} more
--registry gone.json show x
--registry host.json list
--registry broken.json show acme/bad
--registry {REGISTRIES / "invalid" / "infinity.json"} list
compare {TINY}
compare {TINY} {TINY}
compare none other
categories x
stats --format csv
audit none
audit --fail-on old
audit --older-than soon
defaults teaching x
defaults training none
defaults training {AWQ}
defaults training {VISION} --set batch_siz=1
defaults training {VISION} --set batch_size=many
defaults training {VISION} --set r
defaults training {VISION} --overrides gone.json
estimate inference {TINY} --gpu L5
estimate inference {TINY} --gpu L4:x
estimate inference {TINY} --sweep none=1
estimate inference {TINY} --sweep 1
estimate inference {TINY} --hardware no_snapshot.json
fit training --gpu L5
fit training --gpu ''
fit training --inventory host.json
validate training {TINY} --inventory cluster.json --gpu L4
fit inference --hardware gone.json
validate
validate training
validate training none
validate training {VISION} --set r=none
validate training {TINY} --method half
validate inference {TINY} --gpu L4 --hardware host.json
matrix none
export weavr {TINY}
export weaver
export weaver {AWQ}
check other.yaml
check gone.yaml
drift other.yaml
drift nameless.yaml
lint gone.json
schema check gone.json
hardware x
hardware --hardware gone.json
hardware --hardware no_snapshot.json
inventory from slurm host.json
inventory from ray gone.json
inventory merge host.json config.json
inventory show host.json
inventory probe
inventory place inference {TINY}
inventory place inference {TINY} --inventory gone.json
inventory place inference {TINY} --inventory pools.json --replicas no
diff
diff {APPLICATION} gone.json
diff host.json host.json
new org/model
new model --config config.json
new org/model --config unknown.json
"""

#: Format and arguments, for good questions and bad ones.
CASES = [
    *(("mgr.list/1", f"list {options}") for options in ("", "--limit 2", "nothing-like-it", "--sort size --vision")),
    *(("mgr.list/1", f"--registry {path} list") for path in (APPLICATION, EVERY_KEY)),
    ("mgr.list/1", "list --gpu L4 --size tiny"),
    ("mgr.list/1", "list --gpu A100 --size tiny"),
    *(("mgr.entry/1", f"show {model}") for model in (VISION, TINY, AWQ)),
    ("mgr.entry/1", f"--registry {EVERY_KEY} show {MODEL}"),
    ("mgr.entry/1", f"show {TINY} --origins"),
    ("mgr.entry/1", "new org/Model-1B --config config.json"),
    *(("mgr.categories/1", f"--registry {path} categories") for path in (SHIPPED, APPLICATION, EVERY_KEY)),
    *(("mgr.compare/1", f"compare {TINY} {options}") for options in (VISION, f"{AWQ} {VISION} --diff")),
    *(("mgr.stats/1", f"--registry {path} stats") for path in (SHIPPED, APPLICATION, EVERY_KEY)),
    *(("mgr.audit/1", f"audit {options}") for options in ("", f"{TINY} --older-than 2026-01 --fail-on old")),
    ("mgr.audit/1", f"--registry {APPLICATION} audit --fail-on declared"),
    ("mgr.audit/1", f"--registry {EVERY_KEY} audit"),
    *(
        ("mgr.defaults/1", f"defaults {task} {model} {explain}")
        for task in ("training", "inference")
        for model in (VISION, TINY)
        for explain in ("", "--explain")
    ),
    ("mgr.defaults/1", f"defaults training {VISION} --set r=8 --set sharding=fsdp --method full"),
    *(
        ("mgr.estimate/1", f"estimate {task} {TINY} {options}")
        for task in ("training", "inference")
        for options in ("", "--gpu L4", "--gpu A100", "--hardware host.json", "--hardware silent.json")
    ),
    ("mgr.estimate/1", "estimate inference Qwen/Qwen2.5-14B-Instruct"),
    ("mgr.estimate/1", f"estimate training {VISION}"),
    ("mgr.estimate/1", "estimate training unsloth/phi-4-bnb-4bit"),
    ("mgr.estimate/1", f"--registry {APPLICATION} estimate training {VISION} --gpu T4"),
    *(("mgr.sweep/1", f"estimate training {TINY} --sweep batch_size=1,2 {gpu}") for gpu in ("", "--gpu T4")),
    ("mgr.sweep/1", f"estimate inference {TINY} --sweep kv_cache_dtype=auto,fp8"),
    *(
        ("mgr.fit/1", f"fit {options} --size 7B")
        for options in ("inference --gpu L4", "inference --gpu A100 --limit 2", "training --gpu 'L4:2'")
    ),
    ("mgr.fit/1", "fit inference nothing-like-it --gpu L4"),
    ("mgr.fit/1", "fit inference --size tiny --hardware host.json"),
    ("mgr.list/1", "list --task training --gpu T4,H100"),
    ("mgr.fits/1", "fit training --size tiny --gpu T4,L4"),
    *(("mgr.fits/1", f"fit {task} {TINY} --inventory cluster.json") for task in ("training", "inference")),
    *(("mgr.reports/1", f"validate {task} {TINY} --inventory cluster.json") for task in ("training", "inference")),
    *(
        ("mgr.plan/1", f"plan {task} {model} --gpu T4,H100")
        for task in ("training", "inference")
        for model in (VISION, TINY)
    ),
    *(("mgr.plan/1", f"plan {task} {VISION} --inventory pools.json") for task in ("training", "inference")),
    ("mgr.plan/1", f"plan inference {VISION} --gpu T4 --set tensor_parallel_size=1 --limit 1"),
    *(("mgr.matrix/1", f"matrix {model}") for model in ("", VISION, AWQ, TINY)),
    *(
        ("mgr.report/1", f"validate {task} {model} {options}")
        for task in ("training", "inference")
        for model in (VISION, TINY)
        for options in ("--skip-hardware", "--gpu T4", "--gpu A100", "--hardware host.json", "--hardware silent.json")
    ),
    ("mgr.report/1", f"validate training {AWQ} --gpu L4"),
    ("mgr.report/1", f"validate training {VISION} --gpu L4 --set max_seq_length=200000"),
    ("mgr.report/1", f"validate inference {VISION} --gpu L4:2 --set tensor_parallel_size=2 --set engine=sglang"),
    ("mgr.report/1", f"validate inference {VISION} --gpu L4 --set engine=sglang --set nodes=2"),
    ("mgr.report/1", f"validate training {VISION} --gpu 'A100 MIG 1g.5gb' --strict"),
    *(("mgr.report/1", f"validate {task} {TINY.upper()} --skip-hardware") for task in ("training", "inference")),
    ("mgr.report/1", f"validate training {LIGER}"),
    ("mgr.report/1", "lint"),
    *(("mgr.report/1", f"{check} {APPLICATION}") for check in ("lint", "schema check")),
    *(
        ("mgr.report/1", f"{check} {path}")
        for path in sorted((REGISTRIES / "invalid").glob("*[!s].json"))
        for check in ("lint", "schema check")
        if not path.name.endswith(".findings.json")
    ),
    ("mgr.reports/1", f"validate training {TINY} {VISION} none --gpu L4"),
    ("mgr.reports/1", f"validate inference {TINY} {TINY}x --skip-hardware"),
    ("mgr.reports/1", "--registry small.json validate inference --all --skip-hardware"),
    *(("mgr.reports/1", f"{check} {APPLICATION} {EVERY_KEY} gone.json") for check in ("lint", "schema check")),
    ("mgr.targets/1", "export"),
    *(("mgr.export/1", f"export weaver {TINY} {options}") for options in ("", "--gpu L4 --format json")),
    *(
        ("mgr.check/1", f"check {files} {options}")
        for files in ("weaver.yaml", "nameless.yaml weaver.yaml other.yaml", "weaver.yaml served.yaml")
        for options in ("--skip-hardware", "--gpu T4", "--gpu T4,L4")
    ),
    *(("mgr.drift/1", f"drift {file}") for file in ("weaver.yaml", "nameless.yaml --model qwen3-8b")),
    ("mgr.hardware/1", "hardware"),
    *(("mgr.hardware/1", f"hardware --hardware {name}.json") for name in ("host", "silent", "several")),
    *(
        ("mgr.diff/1", f"diff {old} {new}")
        for old in (APPLICATION, SHIPPED)
        for new in (SHIPPED, EVERY_KEY, APPLICATION)
    ),
    ("mgr.diff/1", "diff small.json renamed.json"),
    ("mgr.status/1", "registry status"),
    ("mgr.inventory/1", f"inventory from slurm {SLURM_JSON}"),
    ("mgr.inventory/1", f"inventory from kubernetes {KUBECTL}"),
    ("mgr.inventory/1", f"inventory from ray {RAY}"),
    ("mgr.inventory/1", "inventory merge host.json silent.json cluster.json"),
    ("mgr.inventory/1", "inventory show cluster.json"),
    ("mgr.inventory/1", "inventory probe --ray auto"),
    ("mgr.placement/1", f"inventory place inference {AWQ} {VISION} --inventory pools.json --replicas 12"),
    ("mgr.placement/1", "inventory place training tinyllama-bnb-4bit --inventory cluster.json"),
    ("mgr.placement/1", f"--registry small.json inventory place inference {MODEL} --inventory pools.json"),
    ("mgr.update/1", "registry update"),
    ("mgr.index/1", "site build published --registry-only"),
    *(
        ("mgr.outdated/1", f"registry outdated {files}")
        for files in ("named.yaml", "other.yaml", "gone.yaml other.yaml")
    ),
    *(("mgr.scan/1", f"registry scan {folder}") for folder in ("models", "")),
    ("mgr.drafts/1", "registry scan --hub acme"),
    *(("mgr.error/1", arguments) for arguments in UNANSWERED.strip().splitlines()),
]


@pytest.fixture(scope="module", autouse=True)
def _families() -> Iterator[None]:
    """Let the shape of a Llama tell all its weights."""
    with facts_laid_over(families={"families": {"llama": {"counted": True}}}):
        yield


@pytest.fixture(scope="module", autouse=True)
def _tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the made-up tool be the only one whose files are read and written."""
    with words_below(tmp_path_factory.mktemp("words")), pytest.MonkeyPatch.context() as patch:
        patch.setattr(targets, "DIALECTS", (WEAVER, *targets.DIALECTS))
        yield


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    """Let a Ray cluster answer that has no node."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "probe_ray", lambda _: Inventory(source="probe", as_of="2026-01-01T00:00:00Z", nodes=()))
        yield


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve two models of an organisation; one has no config.json."""
    config = json.dumps(FILES["config.json"]).encode()
    with hub({"acme/Owl-1B": {"config.json": config}}, {"acme": [{"id": "acme/Owl-1B"}, {"id": "acme/lost"}]}) as url:
        yield url


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, address: str) -> Print:
    """Run a command where the files are that it names, once for the whole module; return what it writes to stdout."""
    folder = tmp_path_factory.mktemp("documents")
    small = json.loads(EVERY_KEY.read_bytes())
    entry = {**small["models"][MODEL], "aliases": []}
    files = {
        **FILES,
        "small.json": {**small, "models": {MODEL: entry}},
        "renamed.json": {**small, "models": {"acme/new": {**entry, "id": "acme/new", "aliases": [MODEL], "notes": []}}},
        "broken.json": {**small, "models": {"acme/bad": {**entry, "id": "acme/bad", "name": 4}}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")

    for name, text in TOOL_FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    made_models(folder)

    team = folder / "team"
    team.mkdir()
    (team / "mgr.toml").write_text(f'[remote]\nurl = "{ADDRESS}"\n', encoding="utf-8")
    surroundings = {"XDG_CACHE_HOME": str(folder / "cache"), "MGR_OFFLINE": "1", "HF_HUB_CACHE": "hub"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", surroundings["XDG_CACHE_HOME"])
        keep_download(ADDRESS, registry_bytes(date="2001-01-01T00:00:00Z"))

    @cache
    def run(arguments: str) -> str:
        is_remote = arguments in {"registry status", "registry update"}
        with chdir(team if is_remote else folder):
            return (
                CliRunner()
                .invoke(app, [*shlex.split(arguments), "--json"], env={**surroundings, **hub_of(arguments, address)})
                .stdout
            )

    return run


def hub_of(arguments: str, address: str) -> dict[str, str]:
    """Return what a question to the Hub needs: its address, and leave to ask."""
    return {"HF_ENDPOINT": address, "MGR_OFFLINE": ""} if "--hub" in arguments else {}


def made_models(folder: Path) -> None:
    """Make models of each kind: in a cache, in a folder, an adapter, without weights."""
    for name in ("hub/models--acme--x/snapshots/abc", "hub/models--BAAI--bge-m3", "models/own", "models/adapter"):
        (folder / name).mkdir(parents=True)
    (folder / "hub/models--acme--x/snapshots/abc/model.safetensors").write_text("")
    (folder / "models/own/config.json").write_text(json.dumps(FILES["config.json"]), encoding="utf-8")
    (folder / "models/adapter/adapter_config.json").write_text('{"base_model_name_or_path": "a/b"}', encoding="utf-8")


@cache
def adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(DOCUMENTS[name].shape)


@cache
def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(schema_of(name))


pytestmark = pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=[f"{name} {line}"[:90] for name, line in CASES])
def test_a_document_has_its_shape(name: str, arguments: str, printed: Print) -> None:
    """Every key is one of the shape and every key of the shape is there; the published schema takes it as well."""
    document = printed(arguments)

    assert json.loads(document)["format"] == name
    adapter(name).validate_json(document)
    validator(name).validate(json.loads(document))


def test_every_key_of_a_shape_is_in_some_document_and_the_optional_ones_not_in_all(printed: Print) -> None:
    """No shape promises what nothing prints, or calls optional what is always there."""
    seen: Counter[tuple[str, str]] = Counter()
    objects: Counter[str] = Counter()
    for name, arguments in CASES:
        for value in shapes(adapter(name).validate_json(printed(arguments))):
            objects[type(value).__name__] += 1
            seen.update((type(value).__name__, key) for key in value.model_fields_set)

    errors = {kind.__name__ for kind in ErrorDocument.__args__}  # tests/payloads/shapes/test_errors.py has them all
    kinds = {kind for kind in subclasses(Shape) if kind.__name__ in objects and kind.__name__ not in errors}
    never = [f"{kind.__name__}.{key}" for kind in kinds for key in kind.model_fields if not seen[kind.__name__, key]]
    always = [
        f"{kind.__name__}.{key}"
        for kind in kinds
        for key, field in kind.model_fields.items()
        if not field.is_required() and seen[kind.__name__, key] == objects[kind.__name__]
    ]

    assert (sorted(never), sorted(always)) == ([], [])


def shapes(value: object) -> Iterator[BaseModel]:
    if isinstance(value, Shape):
        yield value
        for key in value.model_fields_set:
            yield from shapes(getattr(value, key))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from shapes(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from shapes(item)


def subclasses(kind: type[Shape]) -> Iterator[type[Shape]]:
    for inner in kind.__subclasses__():
        yield from (inner, *subclasses(inner))


def words_of(command: str) -> str:
    """Return the words of a command line before its options: ``mgr schema check``."""
    return command.partition(" --")[0]


def test_every_command_of_a_document_prints_it() -> None:
    """And no other does."""
    listed = {(name, words_of(command)) for name, kind in DOCUMENTS.items() for command in kind.commands}
    commands = sorted({words for _, words in listed}, key=len, reverse=True)

    def command_of(arguments: str) -> str:
        plain = re.sub(r"^--registry \S+ ", "", arguments)
        return next(words for words in commands if f"mgr {plain}".startswith(words))

    seen = {(name, command_of(arguments)) for name, arguments in CASES if name != "mgr.error/1"}
    assert seen == listed


def test_every_command_that_takes_json_prints_a_document_of_the_table() -> None:
    """A new command needs a shape."""
    listed = {words_of(command) for kind in DOCUMENTS.values() for command in kind.commands}

    assert set(commands_with_json(typer.main.get_command(app), "mgr")) == listed


def commands_with_json(command: Any, path: str) -> Iterator[str]:
    if any("--json" in parameter.opts for parameter in command.params):
        yield path
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from commands_with_json(command.get_command(context, name), f"{path} {name}")


@pytest.mark.sweep
def test_every_format_of_the_sources_is_in_the_table() -> None:
    """Nothing prints a document that has no shape, and no shape is there for nothing."""
    found = {
        node.value
        for path in SOURCES.rglob("*.py")
        if "shapes" not in path.parts
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"mgr\.\w+/\d+", node.value)
    }

    assert found - OF_FILES == set(DOCUMENTS)


@pytest.mark.parametrize("name", [name for name, kind in DOCUMENTS.items() if kind.route is None])
def test_a_schema_is_one_for_its_format_and_open_for_keys_to_come(name: str, printed: Print) -> None:
    """A release may add a key without a new format; what is there is checked, so another format is refused."""
    schema = schema_of(name)
    document = json.loads(printed(next(line for one, line in CASES if one == name)))

    jsonschema.Draft202012Validator.check_schema(schema)
    validator(name).validate({**document, "added": 1})
    assert schema["title"] == name
    assert not validator(name).is_valid({**document, "format": "mgr.other/1"})
