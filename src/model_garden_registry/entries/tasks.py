"""Closed sets that lists know without the models."""

from __future__ import annotations

from typing import Literal

Task = Literal["training", "inference"]
Status = Literal["stable", "experimental", "deprecated"]
