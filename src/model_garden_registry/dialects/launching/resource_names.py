"""A resource name made of the model's id, valid for Kubernetes, SkyPilot and dstack."""

from __future__ import annotations

import re
from hashlib import sha256

#: Digits of the digest that distinguishes ids cut to the same name.
_DIGITS = 6


def resource_name(model_id: str, most: int = 63) -> str:
    """
    Return lower-case letters, digits and single dashes, beginning with a letter: a DNS label.

    Args:
        model_id: Any text.

        most: Greatest length; a name that is cut ends with digits of the id's digest.
    """
    name = re.sub(r"[^a-z0-9]+", "-", model_id.lower()).strip("-")
    if not name or not name[0].isalpha():  # a Service name begins with a letter
        name = f"model-{name}".rstrip("-")
    if len(name) <= most:
        return name
    digest = sha256(model_id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{name[: most - _DIGITS - 1].rstrip('-')}-{digest}"
