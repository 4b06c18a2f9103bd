"""
From bytes to entries.

A file of this folder imports only from files above it in this list:

- positions: line and column of a JSON pointer, of a duplicate key, of an offset.
- reading: the bytes of a file, within bounds.
- documents: bytes become one raw document, or an error with its place.
- yaml_text: YAML text becomes plain values, and plain values YAML text.
- override_files: a JSON, TOML or YAML file becomes overrides.
- configuration: what a person or a team sets for themselves.
- location: which registry file is meant.
- loading: a document becomes entries, validated when asked for.
- writing: every file that is written, is written there.
"""
