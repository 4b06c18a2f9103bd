"""
The registry and the hardware in use.

A file of this wing imports only from files above it in this list:

- snapshots: a registry with its bodies.
- live_registry: the registry in use, read again when its file changes.
- hardware_cache: the hardware of this machine, read at most every few seconds.
"""
