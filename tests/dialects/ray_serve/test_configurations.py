"""The models of one file for Ray Serve LLM."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving_commands import TEXT, VISION

from model_garden_registry.dialects.errors import ForeignFileError, UnrecognisedFileError
from model_garden_registry.dialects.ray_serve.configurations import models_in
from model_garden_registry.dialects.reading import read_config, read_configs
from model_garden_registry.dialects.texts.documents import Document, json_document, yaml_document

TWO = f"""\
http_options: {{port: 8000}}
applications:
- name: other
  import_path: my.module:app
  args: {{llm_configs: [{{model_loading_config: {{model_id: not/ours}}}}]}}
- name: llm
  import_path: ray.serve.llm:build_openai_app
  args:
    llm_configs:
    - model_loading_config:
        model_id: small
        model_source: {TEXT}
      engine_kwargs:
        tensor_parallel_size: 2
    - elsewhere.yaml
    - model_loading_config: {{model_id: {VISION}}}
"""


def document(text: str) -> Document:
    """Return a YAML text as a document."""
    found = yaml_document(text, Path("serve.yaml"))
    assert found is not None
    return found


def test_each_model_of_an_application_is_read(tmp_path: Path) -> None:
    """By the name of its weights, with its first line; one in another file, or of another application, is left."""
    file = tmp_path / "serve.yaml"
    file.write_text(TWO, encoding="utf-8")

    found = read_configs(file)

    assert [(config.model_id, config.line, config.dialect.name) for config in found] == [
        (TEXT, 10, "ray-serve-llm"),
        (VISION, 16, "ray-serve-llm"),
    ]
    assert found[0].overrides["tensor_parallel_size"] == 2
    assert found[0].said_by["tensor_parallel_size"].line == 14
    assert [remark.item.key for remark in found[0].without_influence] == ["model_loading_config.model_id"]


def test_arguments_of_the_builder_are_read_alone(tmp_path: Path) -> None:
    """As Python code may load them; and one model alone, also as JSON."""
    file = tmp_path / "models.yaml"
    file.write_text(f"llm_configs: [{{model_loading_config: {{model_id: {TEXT}}}}}]\n", encoding="utf-8")
    one = tmp_path / "one.json"
    one.write_text(f'{{"model_loading_config": {{"model_id": "{TEXT}"}}}}', encoding="utf-8")

    assert (read_config(file).model_id, read_config(one).model_id, read_config(one).line) == (TEXT, TEXT, None)


@pytest.mark.parametrize(
    "text",
    [
        "applications: 5\n",
        "applications: [5, {import_path: 7, args: x}]\n",
        "applications: [{import_path: ray.serve.llm:build_openai_app, args: x}]\n",
        "applications: [{import_path: ray.serve.llm:build_openai_app, args: {llm_configs: x}}]\n",
        "llm_configs: [x, 5, {1: 2}]\n",
        "model_loading_config: x\n",
        "a: b\n",
    ],
)
def test_what_is_no_model_is_left(text: str, tmp_path: Path) -> None:
    """The file is of no known tool then."""
    file = tmp_path / "serve.yaml"
    file.write_text(text, encoding="utf-8")

    assert list(models_in(document(text))) == []
    with pytest.raises(UnrecognisedFileError):
        read_configs(file)


def test_a_source_of_several_parts_leaves_the_name() -> None:
    """A mirror is no id of a model."""
    text = "model_loading_config: {model_id: a/b, model_source: {bucket_uri: s3://x}}\n"

    ((_, items),) = models_in(document(text))
    assert [(item.key, item.value) for item in items] == [
        ("model_loading_config.model_source", "a/b"),
        ("model_loading_config.model_source", {"bucket_uri": "s3://x"}),
    ]


def test_groups_that_are_no_mapping_stay_whole() -> None:
    """Their key says what is wrong with them."""
    content = b'{"model_loading_config": {"model_id": "a/b"}, "engine_kwargs": 5}'

    ((line, items),) = models_in(json_document(content, Path("one.json")))
    assert (line, items[1].key, items[1].value) == (None, "engine_kwargs", 5)


def test_a_file_of_thousands_of_models_is_refused(tmp_path: Path) -> None:
    """Each would be judged."""
    file = tmp_path / "serve.yaml"
    file.write_text("llm_configs:\n" + "- model_loading_config: {model_id: a/b}\n" * 501, encoding="utf-8")

    with pytest.raises(ForeignFileError, match="has more than 500 models"):
        read_configs(file)
