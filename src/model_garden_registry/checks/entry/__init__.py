"""
An entry, and a whole registry file: what stands against it, whatever the hardware.

A file of this wing imports only from files above it in this list:

- target_modules: which linear layers an architecture has.
- ids: ids that are not allowed, or look like others.
- consistency: what one entry's fields, and entries among each other, must agree on.
- schema: a document against the JSON schema; the only owner of jsonschema.
- tables: tables of facts about other projects.
- limits: what a model and its engines can do at most.
- physics: numbers that cannot be, from the shape of the model.
- memory_physics: declared memory that cannot be, from the estimate.
- derived_requirements: what requirements that come from the shape should be.
- corrections: derived numbers of whole files, written anew.
- registry_files: a whole file: syntax, schema, rules, with line and column.
- provenance: numbers that rest on too little, or are old.
"""
