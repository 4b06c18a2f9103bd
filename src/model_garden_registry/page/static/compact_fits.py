"""What runs on a machine as a small document, which ``static_answers.js`` reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from model_garden_registry.checks.buckets import Bucket, Fits
from model_garden_registry.payloads.fits import fit_row

#: Where a reason has the name of the GPU, and where it has a number that differs from model to model. Neither can
#: occur in a reason: control characters in texts are escaped.
GPU, NUMBER = "\x01", "\x02"
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
#: Columns of numbers, and what one is multiplied by to be whole.
_WHOLE = {"expected_gb": 1000, "safe_gb": 1000, "share": 10_000}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def compact_fits(fits: Fits) -> dict[str, Any]:
    """
    Return the results of one machine for a task, by columns, each in the order of the models' rank.

    Returns:
        ``state`` has verdict and bucket, ``used`` the number of GPUs of a split, ``load`` what is estimated: batch and
        sequence, or the tokens of a request. Each has its different ``values``, and ``at`` which of them a model has.
        ``expected_gb`` and ``safe_gb`` are thousandths of a decimal GB per GPU, ``share`` ten-thousandths. ``why``
        has the reason of each model that does not run: a number in ``reasons``, and the numbers in that text.
        ``remedies`` has the best remedy of each model that runs with changes: settings, safe memory, verdict.
    """
    rows = [fit_row(fits, one) for one in fits.fitted]
    texts = [_nameless(row["reason"], row["gpu"]) for row in rows if row["reason"] is not None]
    return {
        "gpu_gb": next((row["gpu_gb"] for row in rows if row["gpu_gb"] is not None), None),
        "state": _column([(row["verdict"], row["bucket"], row["reason"] is not None) for row in rows]),
        "used": _column([row["gpus"]["used"] for row in rows]),
        "load": _column([_load(row) for row in rows]),
        **{name: [_whole(row[name], times) for row in rows] for name, times in _WHOLE.items()},
        **_reasons(texts),
        "remedies": [
            [remedy["changes"], _whole(remedy["safe_gb"], _WHOLE["safe_gb"]), remedy["verdict"]]
            for row in rows
            if row["bucket"] == Bucket.WITH_CHANGES
            for remedy in row["remedies"][:1]
        ],
    }


def _nameless(reason: str, gpu: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(gpu)}(?!\w)", GPU, reason)


def _load(row: dict[str, Any]) -> tuple[int | None, ...]:
    assumed = row.get("assumed")
    if assumed is not None:
        return (assumed["context_tokens"],)
    return row.get("batch_size"), row.get("max_seq_length")


def _column(values: Sequence[object]) -> dict[str, Any]:
    """Return the different values, and which of them stands at each place: a digit, or a number if they are many."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    places = [numbers[value] for value in values]
    few = len(numbers) <= len(_DIGITS)
    return {"values": [*numbers], "at": "".join(_DIGITS[place] for place in places) if few else places}


def _whole(number: float | None, times: int) -> int | None:
    return None if number is None else round(number * times)


def _reasons(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Return texts without their numbers, and for each text which of them it is, with its numbers where they differ."""
    cut = [(_NUMBER.sub(NUMBER, text), _NUMBER.findall(text)) for text in texts]
    by_form: dict[str, list[list[str]]] = {}
    for form, numbers in cut:
        by_form.setdefault(form, []).append(numbers)
    differing = {form: [len(set(column)) > 1 for column in zip(*each, strict=True)] for form, each in by_form.items()}
    order = {form: number for number, form in enumerate(by_form)}
    why: list[int | list[int | str]] = []
    for form, numbers in cut:
        kept = [number for number, differs in zip(numbers, differing[form], strict=True) if differs]
        why.append([order[form], *kept] if kept else order[form])
    return {"reasons": [_filled(form, by_form[form][0], differing[form]) for form in by_form], "why": why}


def _filled(form: str, numbers: Sequence[str], differing: Sequence[bool]) -> str:
    """Return a text in which only the numbers that differ are left out."""
    first, *parts = form.split(NUMBER)
    told = [NUMBER if differs else number for number, differs in zip(numbers, differing, strict=True)]
    return first + "".join(f"{number}{part}" for number, part in zip(told, parts, strict=True))
