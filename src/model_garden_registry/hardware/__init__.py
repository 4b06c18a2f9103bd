"""
What a machine has: facts about GPUs, each a value or the reason why it is not known.

A file of this wing imports only from files above it in this list:

- gpus: devices and machines, as values.
"""
