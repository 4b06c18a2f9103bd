"""
From entries to bytes: every file that is written, is written here.

A file of this folder imports only from files above it in this list:

- locks: one writer of a file at a time.
- attributes: owner, group, mode and ACLs of a file that is replaced.
- replacing: a file is written whole or not at all, over another with its rights.
- members: replacing values of a JSON text or adding a member; everything else stays, byte for byte.
- additions: adding an entry to a registry file.
"""
