"""
Reports in the formats of other programs.

A file of this folder imports only from files above it in this list:

- file_names: file names as other programs look them up.
- remarks: findings and remedies as lines of text.
- sarif: reports for code scanning.
- junit: reports for continuous integration servers.
- github: reports as annotations of GitHub Actions.
"""
