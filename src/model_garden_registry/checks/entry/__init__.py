"""
Checks of an entry and of a whole registry file, independent of hardware.

A file of this folder imports only from files above it in this list:

- target_modules: which linear layers an architecture has.
- ids: ids that are not allowed, or that look like others.
- consistency: rules across the fields of an entry, and between entries.
- schema: a document against the JSON schema; the only owner of jsonschema.
- tables: tables of facts about other projects.
- limits: what a model and its engines support at most.
- physics: numbers that the shape of the model rules out.
- memory_physics: declared memory that the estimate rules out.
- derived_requirements: requirements that are derived from the shape, computed again.
- corrections: derived numbers of whole files, rewritten.
- registry_files: a whole file: syntax, schema, rules, with line and column.
- provenance: numbers with a weak source, or an old one.
"""
