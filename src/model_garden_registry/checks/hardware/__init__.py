"""
Whether a machine meets what a task needs.

A file of this folder imports only from files above it in this list:

- need: what each GPU must have, as values.
- devices: whether one device meets a need.
- compute: what a GPU's compute capability rules out.
- demand: what a task asks of each GPU.
- states: whether a cache is large enough for the sequences of a batch.
- machine: the hardware, and what CUDA would see of it.
- fleets: many machines at once, in lots.
- splitting: over how many GPUs a model is split.
- few: why a process sees fewer GPUs than a machine may have.
- hosts: whether enough devices of a machine meet a need.
- driver_states: findings for a driver that does not answer.
- fit: hardware as a whole.
"""
