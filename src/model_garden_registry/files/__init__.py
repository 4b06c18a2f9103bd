"""
From bytes to entries.

A file of this folder imports only from files above it in this list:

- positions: line and column of a JSON pointer, of a duplicate key, of an offset.
- reading: the bytes of a file, within bounds.
- documents: bytes to one raw document, or an error with its position.
- yaml_text: YAML text to plain values, and back.
- override_files: overrides from a JSON, TOML or YAML file.
- own_places: files and folders of this user outside any project.
- configuration: settings in ``mgr.toml`` and ``pyproject.toml``.
- remote_cache: downloaded registries, without the network.
- location: which registry file to use.
- overlays: documents that lie on others, merged.
- loading: a document to entries, each validated on first use.
- layering: the files that one registry is made of.
- writing: every file that is written, is written there.
"""
