"""
Parsers of other tools' texts: items and commands with their positions, before they get a meaning.

A file of this folder imports only from files above it in this list:

- documents: YAML and JSON mappings.
- placed: text whose characters know their position in the user's file.
- command: a command in some file, as data.
- arguments: words of a command line to options and their values.
- options: words of a command to items, as a tool's own parser takes them.
- yaml_nodes: YAML text as nodes with positions.
- shell: words, statements and variables of shell scripts.
- starting: the tools that a command line, a script or a container starts.
- deployments: the tools that Dockerfiles, compose files, manifests, SkyPilot and dstack files start.
- commands: commands of tools in all of these.
"""
