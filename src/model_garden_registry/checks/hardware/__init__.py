"""
A machine against what a task needs.

A file of this wing imports only from files above it in this list:

- need: what a task needs of each GPU.
- devices: one device against a need.
- compute: what a GPU's compute capability rules out.
- states: whether as many sequences as a batch may have can keep their states.
- hosts: the devices of a machine against a need.
- driver_states: what it means that a driver does not answer.
- fit: hardware as a whole.
"""
