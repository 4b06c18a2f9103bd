"""
This machine: its NVIDIA driver, its RAM, and the reasons if no GPU answers.

A file of this folder imports only from files above it in this list:

- library: whether an NVIDIA library is installed.
- tails: the end of another process's output.
- nvml: the facts that the NVIDIA driver reports; the only owner of pynvml.
- host_memory: RAM that a process may use.
- surroundings: other reasons why no GPU answers.
- answer: the process that asks the driver.
- probe: the hardware of this machine.
"""
