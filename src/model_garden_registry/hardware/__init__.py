"""
What a machine has: facts about GPUs, each a value or the reason why it is not known.

A file of this wing imports only from files above it in this list:

- gpus: devices and machines, as values.
- gpu_table: facts of the GPUs that people name.
- gpu_names: what somebody types for a GPU, taken apart.
- known_gpus: a name becomes GPUs, or every card that it may mean.
- numbering: which GPUs CUDA's numbers may mean.
- visible_devices: which devices CUDA would see.
- nodes: a value of a document, and where in it.
- snapshots: hardware as a document, and back.
- nvml: what the NVIDIA driver says. Imports pynvml.
- library: whether there is an NVIDIA library that could be asked.
- host_memory: RAM, with the limits of containers.
- surroundings: what else explains that no GPU answers.
- answer: the process that asks the driver, seen from inside.
- tails: what another process prints, of which only the end is kept.
- probe: reads this machine. A driver that hangs or crashes takes down only the process that asks it.
"""
