"""What computes in bfloat16 on a GPU that has none, and from which GPU bitsandbytes runs: the texts that say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tools.upstream.expressions import Expression

__all__ = ["AXOLOTL", "LLAMA_FACTORY", "MS_SWIFT", "TRANSFORMERS", "TRL", "UNSLOTH", "bitsandbytes_capability"]

#: The row of bitsandbytes' table of hardware.
_ROW = re.compile(r"NVIDIA GPU.*?SM(\d+)\+ minimum", re.DOTALL)
_UNPACKS = "self.quantization_config.dequantize = True return"

#: PyTorch counts what it emulates as well, unless it is told otherwise.
_ASKED = Expression(
    "emulates_bfloat16",
    "transformers/utils/import_utils.py",
    "is_torch_bf16_gpu_available",
    "if torch.cuda.is_available(): return torch.cuda.is_bf16_supported()",
    states=True,
)


def _computes(file: str, place: str, text: str, *, states: bool = True) -> Expression:
    return Expression("emulates_bfloat16", file, place, text, states=states)


#: transformers as an engine: it computes in the type of the checkpoint, and unpacks what it has no kernels for.
TRANSFORMERS = (
    _ASKED,
    Expression(
        "formats.fp8/fp8.unpacks",
        "transformers/quantizers/quantizer_finegrained_fp8.py",
        "validate_environment",
        f"to use a different quantization method like bitsandbytes or torchao') {_UNPACKS}",
        states=True,
    ),
    Expression(
        "formats.mxfp4/mxfp4.unpacks",
        "transformers/quantizers/quantizer_mxfp4.py",
        "validate_environment",
        f"We will default to dequantizing the model to bf16.') {_UNPACKS}",
        states=True,
    ),
)
TRL = (
    _ASKED,
    _computes(
        "trl/trainer/base_config.py",
        "__post_init__",
        "self.bf16 = not self.fp16 if self.bf16 is None else self.bf16",
    ),
)
AXOLOTL = (
    _computes(
        "axolotl/utils/config/__init__.py",
        "resolve_dtype",
        "if is_torch_bf16_gpu_available(): LOG.debug('bf16 support detected, enabling for this configuration.') "
        "cfg.bf16 = True",
    ),
)
LLAMA_FACTORY = (
    _computes("llamafactory/extras/misc.py", "", "_is_bf16_available = is_torch_bf16_gpu_available()"),
    _computes(
        "llamafactory/extras/misc.py",
        "infer_optim_dtype",
        "if _is_bf16_available and (model_dtype == torch.bfloat16 or model_dtype is None): return torch.bfloat16",
    ),
)
MS_SWIFT = (
    _computes("swift/model/utils.py", "get_default_torch_dtype", "if torch_dtype is not None: return torch_dtype"),
    _computes("swift/model/utils.py", "get_default_torch_dtype", "is_bf16_available = is_torch_bf16_gpu_available()"),
)
UNSLOTH = tuple(
    _computes(file, place, text, states=False)
    for file, place, text in (
        (
            "unsloth/models/_utils.py",
            "",
            "SUPPORTS_BFLOAT16 = _bf16_cap is not None and _bf16_cap[0] >= 8",
        ),
        (
            "unsloth/models/llama.py",
            "from_pretrained",
            "if dtype is None: dtype = torch.float16 if not SUPPORTS_BFLOAT16 else torch.bfloat16",
        ),
        (
            "unsloth/models/llama.py",
            "from_pretrained",
            "logger.warning_once('Device does not support bfloat16. Will change to float16.') dtype = torch.float16",
        ),
    )
)


def bitsandbytes_capability(root: Path) -> Mapping[str, object]:
    """Return the lowest compute capability of all that bitsandbytes does, which its table of hardware states."""
    stated = next(root.glob("bitsandbytes-*.dist-info/METADATA")).read_text(encoding="utf-8")
    row = _ROW.search(stated)
    return {"capability": f"{row[1][:-1]}.{row[1][-1]}" if row else "not found in METADATA"}
