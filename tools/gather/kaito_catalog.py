"""What KAITO's catalogue says, which is generated from the files of each model: sizes, context, licence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.gather.trees import Tree, matching

from model_garden_registry.files.yaml_text import parse_yaml

ADDRESS = "https://github.com/kaito-project/kaito"
_FIELDS = {
    "license": "license",
    "modelTokenLimit": "context",
    "hiddenSize": "hidden_size",
    "numHiddenLayers": "num_hidden_layers",
    "numAttentionHeads": "num_attention_heads",
    "numKeyValueHeads": "num_key_value_heads",
    "modelFileSize": "files_label",
}


def facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each model of the catalogue."""
    for _, text in matching(tree, r"workspace/models/model_catalog\.yaml"):
        catalogue: Any = parse_yaml(text)
        for model in catalogue["models"]:
            said = {ours: model[theirs] for theirs, ours in _FIELDS.items() if model.get(theirs) is not None}
            classes = model.get("architectures") or ()
            yield str(model["name"]), said | ({"architecture_class": str(classes[0])} if classes else {})
