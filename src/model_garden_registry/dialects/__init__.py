"""
Other tools' files, written and read.

A file of this wing imports only from files above it in this list:

- texts: what other tools' files say, before anybody knows what it means.
"""
