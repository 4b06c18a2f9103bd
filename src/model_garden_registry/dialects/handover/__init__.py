"""
From training to serving: whether an engine can load what a run leaves behind.

A file of this folder imports only from files above it in this list:

- adapters: what a serving engine does with an adapter that was trained.
- continuity: whether what a training run leaves behind can be served.
"""
