"""
The registry and the hardware in use.

A file of this wing imports only from files above it in this list:

- frames: values over a pipe.
- answers: what is asked of a registry, and what comes back.
- clerk: the answers of one reading of a registry file, with the bodies that most requests are for.
- office_process: the process that has a registry, seen from inside.
- office: the process that has a registry, seen from the server.
- snapshots: a reading with what has been answered from it.
- live_registry: the registry in use, read again when its file changes.
- hardware_cache: the hardware of this machine, read at most every few seconds.
"""
