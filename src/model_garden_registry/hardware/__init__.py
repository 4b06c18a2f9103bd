"""
What a machine has: facts about GPUs, each a value or the reason why it is not known.

A file of this wing imports only from files above it in this list:

- gpus: devices and machines, as values.
- gpu_table: facts of the GPUs that people name.
- gpu_names: what somebody types for a GPU, taken apart.
- known_gpus: a name becomes GPUs, or every card that it may mean.
- visible_devices: which devices CUDA would see.
"""
