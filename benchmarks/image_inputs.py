"""
A network's image inputs, as numbers where transformers reads them from a tensor.

Towers cut patches by a grid and by the ends of windows, for which they ask a tensor. Here those are arrays of numbers;
what is looked up by them is handed in, as transformers lets its callers do. Stand-ins are the check that there are as
many image tokens as features, which is left out, and Qwen3-VL's `_deepstack_process`, which finds image tokens by a
mask. No mask lets the tokens of an image see each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.training_shapes import Case

# transformers' own switch for the check.
os.environ["TRANSFORMERS_DISABLE_TORCH_CHECK"] = "1"

#: Modules of a vision tower and of what leads from it into the language model.
TOWERS = ("vision_tower", "multi_modal_projector", "visual")
#: Rows of a table of positions that are mixed for each patch.
_POSITIONS = 4


def tower_of(model: nn.Module) -> Iterator[nn.Parameter]:
    """Yield the weights of the vision tower, and of what follows it."""
    for name, module in model.named_modules():
        if name.rpartition(".")[2] in TOWERS:
            yield from module.parameters()


def image_inputs(case: Case, config: Any) -> dict[str, Any]:
    """Return a model's arguments for the images of a step."""
    images = case.sequences * case.images
    if config.model_type == "gemma3":
        return {"pixel_values": torch.empty(images, 3, case.image_edge, case.image_edge)}
    tower = config.vision_config
    edge = case.image_edge // tower.patch_size
    patches = images * edge**2
    pixels = tower.in_channels * tower.temporal_patch_size * tower.patch_size**2
    inputs = {
        "pixel_values": torch.empty(patches, pixels),
        "image_grid_thw": np.array([[1, edge, edge]] * images),
        "image_cu_seqlens": np.arange(images + 1) * edge**2,
        "image_position_ids": torch.empty(patches, 2, dtype=torch.long),
        "position_ids": torch.empty(3, case.sequences, case.max_seq_length, dtype=torch.long),
    }
    if hasattr(tower, "window_size"):
        ends = _window_ends(edge, tower.window_size // tower.patch_size)
        inputs["image_cu_window_seqlens"] = np.concatenate([[0], *(ends + image * edge**2 for image in range(images))])
        inputs["image_window_index"] = torch.empty(patches // tower.spatial_merge_size**2, dtype=torch.long)
    if hasattr(tower, "num_position_embeddings"):
        inputs["image_interp_indices"] = torch.empty(patches, _POSITIONS, dtype=torch.long)
        inputs["image_interp_weights"] = torch.empty(patches, _POSITIONS)
    return inputs


def _window_ends(edge: int, window: int) -> npt.NDArray[np.int64]:
    """Return where each window of an image ends, counted in patches; those at its edges are smaller."""
    sides = [min(window, edge - start) for start in range(0, edge, window)]
    return np.cumsum([height * width for height in sides for width in sides])


def find_image_tokens_without_mask(model: nn.Module) -> None:
    """Patch each layer that adds image features to image tokens to take as many tokens as there are features."""

    def add(hidden: torch.Tensor, _mask: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        rows = hidden.clone().flatten(0, 1)
        tokens = torch.empty(features.shape[0], dtype=torch.long)
        rows[tokens, :] = rows[tokens, :] + features
        return rows.view_as(hidden)

    for module in model.modules():
        if hasattr(module, "_deepstack_process"):
            module._deepstack_process = add
