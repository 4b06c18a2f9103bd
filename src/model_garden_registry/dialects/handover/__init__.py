"""
From training to serving: whether an engine can load the result of a run.

A file of this folder imports only from files above it in this list:

- adapters: a serving engine's support for trained adapters.
- continuity: whether the result of a training run can be served.
"""
