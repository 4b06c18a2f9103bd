"""
The tools that a text starts.

A file of this folder imports only from files above it in this list:

- programs: the tool of a command line, behind wrappers and launchers.
- scripts: the tools of a script, a command line, a container.
"""
