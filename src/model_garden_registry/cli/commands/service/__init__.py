"""
The registry for other programs.

A file of this folder imports only from files above it in this list:

- serve: the registry over HTTP.
- site: the registry as files for any web server.
"""
