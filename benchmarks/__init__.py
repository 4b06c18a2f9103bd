"""
Ratio benchmarks: our commands and their peers, interleaved in one run.

- measure: CPU time and peak memory of whole processes, in turn.
- registries: registry files of any size, made of the shipped entries.
- programs: the commands that are compared.
- schema_step: the schema step alone, in one process.
- goals: what is compared with what, and the ratio to reach.
"""
