"""
This machine, read: its NVIDIA driver, its RAM, and what explains that no GPU answers.

A file of this folder imports only from files above it in this list:

- library: whether there is an NVIDIA library to ask.
- tails: the end of what another process prints.
- nvml: what the NVIDIA driver says; the only owner of pynvml.
- host_memory: RAM that a process may use.
- surroundings: what else explains that no GPU answers.
- answer: the process that asks the driver, seen from inside.
- probe: what this machine has.
"""
