"""
Files of arguments for ms-swift, and its commands.

A file of this folder imports only from files above it in this list:

- environment: variables that a file for ms-swift sets, and what they say.
- teaching: what a run of ms-swift teaches, what it trains, and with which loss.
- lengths: batches, lengths and images of a run of ms-swift.
- division: over how many GPUs a run of ms-swift is divided, and how.
- dialect: a file for ms-swift, written and read.
"""
