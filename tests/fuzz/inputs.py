"""Input for the targets: what is meant, damaged in its values, its structure or its bytes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache, reduce
from itertools import product
from operator import getitem
from pathlib import Path
from typing import Any

from cluster_samples import KUBECTL, RAY, SAMPLES, SLICES, SLURM_JSON, SLURM_TEXT, sample
from hypothesis import strategies as st
from remote_site import digest, index_bytes, registry_bytes

from model_garden_registry import known_gpu
from model_garden_registry.hardware.snapshots import hardware_document

#: Keys and indices that lead to a value.
_Path = tuple[Any, ...]

TESTS = Path(__file__).resolve().parents[1]

#: What stands where something else belongs: other types, absurd sizes, text that is acted on, halves of characters.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.sampled_from([-1, 0, 1, 2**31, 2**63, 10**30, -(10**30), 1e308, -0.0, 0.5, 1e-300]),
    st.text(max_size=8),
    st.sampled_from(
        [
            *("4096", "1e4", "-1", "", " ", "a/b", "../x", "~nosuchuser/x", "::error::x", "##[x]", "\x1b[2J"),
            *("\u202e", "\ud800", "\u200b", "é", "bf16", "auto", "null", "NaN"),
            *("llama", "qwen3_moe", "full_attention", "LlamaForCausalLM"),
        ]
    ),
    st.sampled_from([[], {}, [[]], [{}], {"": {}}, ["a", 1, None], {"a": [1, {"b": None}]}]),
)
_IDS = [
    *("Qwen/Qwen9-7B", "a/-", "a/b", "Qwen/BF16", "a/8x7B", "org/M-999999T", "org/Model-A3B"),
    *("x", "a/é", "a/\u200b", "-/-"),
]
#: What stands in bytes where something else belongs.
_BETWEEN = st.binary(max_size=6) | st.sampled_from(
    [b"\0", b"\xff", b"[" * 300, b"\xef\xbb\xbf", b'"', b"{", b"\r", b"9" * 5000]
)
_OTHER_KEYS = st.text(max_size=6) | st.sampled_from(["x-a", "id", "parameters", "quantization_config"])
_NAMES = st.sampled_from(_IDS) | st.text(max_size=9)
_DAMAGES = st.sampled_from(["value", "value", "value", "gone", "key", "copy"])
#: A place: counted round, so that one strategy is enough for inputs of any length.
_NUMBERS = st.integers(0, 2**16)
_FEW, _TENTH, _LENGTHS = st.integers(1, 4), st.integers(0, 9), st.sampled_from([0, 1, 3, 50])
_SUFFIXES = (".yaml", ".json", ".sh")


@cache
def seeds(target: str) -> tuple[Any, ...]:
    """Return what is meant: documents of JSON, or bytes."""
    match target:
        case "documents":
            return tuple(json.loads(path.read_bytes()) for path in sorted((TESTS / "registries/valid").glob("*.json")))
        case "overrides":
            lora = {"r": 8, "target_modules": ["q_proj"]}
            training = {"lora_config": lora, "max_seq_length": 4096, "method": "qlora"}
            serving = {"max_model_len": 8192, "dtype": "auto", "sampling": {"top_p": 0.9}}
            toml, yaml = b"max_seq_length = 4096\n[lora_config]\nr = 8\n", b"r: 8\noptim: adamw_8bit\n"
            return training, serving, toml, yaml
        case "config":
            cases = json.loads((TESTS / "authoring/public_configs.json").read_bytes())
            return tuple(case["config"] for case in cases.values())
        case "snapshots":
            return tuple(hardware_document(known_gpu(name)) for name in ("L4", "8 x H100", "24GB", "A100"))
        case "masks":
            pairs = product(("0,1", "GPU-1,MIG-2", "", "-1"), ("PCI_BUS_ID", ""))
            return tuple(f"{mask}\n{order}\nL4:2".encode() for mask, order in pairs)
        case "named":
            model = {"entry": "0" * 64, "license": "mit", "revision": "abc", "config": None, "index": None}
            locked = {
                "format": "mgr.lock/1",
                "locked": "2026-11-30",
                "registry": "0",
                "models": {"Qwen/Qwen3-8B": model},
            }
            index = {"weight_map": {"a": "m-1.safetensors"}, "base_model_name_or_path": "a/b", "model_type": "llama"}
            files = sorted(path for path in (TESTS / "lifecycle/outdated/user_files").rglob("*") if path.is_file())
            return locked, index, *(path.read_bytes() for path in files)
        case "downloads":
            registry = registry_bytes()
            addresses = (b"https://u:p@host:1/a?b#c", b"s3://bucket/key", b"http://[::1]/a", b"//host/a", b"../a")
            date = "2030-01-01T00:00:00Z"
            state = {"format": "mgr.remote-cache/1", "sha256": digest(registry), "version": "1.2.0", "etag": None}
            state |= dict.fromkeys(("last_updated", "fetched_at", "checked_at"), date)
            return json.loads(registry), json.loads(index_bytes(registry)), state, *addresses
        case "clusters":
            made = json.loads((SAMPLES / "gfd_labels.json").read_bytes())
            status = {"capacity": {"nvidia.com/gpu": "2", "memory": "64Gi"}, "conditions": [{"type": "Ready"}]}
            labelled = [
                {"kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}
                for name, labels in made.items()
            ]
            snapshot = {"format": "mgr.hardware/1", **hardware_document(known_gpu("A100"))}
            inventory = {"nodes": [{"name": "a[1-4]", "count": 4, "hardware": "L4:2", "free": {"gpus": 1}}]}
            captured = [*map(sample, (SLURM_JSON, KUBECTL, RAY)), {"items": labelled}, snapshot, inventory]
            return *captured, SLURM_TEXT.read_bytes(), SLICES.read_bytes(), str(sample(RAY)).encode()
        case _:
            files = [path for path in sorted((TESTS / "dialects/golden").rglob("*")) if path.suffix in _SUFFIXES]
            return tuple(path.read_bytes() for path in files[::7])


@cache
def _texts(target: str) -> tuple[tuple[bytes, tuple[_Path, ...]], ...]:
    """Return what is meant as bytes, each with the path of every value in it, or none where it is no JSON."""
    return tuple(
        (seed, ()) if isinstance(seed, bytes) else (json.dumps(seed).encode(), tuple(_paths(seed)))
        for seed in seeds(target)
    )


@st.composite
def inputs(draw: st.DrawFn, target: str) -> bytes:
    """Draw input for a target."""
    return _input(draw, target)


def _input(draw: st.DrawFn, target: str) -> bytes:
    texts = _texts(target)
    content, paths = texts[draw(_NUMBERS) % len(texts)]
    if paths:
        content = _written(_damaged(draw, content, paths), escaped=draw(_TENTH) % 2 == 0)
    if not paths or draw(_TENTH) == 0:
        content = _cut(draw, content)
    if target == "config":
        content = draw(_NAMES).replace("\n", "").encode(errors="replace") + b"\n" + content
    return content


def _written(document: Any, *, escaped: bool) -> bytes:
    return json.dumps(document, ensure_ascii=escaped).encode(errors="surrogatepass")


def _damaged(draw: st.DrawFn, text: bytes, paths: tuple[_Path, ...]) -> Any:
    """Draw a document in which some values are others, are gone, or have company."""
    document = json.loads(text)
    for _ in range(draw(_FEW)):
        *above, key = paths[draw(_NUMBERS) % len(paths)]
        try:
            parent = reduce(getitem, above, document)
            _damage(draw, parent, key)
        except (KeyError, IndexError, TypeError):  # it is gone already
            continue
    return document


def _damage(draw: st.DrawFn, parent: Any, key: Any) -> None:
    match draw(_DAMAGES):
        case "gone":
            del parent[key]
        case "key" if isinstance(parent, dict):
            parent[draw(_OTHER_KEYS)] = copy.deepcopy(draw(ODD))
        case "copy" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        case _:
            parent[key] = copy.deepcopy(draw(ODD))


def _paths(value: Any) -> Iterator[_Path]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (key,)
        yield from ((key, *path) for path in _paths(member))


def _cut(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw bytes of which a part is gone, repeated, or something else."""
    start = draw(_NUMBERS) % (len(content) + 1)
    stop = start + draw(_LENGTHS)
    between = draw(_BETWEEN)
    return content[:start] + between + content[stop:]
