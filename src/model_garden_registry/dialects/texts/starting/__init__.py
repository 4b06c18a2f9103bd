"""
Which tools are started.

A file of this folder imports only from files above it in this list:

- programs: which tool a command line starts, behind whatever starts it.
- scripts: which tools a script starts, a command line, a container.
"""
