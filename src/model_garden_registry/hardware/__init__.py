"""
Facts about GPUs and machines, each a value or the reason why it is not known.

A file of this folder imports only from files above it in this list:

- gpus: devices and machines, as values.
- gpu_table: facts of GPUs that can be named.
- gpu_names: parsing of a typed GPU name.
- accelerators: names that are not NVIDIA GPUs: cloud instances, other makers.
- known_gpus: from a name to GPUs.
- visible_devices: which devices CUDA would see.
- labels: the GPUs of a machine in words.
- nodes: values of a document, with their place for errors.
- snapshots: hardware to a document, and back.
- driver: the facts of this machine's driver, host and container.
- inventory: the nodes of a cluster, from what cluster managers print.
"""
