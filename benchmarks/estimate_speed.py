"""How many memory estimates one process makes in a second of CPU time, each with other settings."""

from __future__ import annotations

import time

from model_garden_registry import load_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.estimation import estimate

_ROUNDS = 1000
_CHANGES: dict[Task, list[dict[str, int]]] = {
    "training": [{"batch_size": size, "max_seq_length": 512 * size} for size in range(1, 21)],
    "inference": [{"concurrent": size, "max_model_len": 512 * size} for size in range(1, 21)],
}


def estimates_per_second(model_id: str, task: Task) -> float:
    """Return the rate for one model, settings merged beforehand."""
    registry = load_registry()
    entry = registry[model_id]
    choices = [registry.settings(model_id, task, **changes) for changes in _CHANGES[task]]
    start = time.process_time()
    for _ in range(_ROUNDS):
        for settings in choices:
            estimate(entry, settings)
    return _ROUNDS * len(choices) / (time.process_time() - start)


def main() -> None:
    """Print a dense model, one with a vision tower, one with experts."""
    for model_id in ("Qwen/Qwen3-8B", "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-30B-A3B-Instruct-2507"):
        for task in _CHANGES:
            print(f"{model_id:34} {task:10} {estimates_per_second(model_id, task):8,.0f} a second")


if __name__ == "__main__":
    main()
