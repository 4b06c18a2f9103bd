"""
axolotl's YAML files.

A file of this folder imports only from files above it in this list:

- numbers: batches, lengths, rates and number formats of an axolotl file.
- patterns: patterns over whole names of modules, as PEFT takes them, become the names that they end with.
- adapters: what an axolotl file trains, and below which adapters.
- objectives: what an axolotl file teaches, with which loss and attention.
- splits: what an axolotl file keeps, moves to main memory and divides over GPUs.
- dialect: an axolotl file, written and read.
"""
