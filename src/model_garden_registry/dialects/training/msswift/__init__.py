"""
Files of arguments for ms-swift, and its commands.

A file of this folder imports only from files above it in this list:

- environment: variables that a file for ms-swift sets.
- adapters: modules that ms-swift adapts, or trains fully beside an adapter.
- teaching: algorithm, method and loss of a run of ms-swift.
- lengths: batches, lengths and images of a run of ms-swift.
- division: number of GPUs of a run of ms-swift, and its sharding.
- dialect: a file for ms-swift, written and read.
"""
