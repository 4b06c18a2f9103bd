"""Which models Unsloth's notebooks load: the ids that people copy from there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tools.gather.trees import Tree, matching

ADDRESS = "https://github.com/unslothai/notebooks"
_ID = r"[\"']([A-Za-z0-9][\w.-]*/[\w.-]+)[\"']"
#: ``model_name = "…"`` and the like, as a value or an argument, and ``from_pretrained("…")``.
_LOADED = re.compile(rf"(?:\b\w*model\w*\s*=\s*|from_pretrained\(\s*){_ID}", re.IGNORECASE)
#: The same notebook for another host.
_HOSTS = re.compile(r"^(?:Kaggle|AMD|HuggingFace Course)-")


def facts(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return each model that a notebook loads, with the notebooks that do."""
    loaded: dict[str, dict[str, None]] = {}
    for name, text in matching(tree, r"nb/[^/]+\.ipynb"):
        title = _HOSTS.sub("", name.rpartition("/")[2].removesuffix(".ipynb"))
        cells = json.loads(text).get("cells", ())
        code = "\n".join("".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code")
        for model in _LOADED.findall(code):
            loaded.setdefault(model, {})[title] = None
    yield from ((model, {"notebooks": sorted(titles)}) for model, titles in loaded.items())
