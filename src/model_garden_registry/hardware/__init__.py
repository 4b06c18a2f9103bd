"""
What a machine has: facts about GPUs, each a value or the reason why it is not known.

A file of this wing imports only from files above it in this list:

- gpus: devices and machines, as values.
- nodes: a value of a document, and where in it.
- snapshots: hardware as a document, and back.
- nvml: what the NVIDIA driver says. Imports pynvml.
- library: whether there is an NVIDIA library that could be asked.
- host_memory: RAM, with the limits of containers.
- surroundings: what else explains that no GPU answers.
- answer: the process that asks the driver, seen from inside.
- probe: reads this machine. A driver that hangs or crashes takes down only the process that asks it.
"""
