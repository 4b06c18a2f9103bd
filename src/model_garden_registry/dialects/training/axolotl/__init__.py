"""
axolotl's YAML files.

A file of this folder imports only from files above it in this list:

- numbers: batches, lengths, rates and number formats of an axolotl file.
- patterns: from patterns over whole module names, as PEFT takes them, to the names that they end with.
- adapters: the method of an axolotl file, and its adapters.
- objectives: the algorithm of an axolotl file, with its loss and attention.
- splits: checkpointing, offload and sharding of an axolotl file.
- dialect: an axolotl file, written and read.
"""
