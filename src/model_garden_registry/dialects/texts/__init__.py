"""
Other tools' texts become items and commands, with their places, before anybody knows what they mean.

A file of this folder imports only from files above it in this list:

- documents: YAML and JSON mappings.
- placed: text of which every character knows where it stands in the user's file.
- command: a command that some file starts, as data.
- arguments: words of a command line become options and their values.
- options: words of a command become items, as a tool's own parser takes them.
- yaml_nodes: YAML text as nodes that know where they stand.
- shell: words, statements and variables of shell scripts.
- starting: which tools a command line, a script or a container starts.
- deployments: what Dockerfiles, compose files, manifests, SkyPilot and dstack files start.
- commands: commands of tools in all of these.
"""
