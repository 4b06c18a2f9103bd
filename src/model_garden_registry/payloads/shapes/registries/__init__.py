"""
The types of documents about registries over time.

A file of this folder imports only from files above it in this list:

- remotes: the files in use, and the remote registry.
- outdated: ids in users' files.
- scan: models on a machine.
"""
