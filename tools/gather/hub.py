"""What the Hugging Face Hub says of models of the registry, where it can be reached: licence, gate, files."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

ADDRESS = "https://huggingface.co"


def facts(ids: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Yield the facts of each id; ids that the Hub does not have are marked gone.

    Raises:
        SystemExit: huggingface_hub is not installed, or the Hub cannot be reached.
    """
    try:
        hub: Any = importlib.import_module("huggingface_hub")
    except ImportError:
        raise SystemExit("huggingface_hub is not installed; run: pip install huggingface_hub") from None
    errors = hub.errors
    asking = hub.HfApi()
    for model_id in ids:
        try:
            found = asking.model_info(model_id, files_metadata=True)
        except errors.GatedRepoError:
            yield model_id, {"gated": True}
        except errors.RepositoryNotFoundError:
            continue
        except (errors.HfHubHTTPError, OSError) as error:
            raise SystemExit(f"the Hub cannot be reached: {str(error).splitlines()[0]}") from None
        else:
            yield model_id, _said(found)


def _said(found: Any) -> dict[str, Any]:
    card = found.card_data.to_dict() if found.card_data else {}
    said = {"license": card.get("license"), "gated": bool(found.gated), "commit": found.sha}
    if found.safetensors:
        said["parameters"] = found.safetensors.total
    weights = sum(file.size or 0 for file in found.siblings or () if file.rfilename.endswith(".safetensors"))
    return {name: value for name, value in (said | {"weights_bytes": weights or None}).items() if value is not None}
