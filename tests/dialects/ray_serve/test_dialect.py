"""Configurations of Ray Serve LLM, written and read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_commands import AWQ, BNB, DRAFTING, MIXTURE, TEXT, VISION, request, settings_of

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.exporting import ExportRequest
from model_garden_registry.dialects.ray_serve.configurations import models_in
from model_garden_registry.dialects.ray_serve.dialect import RAY_SERVE
from model_garden_registry.dialects.reading import config_of, read_config
from model_garden_registry.dialects.texts.documents import yaml_document
from model_garden_registry.entries.settings.task_settings import InferenceSettings
from model_garden_registry.files.yaml_text import parse_yaml
from model_garden_registry.findings import Severity

FILE = Path("serve.yaml")
VALUES = {
    "max_model_len": st.integers(128, 40960),
    "dtype": st.sampled_from(["auto", "float16", "bfloat16", "float32"]),
    "gpu_memory_utilization": st.sampled_from([0.0, 0.5, 1.0]),
    "tensor_parallel_size": st.sampled_from([1, 2, 4, 8]),
    "pipeline_parallel_size": st.integers(1, 4),
    "max_num_seqs": st.none() | st.integers(1, 512),
    "kv_cache_dtype": st.sampled_from(["auto", "fp8"]),
    "enforce_eager": st.booleans(),
    "kv_cache_memory_gb": st.none() | st.integers(1, 90_000).map(lambda megabytes: megabytes / 1000),
    "speculative_tokens": st.integers(0, 5),
    "enable_prefix_caching": st.none() | st.booleans(),
}


def model_in(asked: ExportRequest) -> dict[str, Any]:
    """Return the one model of a written file."""
    (application,) = parse_yaml(RAY_SERVE.export(asked).text)["applications"]  # type: ignore[index]
    (model,) = application["args"]["llm_configs"]
    assert isinstance(model, dict)
    return model


def again(asked: ExportRequest) -> InferenceSettings:
    """Return the settings of a model by the file that is written for it, which nothing is wrong with."""
    document = yaml_document(RAY_SERVE.export(asked).text, FILE)
    assert document is not None
    ((line, items),) = models_in(document)
    config = config_of(FILE, RAY_SERVE, items, line=line)
    assert (config.findings, config.unknown, config.not_followed) == ((), (), ())
    assert config.model_id == asked.model_id
    return settings_of(config, asked.model_id)


def said(model: str, tmp_path: Path) -> list[tuple[Severity, str]]:
    """Return the findings for a model in a file."""
    file = tmp_path / "serve.yaml"
    file.write_text(model, encoding="utf-8")
    return [(finding.severity, finding.message) for finding in read_config(file).findings]


@given(st.fixed_dictionaries({}, optional=VALUES), st.booleans())
def test_what_is_written_is_read_again(chosen: dict[str, Any], is_spread: bool) -> None:
    """Every setting, with a machine for each pipeline stage or one for all."""
    if is_spread:
        chosen["nodes"] = chosen.get("pipeline_parallel_size", 1)
    asked = request(RAY_SERVE, TEXT, **chosen)

    assert again(asked).as_dict() == asked.settings.as_dict()


@pytest.mark.parametrize("model", [TEXT, VISION, MIXTURE, BNB, AWQ, DRAFTING])
def test_every_kind_of_model_is_read_again(model: str) -> None:
    """By the words of vLLM's engine."""
    asked = request(RAY_SERVE, model)

    assert again(asked).as_dict() == asked.settings.as_dict()


def test_a_file_is_one_application_with_one_model() -> None:
    """Its workers strictly on one machine; the GPU by Ray's name for all that were judged."""
    asked = replace(
        request(RAY_SERVE, TEXT, tensor_parallel_size=2, gpu_memory_utilization=0.9, max_model_len=8192),
        gpus=("H100 80GB", "H100 NVL"),
        replicas=3,
    )

    (application,) = parse_yaml(RAY_SERVE.export(asked).text)["applications"]  # type: ignore[index]
    model = model_in(asked)
    assert {key: application[key] for key in ("name", "route_prefix", "import_path")} == {
        "name": "qwen-qwen3-8b",
        "route_prefix": "/",
        "import_path": "ray.serve.llm:build_openai_app",
    }
    assert model["model_loading_config"] == {"model_source": TEXT, "model_id": TEXT}
    assert (model["accelerator_type"], model["deployment_config"]) == ("H100", {"num_replicas": 3})
    assert model["placement_group_config"] == {"bundle_per_worker": {"GPU": 1}, "strategy": "STRICT_PACK"}
    assert model["engine_kwargs"]["tensor_parallel_size"] == 2


def test_ray_chooses_the_machines_of_several() -> None:
    """And the GPU, where none was judged."""
    model = model_in(request(RAY_SERVE, TEXT, tensor_parallel_size=2, nodes=2))

    assert not {"placement_group_config", "accelerator_type"} & model.keys()
    assert (model["engine_kwargs"]["tensor_parallel_size"], model["engine_kwargs"]["pipeline_parallel_size"]) == (2, 2)
    assert "nnodes" not in model["engine_kwargs"]


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"data_parallel_size": 2}, r"its copies of a model are replicas \(--replicas\)"),
        ({"nodes": 2, "pipeline_parallel_size": 4}, "nodes is 2, stages are 4"),
    ],
)
def test_what_ray_cannot_say_is_refused(overrides: dict[str, Any], why: str) -> None:
    """With the reason."""
    with pytest.raises(UnsupportedExportError, match=why):
        RAY_SERVE.export(request(RAY_SERVE, TEXT, **overrides))


def test_notes_say_how_it_is_started() -> None:
    """And what vLLM leaves out; a token for gated weights."""
    notes = RAY_SERVE.export(request(RAY_SERVE, TEXT, gpu_memory_utilization=0.0)).notes
    gated = request(RAY_SERVE, TEXT)
    gated = replace(gated, entry=gated.entry.model_copy(update={"gated": True}))

    assert notes[0] == "start it with: serve run FILE, where Ray Serve LLM 2.60.0 is installed as ray[serve,llm]"
    assert "gpu_memory_utilization is left out: vLLM's default is 0.92" in notes
    assert any("HF_TOKEN" in note for note in RAY_SERVE.export(gated).notes)


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        (
            "engine_kwargs: {tensor_parallel_sise: 2}",
            (Severity.FAIL, "engine_kwargs.tensor_parallel_sise is not a key"),
        ),
        ("engine_kwargs: {model: x/y}", (Severity.FAIL, "engine_kwargs.model is not a key")),
        ("engine_kwargs: {tp: 2}", (Severity.FAIL, "engine_kwargs.tp is not a key")),
        ("tensor_parallel_size: 2", (Severity.FAIL, "tensor_parallel_size is not a key")),
        ("accelerator_type: RTX4090", (Severity.FAIL, "accelerator_type 'RTX4090' is not one of")),
        ("llm_engine: SGLang", (Severity.FAIL, "llm_engine 'SGLang' is not one of vLLM")),
        ("engine_kwargs: {nnodes: 2}", (Severity.WARNING, "engine_kwargs.nnodes is not followed: the machines are")),
        ("runtime_env: {env_vars: {A: b}}", (Severity.WARNING, "runtime_env is not followed")),
        (
            "placement_group_config: {bundle_per_worker: {GPU: 0.5}}",
            (Severity.WARNING, "placement_group_config.bundle_per_worker is not followed: several workers on one GPU"),
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_key(lines: str, finding: tuple[Severity, str], tmp_path: Path) -> None:
    """By the name that it has in the file."""
    (found,) = said(f"model_loading_config: {{model_id: {TEXT}}}\n{lines}\n", tmp_path)

    assert found[0] is finding[0]
    assert found[1].startswith(finding[1])
