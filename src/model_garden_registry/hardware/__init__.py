"""
What a machine has: facts about GPUs, each a value or the reason why it is not known.

A file of this folder imports only from files above it in this list:

- gpus: devices and machines, as values.
- gpu_table: facts of GPUs that can be named.
- gpu_names: a typed name, taken apart.
- accelerators: what people write for a GPU and is none.
- known_gpus: a name becomes GPUs.
- visible_devices: which devices CUDA would see.
- nodes: values of a document, refused by their place.
- snapshots: hardware as a document, and back.
- driver: what this machine's driver, host and container say.
"""
