"""
A machine against what a task needs.

A file of this wing imports only from files above it in this list:

- need: what each of some GPUs must have, as values.
- demand: what a task asks of each GPU.
- devices: one device against a need.
- compute: what a GPU's compute capability rules out.
- states: whether as many sequences as a batch may have can keep their states.
- machine: the hardware, and what CUDA would see of it.
- fleets: many machines at once, in lots.
- splitting: over how many GPUs a model is split.
- few: why a process sees fewer GPUs than a machine may have.
- hosts: the devices of a machine against a need.
- driver_states: what it means that a driver does not answer.
- fit: hardware as a whole.
"""
