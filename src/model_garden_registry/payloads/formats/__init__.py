"""
Reports in the formats of other programs.

A file of this wing imports only from files above it in this list:

- file_names: a file's name as other programs look it up.
- remarks: findings and remedies in lines of text.
- sarif: reports for code scanning.
- junit: reports for continuous integration servers.
- github: reports as annotations of GitHub Actions.
"""
