"""
Files of arguments for ms-swift, and its commands.

A file of this folder imports only from files above it in this list:

- environment: variables that a file for ms-swift sets, and what they say.
- adapters: which modules of a model ms-swift adapts or trains beside an adapter, and how.
- teaching: what a run of ms-swift teaches, whether it trains all weights, and with which loss.
- lengths: batches, lengths and images of a run of ms-swift.
- division: over how many GPUs a run of ms-swift is divided, and how.
- dialect: a file for ms-swift, written and read.
"""
