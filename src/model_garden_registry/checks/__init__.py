"""
The judges: pure functions from values to findings; none of them raises for what it finds.

A file of this wing imports only from files above it in this list:

- target_modules: which linear layers an architecture has.
- consistency: what one entry's fields, and entries among each other, must agree on.
- schema: a document against the JSON schema.
- limits: what a model and its engines can do at most.
- physics: numbers that cannot be, from the shape of the model.
- memory_physics: declared memory that cannot be, from the estimate.
- derived_requirements: what requirements that come from the shape should be.
- registry_files: a whole file: syntax, schema, rules, with line and column.
- need: what a task needs of each GPU.
- devices: one device against a need.
- compute: what a GPU's compute capability rules out.
- hosts: the devices of a machine against a need.
- driver_states: what it means that a driver does not answer.
- fit: hardware as a whole.
- validation: an entry and its settings for a task, and the hardware to run it on.
- buckets: whether a model runs as it is, with changes, or not.
- provenance: where the numbers of an entry come from.
- comparison: models side by side.
- census: how many models there are of each kind.
- differences: what changed between two registries.
"""
