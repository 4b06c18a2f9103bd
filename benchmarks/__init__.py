"""
Ratio benchmarks: our commands and their peers, interleaved in one run.

- lines: a ratio with its goal, and when that is missed.
- measure: CPU time and peak memory of whole processes, in turn.
- registries: registry files of any size, made of the shipped entries.
- programs: the commands that are compared.
- schema_step: the schema step alone, in one process.
- verdict_steps: verdicts and lists in one process.
- goals: what is compared with what, and the ratio to reach.

Placement on the nodes of a cluster (`python -m benchmarks.placement_steps`):

- placement_steps: four times the nodes cost at most five times as much.

Saved activations of a training step, on tensors without data (`nox -s simulate`, with torch):

- training_shapes: the steps that are simulated.
- random_steps: steps of random shape and settings.
- measured_steps: published measurements that can be simulated.
- live_bytes: how many bytes of tensors are alive.
- cuda_kernels, four_bit_linear, fused_loss, even_experts: what cannot run as it is.
- training_step: one real step of transformers and PEFT.
- closed_form: what the library says of it.
- simulate_memory: the comparison.

Accuracy of the memory estimates against published measurements (`python -m benchmarks.evaluate_memory`):

- measured_rows: the rows of a table, each a measured_case with what the estimator says of it.
- row_entries, row_stacks: rows that name a shape.
- registry_rows: rows that name an entry; row_formats, row_gpus, row_notes: what their columns say in words.
- cache_pools: tokens of a cache.
- memory_parts, memory_scores: what is scored, and how.
- memory_peers: other estimators.
- evaluate_memory: the evaluation.
"""
