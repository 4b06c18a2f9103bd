"""
The registry and the hardware in use.

A file of this folder imports only from files above it in this list:

- frames: values over a pipe.
- answers: requests to a registry, and their answers.
- page_answers: pages for people, and the files that they load, as bodies.
- clerk: answers from one reading of a registry file, with prepared bodies for most requests.
- office_process: the process that has a registry: its own side.
- office: the process that has a registry: the server's side.
- kept_bodies: a cache of bodies.
- snapshots: one reading with a cache of its answers.
- live_registry: the registry in use, read again when its file changes.
- hardware_cache: the hardware of this machine, read at most every few seconds.
"""
