"""
Files that a registry is made of, as text.

A file of this folder imports only from files above it in this list:

- remotes: the files in use, and the remote registry.
"""
